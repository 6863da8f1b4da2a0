"""Instants: whole microseconds since the epoch, in UTC; what travels and is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

Instant = int
"""Microseconds since the epoch. Never local time; 0 stands for "none" on the bus only."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(moment: datetime) -> Instant:
    """Turn an aware datetime into an instant.

    Raises:
        ValueError: The datetime carries no offset, so it names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without an offset names no instant")
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant, zone: tzinfo = UTC) -> datetime:
    """Turn an instant into an aware datetime in ``zone``, exact to the microsecond."""
    seconds, micros = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, zone)
    return moment.replace(microsecond=micros) if micros else moment


def to_iso(instant: Instant, zone: tzinfo = UTC) -> str:
    """Write an instant as ISO 8601 with the offset in force in ``zone`` at that instant."""
    return to_datetime(instant, zone).isoformat()


def from_timedelta(duration: timedelta) -> int:
    """Give a duration in whole microseconds, the unit of instants."""
    return duration // _MICROSECOND
