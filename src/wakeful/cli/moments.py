"""Times: for people how far away, for programs exactly; and reading what people write."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from wakeful.core.duration import parse_duration
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, to_datetime

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

_MILLISECOND: Final = 1000
_STEPS: Final = ((90 * SECOND, SECOND, "s"), (90 * MINUTE, MINUTE, "min"), (36 * HOUR, HOUR, "h"))
_FAR: Final = 60 * DAY


def now() -> Instant:
    """Give the present."""
    return time.time_ns() // 1000


def relative(instant: Instant | None, present: Instant) -> str:
    """Say how far away an instant is: ``in 3 h``, ``2 min ago``; empty for none.

    What is more than two months away is given as a date.
    """
    if instant is None:
        return ""
    distance = abs(instant - present)
    if distance < SECOND:
        return "now"
    if distance >= _FAR:
        return f"{_local(instant):%Y-%m-%d}"
    text = _distance(distance)
    return f"in {text}" if instant > present else f"{text} ago"


def _distance(distance: int) -> str:
    for limit, unit, name in _STEPS:
        if distance < limit:
            return f"{_rounded(distance, unit)} {name}"
    return f"{_rounded(distance, DAY)} d"


def _rounded(value: int, unit: int) -> int:
    return (value + unit // 2) // unit


def exact(instant: Instant | None, zone: str = "") -> str:
    """Write an instant for people, to the second, in a zone or the local one."""
    if instant is None:
        return ""
    return f"{in_zone(instant, zone):%Y-%m-%d %H:%M:%S %Z}"


def iso(instant: Instant | None, zone: str = "") -> str | None:
    """Write an instant in ISO 8601 with offset, in a zone or the local one; None for none."""
    return None if instant is None else in_zone(instant, zone).isoformat()


def lasted(duration: int | None) -> str:
    """Write a duration for people: ``850 ms``, ``2.3 s``, ``1 min 5 s``; empty for none."""
    if duration is None:
        return ""
    if duration < SECOND:
        return f"{duration // _MILLISECOND} ms"
    if duration < MINUTE:
        return f"{duration // (SECOND // 10) / 10:g} s"
    for unit, name, part, part_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", SECOND, "s"),
    ):
        if duration >= unit:
            rest = duration % unit // part
            return f"{duration // unit} {name}" + (f" {rest} {part_name}" if rest else "")
    return ""


def stepped(step: int) -> str:
    """Say by how much a clock was set: ``forward by 2 h``, ``back by 3 s``."""
    return f"{'back' if step < 0 else 'forward'} by {lasted(abs(step))}"


def milliseconds(duration: int | None) -> int | None:
    """Round a duration to milliseconds; None for none."""
    return None if duration is None else round(duration / _MILLISECOND)


def parse_since(text: str, present: Instant) -> Instant:
    """Read the beginning of a span of time.

    Args:
        text: A duration with unit, counted back from now, or a date or time in ISO 8601; one
            without offset is local.
        present: Now.

    Raises:
        ValueError: It is neither, or before the epoch.
    """
    source = text.strip()
    try:
        moment = datetime.fromisoformat(source)
    except ValueError:
        begin = present - _duration(source) // timedelta(microseconds=1)
    else:
        try:
            begin = from_datetime(moment.astimezone() if moment.tzinfo is None else moment)
        except (OverflowError, OSError):
            begin = -1
    if begin < 0:
        raise ValueError(f"{text!r} is before 1970")
    return begin


def _duration(text: str) -> timedelta:
    try:
        if text.replace(".", "").isdecimal():
            raise ValueError(text)  # noqa: TRY301 - "2026" is more likely half a date than seconds
        return parse_duration(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a duration such as 90s, 2h or 3d,"
            " nor a date or time such as 2026-01-01 or 2026-01-01T09:00:00+01:00"
        ) from None


def in_zone(instant: Instant, zone: str) -> datetime:
    """Give an instant as the clocks of a zone show it, or the local ones."""
    found = _zone(zone) if zone else None
    return _local(instant) if found is None else to_datetime(instant, found)


def _local(instant: Instant) -> datetime:
    return to_datetime(instant).astimezone()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    """Find a zone; None if this machine does not know it, although the daemon's does."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
