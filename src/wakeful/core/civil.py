"""The civil calendar in whole numbers: days since the epoch, months, zone offsets of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

DAY_SECONDS = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_NEIGHBOURHOOD = 40 * 3600
"""Seconds around a day in which a transition makes it special: more than any shift ever made
(Samoa skipped 24 hours), so that the neighbours of a day with a transition are special too."""
_REMEMBERED_DAYS = 4096
FIRST_YEAR = 1970
LAST_YEAR = 9000
"""Nothing is planned beyond; it keeps arithmetic inside what datetime can express."""


@lru_cache(maxsize=4096)
def month_shape(year: int, month: int) -> tuple[int, int]:
    """Give the weekday of the first (0 = Sunday) and the length of a month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return first.isoweekday() % 7, (following - first).days


def day_number(year: int, month: int, day: int) -> int:
    """Count days from the epoch to a date."""
    return date(year, month, day).toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> tuple[int, int, int]:
    """Give year, month and day of a day number."""
    moment = date.fromordinal(day + _EPOCH_ORDINAL)
    return moment.year, moment.month, moment.day


class ZoneDays:
    """The offsets of one time zone, day by day.

    Most days have one offset; it is looked up once. A day with a transition near it is
    described by the transition.
    """

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._by_day: dict[int, tuple[int, int, int]] = {}

    def offset_at(self, second: int) -> int:
        """Give the offset from UTC, in seconds, in force at a second since the epoch."""
        day = second // DAY_SECONDS
        before, after, transition = self.around(day)
        if before == after and not transition:
            return before
        return self._look_up(second)

    def around(self, day: int) -> tuple[int, int, int]:
        """Describe a day: offset before, offset after, second of the transition or 0 for none."""
        known = self._by_day.get(day)
        if known is None:
            if len(self._by_day) > _REMEMBERED_DAYS:
                self._by_day.clear()
            known = self._by_day[day] = self._describe(day)
        return known

    def _describe(self, day: int) -> tuple[int, int, int]:
        low = day * DAY_SECONDS - _NEIGHBOURHOOD
        high = (day + 1) * DAY_SECONDS + _NEIGHBOURHOOD
        before, after = self._look_up(low), self._look_up(high)
        if before == after:
            return before, after, 0
        while high - low > 1:
            middle = (low + high) // 2
            if self._look_up(middle) == before:
                low = middle
            else:
                high = middle
        return before, self._look_up(high), high

    def _look_up(self, second: int) -> int:
        moment = datetime.fromtimestamp(second, UTC).astimezone(self.zone)
        offset = moment.utcoffset()
        assert offset is not None  # noqa: S101 - an aware datetime has one
        return int(offset.total_seconds())


@lru_cache(maxsize=64)
def zone_days(zone: tzinfo) -> ZoneDays:
    """Give the (cached) offsets of a zone."""
    return ZoneDays(zone)
