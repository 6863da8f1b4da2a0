"""What comes next, for programs that ask: in datetimes, and with checks of what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wakeful.core.instant import from_datetime, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from wakeful.core.instant import Instant


def check_question(timezone: str | tzinfo, after: datetime, count: int) -> tzinfo:
    """Check what is asked, and give the zone that is meant.

    Args:
        timezone: A name such as ``Europe/Berlin``, or a tzinfo.
        after: To be aware.
        count: Not to be negative.

    Raises:
        ValueError: One of them is wrong; the text says which and why.
    """
    zone = _zone(timezone) if isinstance(timezone, str) else timezone
    if after.utcoffset() is None:
        raise ValueError(f"'after' is {after.isoformat()}; it needs an offset, for instance +00:00")
    if count < 0:
        raise ValueError(f"'count' is {count}; it cannot be negative")
    return zone


def following(
    next_after: Callable[[Instant], Instant | None], zone: tzinfo, after: datetime, count: int
) -> list[datetime]:
    """List what comes after a moment, at most so many, as datetimes in a zone."""
    slots: list[datetime] = []
    instant: Instant | None = from_datetime(after)
    while instant is not None and len(slots) < count:
        instant = next_after(instant)
        if instant is not None:
            slots.append(to_datetime(instant, zone))
    return slots


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}; names look like 'Europe/Berlin'"
        ) from None
