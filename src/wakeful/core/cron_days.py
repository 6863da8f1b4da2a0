"""The days a cron expression matches, as bit masks of whole months and of blocks of days."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from wakeful.core.civil import (
    DAYS_OF_WEEK,
    FEBRUARY,
    LAST_DAY,
    date_of,
    month_length,
    weekday_of,
)

ALL_DAYS = (1 << 32) - 2
ALL_MONTHS = (1 << 13) - 2
_ALL_WEEKDAYS = (1 << DAYS_OF_WEEK) - 1
_BLOCK_BITS = 6
_BLOCK = 1 << _BLOCK_BITS
_BLOCK_MASK = _BLOCK - 1
_FULL_BLOCK = (1 << _BLOCK) - 1
_REMEMBERED_BLOCKS = 1024
_SATURDAY = 6


class DayRuleKind(StrEnum):
    """What a day can be relative to its month; extensions of crontab(5), as Quartz has them."""

    LAST = "L"
    """The last day of the month, or so many days before it."""
    LAST_WORKDAY = "LW"
    """The last day from Monday to Friday."""
    NEAREST_WORKDAY = "W"
    """The day from Monday to Friday nearest to a day of the month, within that month."""
    NTH_WEEKDAY = "#"
    """The first to fifth of a weekday."""
    LAST_WEEKDAY = "weekday L"
    """The last of a weekday."""


class DayRule(NamedTuple):
    """A day relative to its month.

    Attributes:
        kind: What it is relative to.
        value: The days before the last, the day of the month, or the weekday (0 = Sunday).
        number: With ``#``, which of them.
    """

    kind: DayRuleKind
    value: int = 0
    number: int = 0


class DayPattern:
    """Which days match; equal patterns are one object, so that jobs share what it has found out.

    Args:
        days: Mask of days of the month; bit 1 is the first.
        months: Mask of months; bit 1 is January.
        weekdays: Mask of weekdays; bit 0 is Sunday.
        either: Whether one matching day field is enough.
        day_rules: What else stands in the field of the day of the month.
        weekday_rules: What else stands in the field of the weekday.
    """

    __slots__ = (
        "_blocks",
        "_day_rules",
        "_days",
        "_either",
        "_every",
        "_weekday_rules",
        "_weekdays",
        "months",
    )

    def __init__(
        self,
        days: int,
        months: int,
        weekdays: int,
        *,
        either: bool,
        day_rules: tuple[DayRule, ...] = (),
        weekday_rules: tuple[DayRule, ...] = (),
    ) -> None:
        self._days = days
        self.months = months
        self._weekdays = weekdays
        self._either = either
        self._day_rules = day_rules
        self._weekday_rules = weekday_rules
        self._every = months == ALL_MONTHS and days == ALL_DAYS and weekdays == _ALL_WEEKDAYS
        self._blocks: dict[int, int] = {}

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        """Leave out what was found out; it is found out again."""
        return None, {name: getattr(self, name) for name in self.__slots__} | {"_blocks": {}}

    def days_of_month(self, first: int, length: int) -> int:
        """Give the matching days of a month; bit 1 is the first.

        Args:
            first: Weekday of the first; 0 is Sunday.
            length: Days of the month.
        """
        days = self._days
        for rule in self._day_rules:
            days |= _day_by_rule(rule, first, length)
        weekdays = _days_on_weekdays(self._weekdays, first)
        for rule in self._weekday_rules:
            weekdays |= _day_by_rule(rule, first, length)
        matching = days | weekdays if self._either else days & weekdays
        return matching & ((2 << length) - 2)

    def ever_matches(self) -> bool:
        """Say whether there is any such day.

        Each month has had each of its lengths with each weekday as its first, and will again.
        """
        for month in range(1, 13):
            if self.months >> month & 1:
                lengths = (29, 28) if month == FEBRUARY else (month_length(FEBRUARY, month),)
                for length in lengths:
                    for first in range(DAYS_OF_WEEK):
                        if self.days_of_month(first, length):
                            return True
        return False

    def next_day(self, day: int) -> int | None:
        """Give the first matching day at or after a day number, or None before the end of time."""
        index = day >> _BLOCK_BITS
        block = self._blocks.get(index)
        if block is None:
            block = self._block(index)
        rest = block >> (day & _BLOCK_MASK)
        if rest & 1:
            return day
        while not rest:
            index += 1
            day = index << _BLOCK_BITS
            if day > LAST_DAY:
                return None
            rest = self._blocks.get(index, -1)
            if rest < 0:
                rest = self._block(index)
        found = day + (rest & -rest).bit_length() - 1
        return found if found <= LAST_DAY else None

    def last_day(self, day: int) -> int | None:
        """Give the last matching day at or before a day number, or None if none was since 1970."""
        if day < 0:
            return None
        index = day >> _BLOCK_BITS
        block = self._block(index) & ((2 << (day & _BLOCK_MASK)) - 1)
        while not block:
            index -= 1
            if index < 0:
                return None
            block = self._block(index)
        return (index << _BLOCK_BITS) + block.bit_length() - 1

    def matches(self, day: int) -> bool:
        """Say whether a day number matches."""
        return bool(self._block(day >> _BLOCK_BITS) >> (day & _BLOCK_MASK) & 1)

    def count(self, begin: int, end: int) -> int:
        """Count the matching days in ``[begin, end)``."""
        if self._every:
            return end - begin
        total = 0
        while begin < end:
            index, position = begin >> _BLOCK_BITS, begin & _BLOCK_MASK
            following = (index + 1) << _BLOCK_BITS
            block = self._block(index)
            if end < following:
                block &= (1 << (end & _BLOCK_MASK)) - 1
            total += (block >> position).bit_count()
            begin = following
        return total

    def _block(self, index: int) -> int:
        """Give the matching days of a block; it is worked out once."""
        known = self._blocks.get(index)
        if known is None:
            if len(self._blocks) >= _REMEMBERED_BLOCKS:
                self._blocks.clear()
            known = self._blocks[index] = self._work_out(index << _BLOCK_BITS)
        return known

    def _work_out(self, start: int) -> int:
        year, month, day = date_of(start)
        first = start - day + 1
        block = 0
        while first < start + _BLOCK:
            length = month_length(year, month)
            if self.months >> month & 1:
                mask = self.days_of_month(weekday_of(first), length) >> 1
                block |= mask << (first - start) if first >= start else mask >> (start - first)
            first += length
            year, month = year + month // 12, month % 12 + 1
        return block & _FULL_BLOCK


@lru_cache(maxsize=512)
def day_pattern(
    days: int,
    months: int,
    weekdays: int,
    *,
    either: bool,
    day_rules: tuple[DayRule, ...] = (),
    weekday_rules: tuple[DayRule, ...] = (),
) -> DayPattern:
    """Give the pattern of these days; see DayPattern."""
    return DayPattern(
        days,
        months,
        weekdays,
        either=either,
        day_rules=day_rules,
        weekday_rules=weekday_rules,
    )


def _days_on_weekdays(weekdays: int, first: int) -> int:
    """Give the days of a month on these weekdays, if its first is weekday ``first``."""
    if weekdays == _ALL_WEEKDAYS:
        return ALL_DAYS
    week = (weekdays | weekdays << DAYS_OF_WEEK) >> first & _ALL_WEEKDAYS
    return (week | week << 7 | week << 14 | week << 21 | week << 28) << 1


def _day_by_rule(rule: DayRule, first: int, length: int) -> int:
    """Give the day a rule means in a month, as a mask; 0 if that month has none."""
    if rule.kind is DayRuleKind.LAST:
        day = length - rule.value
    elif rule.kind is DayRuleKind.LAST_WORKDAY:
        day = _nearest_workday(length, first, length)
    elif rule.kind is DayRuleKind.NEAREST_WORKDAY:
        day = _nearest_workday(rule.value, first, length)
    else:
        earliest = (rule.value - first) % DAYS_OF_WEEK + 1
        count = (length - earliest) // DAYS_OF_WEEK + 1
        number = count if rule.kind is DayRuleKind.LAST_WEEKDAY else rule.number
        day = earliest + (number - 1) * DAYS_OF_WEEK if number <= count else 0
    return 1 << day if day > 0 else 0


def _nearest_workday(day: int, first: int, length: int) -> int:
    """Give the day from Monday to Friday nearest to a day of the month, within the month."""
    if day > length:
        return 0
    weekday = (first + day - 1) % DAYS_OF_WEEK
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day
