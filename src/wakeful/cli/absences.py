"""Reading what people write about times to be imagined: moments, sleep, durations."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from wakeful.core.absence import Absence, every_day
from wakeful.core.duration import parse_duration
from wakeful.core.instant import from_datetime, from_timedelta
from wakeful.core.window import parse_window

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.instant import Instant
    from wakeful.core.period import PeriodKind

PERIOD: Final = "PERIOD"
DURATION: Final = "[JOB=]DURATION"
_ONCE: Final = ".."


def read_moment(text: str, zone: tzinfo) -> Instant:
    """Read a date or a time in ISO 8601; one without offset is in the zone given.

    Raises:
        click.BadParameter: It is neither, or nothing to be reckoned with.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        instant = from_datetime(moment.replace(tzinfo=zone) if moment.tzinfo is None else moment)
    except (ValueError, OverflowError):
        instant = -1
    if instant < 0:
        raise click.BadParameter(
            f"{text!r} is not a date or time such as 2026-03-29 or 2026-03-29T02:30"
        )
    return instant


def read_absences(
    kind: PeriodKind, text: str, *, zone: tzinfo, begin: Instant, end: Instant
) -> list[Absence]:
    """Read when a machine is asleep or off: ``23:00-07:00`` every day, or ``TIME..TIME`` once.

    Args:
        kind: Asleep or off.
        text: As somebody wrote it.
        zone: Of what is written without offset.
        begin: Nothing before.
        end: Nothing from here on.

    Raises:
        click.BadParameter: It is neither.
    """
    if _ONCE in text:
        first, _, last = text.partition(_ONCE)
        since, until = read_moment(first, zone), read_moment(last, zone)
        if until <= since:
            raise click.BadParameter(f"{text!r} does not end after it begins")
        return [Absence(kind, since, until)]
    try:
        window = parse_window(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}; or TIME..TIME for once") from None
    return list(every_day(kind, window, zone, begin=begin, end=end))


def read_duration(text: str) -> int:
    """Read how long something takes, in microseconds.

    Raises:
        click.BadParameter: It is not a duration.
    """
    try:
        return from_timedelta(parse_duration(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
