"""Reading the times of slots as people write them: ``02:30``, ``yesterday 02:30``, ``3h ago``."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from wakeful.cli.moments import in_zone
from wakeful.core.duration import parse_duration
from wakeful.core.instant import from_datetime, from_timedelta

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AGO: Final = re.compile(r"(?:-|minus )?(?P<length>\d\S*)(?: ago)?")
_AHEAD: Final = re.compile(r"(?:\+|in )(?P<length>\d\S*)")


def parse_time(text: str, present: Instant, zone: str = "") -> Instant:
    """Read a time, in the past unless it says otherwise.

    Args:
        text: A time of day, the last such; a word for a day, or a date, with or without a time
            of day; a distance from now (``3h``, ``3h ago``, ``-3h``, ``in 3h``, ``+3h``); or a
            time in ISO 8601. A day alone stands for its end, or for now if it is not over.
        present: Now.
        zone: The zone of what has no offset; the local one if empty.

    Raises:
        ValueError: It is nothing of that, or before 1970.
    """
    source = " ".join(text.split()).lower()
    try:
        found = _distance(source, present)
        if found is None:
            found = _on_a_day(source, present, zone)
        if found is None:
            found = from_datetime(_placed(datetime.fromisoformat(source.upper()), present, zone))
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is not a time; write for example 02:30, yesterday 02:30, 2026-03-29,"
            " 2026-03-29T02:30:00+01:00, or how long ago: 3h"
        ) from None
    if found < 0:
        raise ValueError(f"{text!r} is before 1970")
    return found


def _distance(source: str, present: Instant) -> Instant | None:
    """Read a distance from now; None if it is none."""
    for pattern, sign in ((_AHEAD, 1), (_AGO, -1)):
        match = pattern.fullmatch(source)
        if match and match["length"][-1].isalpha() and "t" not in match["length"]:
            return present + sign * from_timedelta(parse_duration(match["length"]))
    return None


def _on_a_day(source: str, present: Instant, zone: str) -> Instant | None:
    """Read a day, a time of day, or both; None if it is neither."""
    today = in_zone(present, zone).date()
    word, _, rest = source.partition(" ")
    if _CLOCK.fullmatch(source):
        clock = _time_of_day(source)
        at = _instant(today, clock, present, zone)
        return at if at <= present else _instant(today - timedelta(days=1), clock, present, zone)
    if word in _DAYS:
        day = today + timedelta(days=_DAYS[word])
    elif _DAY.fullmatch(word) and (not rest or _CLOCK.fullmatch(rest)):
        day = date.fromisoformat(word)
    else:
        return None
    if rest:
        return _instant(day, _time_of_day(rest), present, zone)
    begin = _instant(day, time(), present, zone)
    end = _instant(day + timedelta(days=1), time(), present, zone) - 1
    return present if begin <= present <= end else end


def _time_of_day(source: str) -> time:
    if not _CLOCK.fullmatch(source):
        raise ValueError(source)
    hour, minute, *rest = map(int, source.split(":"))
    return time(hour, minute, rest[0] if rest else 0)


def _instant(day: date, clock: time, present: Instant, zone: str) -> Instant:
    return from_datetime(_placed(datetime.combine(day, clock), present, zone))


def _placed(moment: datetime, present: Instant, zone: str) -> datetime:
    """Give a time its zone, unless it has one."""
    if moment.tzinfo is not None:
        return moment
    if not zone:
        return moment.astimezone()
    return moment.replace(tzinfo=in_zone(present, zone).tzinfo)
