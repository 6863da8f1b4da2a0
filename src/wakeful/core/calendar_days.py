"""The days a calendar expression matches, as bit masks of months."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wakeful.core.civil import (
    DAYS_OF_WEEK,
    date_of,
    day_number,
    month_length,
    weekday_of,
)

if TYPE_CHECKING:
    from wakeful.core.calendar_values import Progression

FIRST_YEAR = 1970
LAST_YEAR = 2199
"""systemd plans nothing beyond."""
FIRST_DAY = day_number(FIRST_YEAR, 1, 1)
LAST_DAY = day_number(LAST_YEAR, 12, 31)
EVERY_WEEKDAY = (1 << DAYS_OF_WEEK) - 1
_SHORTEST_MONTH = 28
_LONGEST_MONTH = 31
_MONTHS = 12
_LEAP_YEAR = 2000
_REMEMBERED_MONTHS = 512


class CalendarDays:
    """Which days match; equal patterns are one object, so that jobs share what it has found out.

    Args:
        years: Mask of years; bit 0 is 1970.
        months: Mask of months; bit 1 is January.
        weekdays: Mask of weekdays; bit 0 is Sunday.
        days: Masks of days for months of 28, 29, 30 and 31 days; bit 1 is the first.
    """

    __slots__ = ("_by_length", "_known", "months", "weekdays", "years")

    def __init__(self, years: int, months: int, weekdays: int, days: tuple[int, ...]) -> None:
        self.years = years
        self.months = months
        self.weekdays = weekdays
        self._by_length = days
        self._known: dict[int, int] = {}

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        """Leave out what was found out; it is found out again."""
        return None, {name: getattr(self, name) for name in self.__slots__} | {"_known": {}}

    def days_of_month(self, year: int, month: int) -> int:
        """Give the mask of matching days of one month; bit 1 is the first."""
        if not (self.months >> month & 1 and self._has_year(year)):
            return 0
        key = year * _MONTHS + month
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED_MONTHS:
                self._known.clear()
            known = self._known[key] = self._work_out(year, month)
        return known

    def ever_match(self) -> bool:
        """Say whether there is any such day."""
        months = [
            month
            for month in range(1, _MONTHS + 1)
            if self.months >> month & 1
            and self._by_length[month_length(_LEAP_YEAR, month) - _SHORTEST_MONTH]
        ]
        return any(
            self._work_out(year, month)
            for year in range(FIRST_YEAR, LAST_YEAR + 1)
            if self._has_year(year)
            for month in months
        )

    def matches(self, day: int) -> bool:
        """Say whether a day number matches."""
        if not FIRST_DAY <= day <= LAST_DAY:
            return False
        year, month, day_of_month = date_of(day)
        return bool(self.days_of_month(year, month) >> day_of_month & 1)

    def next_day(self, day: int) -> int | None:
        """Give the first matching day at or after a day number, or None."""
        if day > LAST_DAY:
            return None
        year, month, day_of_month = date_of(max(day, FIRST_DAY))
        rest = self.days_of_month(year, month) & -1 << day_of_month
        while not rest:
            later = self.months >> (month + 1)
            if later and self._has_year(year):
                month += _lowest(later) + 1
            else:
                years = self.years >> (year + 1 - FIRST_YEAR)
                if not years:
                    return None
                year += _lowest(years) + 1
                month = _lowest(self.months)
            rest = self.days_of_month(year, month)
        return day_number(year, month, 1) + _lowest(rest) - 1

    def last_day(self, day: int) -> int | None:
        """Give the last matching day at or before a day number, or None."""
        if day < FIRST_DAY:
            return None
        year, month, day_of_month = date_of(min(day, LAST_DAY))
        rest = self.days_of_month(year, month) & (2 << day_of_month) - 1
        while not rest:
            earlier = self.months & (1 << month) - 1
            if earlier and self._has_year(year):
                month = _highest(earlier)
            else:
                years = self.years & (1 << (year - FIRST_YEAR)) - 1
                if not years:
                    return None
                year = FIRST_YEAR + _highest(years)
                month = _highest(self.months)
            rest = self.days_of_month(year, month)
        return day_number(year, month, 1) + _highest(rest) - 1

    def count(self, begin: int, end: int) -> int:
        """Count the matching days in ``[begin, end)``."""
        begin, end = max(begin, FIRST_DAY), min(end, LAST_DAY + 1)
        if begin >= end:
            return 0
        year, month, day = date_of(begin)
        last_year, last_month, last_day = date_of(end - 1)
        mask = self.days_of_month(year, month) & -1 << day
        total = 0
        while (year, month) < (last_year, last_month):
            total += mask.bit_count()
            year, month = year + month // _MONTHS, month % _MONTHS + 1
            mask = self.days_of_month(year, month)
        return total + (mask & (2 << last_day) - 1).bit_count()

    def _has_year(self, year: int) -> bool:
        return bool(self.years >> (year - FIRST_YEAR) & 1)

    def _work_out(self, year: int, month: int) -> int:
        days = self._by_length[month_length(year, month) - _SHORTEST_MONTH]
        if self.weekdays == EVERY_WEEKDAY or not days:
            return days
        first = weekday_of(day_number(year, month, 1))
        week = (self.weekdays | self.weekdays << DAYS_OF_WEEK) >> first & EVERY_WEEKDAY
        return days & (week | week << 7 | week << 14 | week << 21 | week << 28) << 1


@lru_cache(maxsize=512)
def calendar_days(years: int, months: int, weekdays: int, days: tuple[int, ...]) -> CalendarDays:
    """Give the pattern of these days; see CalendarDays."""
    return CalendarDays(years, months, weekdays, days)


def masks_by_length(days: tuple[Progression, ...], *, from_end: bool) -> tuple[int, ...]:
    """Give the masks of days for months of 28, 29, 30 and 31 days.

    Args:
        days: The days; none stands for all.
        from_end: Whether they are counted back from the last one, which is 1.
    """
    return tuple(
        _mask(days, length, from_end=from_end)
        for length in range(_SHORTEST_MONTH, _LONGEST_MONTH + 1)
    )


def _mask(days: tuple[Progression, ...], length: int, *, from_end: bool) -> int:
    if not days:
        return (2 << length) - 2
    mask = 0
    for progression in days:
        values = progression.values(length)
        if from_end:
            # Repetitions run forward from the day that comes first.
            end = length + 1 - progression.start
            begin = length + 1 - max(progression.start, progression.stop)
            if progression.step and progression.stop < 0:
                end = length
            values = range(begin, end + 1, progression.step or 1)
        for day in values:
            mask |= 1 << day
    return mask


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _highest(mask: int) -> int:
    return mask.bit_length() - 1
