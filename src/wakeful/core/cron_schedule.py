"""A cron expression in a time zone: its slots, through daylight saving and zone changes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core import civil
from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.cron import CronExpression
    from wakeful.core.instant import Instant

_REACH = 3
"""Days looked at together where a transition is near: local days may overlap there in UTC."""
_REMEMBERED_DAYS = 16
_REMEMBERED_MONTHS = 64


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """A cron expression in a time zone.

    Through a change of daylight saving it does what Debian's cron does: a fixed-time job whose
    time does not exist runs right after the gap, and one whose time comes twice runs once; a
    job with a wildcard in minute or hour follows the wall clock (cron(8)).
    """

    expression: CronExpression
    zone: tzinfo
    _days: civil.ZoneDays = field(init=False, repr=False, compare=False)
    _near: dict[int, list[int]] = field(init=False, repr=False, compare=False)
    _months: dict[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Set up the caches; they hold nothing that cannot be computed again."""
        object.__setattr__(self, "_days", civil.zone_days(self.zone))
        object.__setattr__(self, "_near", {})
        object.__setattr__(self, "_months", {})

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant; a few microseconds of work."""
        second = instant // SECOND
        offset = self._days.offset_at(second)
        today, time = divmod(second + offset, civil.DAY_SECONDS)
        minute = time // 60
        times = self.expression.times
        day = self._next_matching_day(today)
        if self._is_special(today):
            day = today
        while day is not None:
            before, _, transition = self._days.around(day)
            if transition:
                near = self._slots_near(day)
                position = bisect_right(near, second)
                if position < len(near):
                    return near[position] * SECOND
                day = self._next_matching_day(day + _REACH + 1)
                continue
            position = bisect_right(times, minute) if day == today else 0
            if position < len(times):
                return (day * civil.DAY_SECONDS + times[position] * 60 - before) * SECOND
            day = self._next_matching_day(day + 1)
        return None

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant."""
        second = instant // SECOND
        today = (second + self._days.offset_at(second)) // civil.DAY_SECONDS
        day: int | None = today
        while day is not None:
            if self._is_special(day):
                slots = self._slots_near(day)
            else:
                slots = self._slots_of_day(day) if self._matches(day) else []
            position = bisect_right(slots, second)
            if position:
                return slots[position - 1] * SECOND
            day = self._last_matching_day(day - 1)
        return None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``; ordinary days are counted as a whole."""
        if until <= after:
            return 0
        low, high = after // SECOND, until // SECOND
        first_day = (low + self._days.offset_at(low)) // civil.DAY_SECONDS
        last_day = (high + self._days.offset_at(high)) // civil.DAY_SECONDS
        day = self._next_matching_day(first_day - 1)
        total = 0
        special: set[int] = set()
        while day is not None and day <= last_day + 1:
            if self._is_special(day):
                special.update(self._slots_of_day(day))
            elif first_day < day < last_day:
                total += len(self.expression.times)
            else:
                slots = self._slots_of_day(day)
                total += bisect_right(slots, high) - bisect_right(slots, low)
            day = self._next_matching_day(day + 1)
        return total + sum(low < second <= high for second in special)

    def _is_special(self, day: int) -> bool:
        return self._days.around(day)[2] != 0

    def _matches(self, day: int) -> bool:
        year, month, day_of_month = civil.date_of(day)
        return bool(self._month_mask(year * 12 + month - 1) >> day_of_month & 1)

    def _month_mask(self, index: int) -> int:
        """Mask of the matching days of a month, by its number since the year 0."""
        mask = self._months.get(index)
        if mask is None:
            if len(self._months) > _REMEMBERED_MONTHS:
                self._months.clear()
            mask = self.expression.days_of_month(index // 12, index % 12 + 1)
            self._months[index] = mask
        return mask

    def _next_matching_day(self, day: int) -> int | None:
        year, month, day_of_month = civil.date_of(day)
        index = year * 12 + month - 1
        mask = self._month_mask(index) >> day_of_month
        if mask:
            return day + (mask & -mask).bit_length() - 1
        for later in range(index + 1, civil.LAST_YEAR * 12):
            mask = self._month_mask(later)
            if mask:
                first = civil.day_number(later // 12, later % 12 + 1, 1)
                return first + (mask & -mask).bit_length() - 2
        return None

    def _last_matching_day(self, day: int) -> int | None:
        year, month, day_of_month = civil.date_of(day)
        index = year * 12 + month - 1
        mask = self._month_mask(index) & ((2 << day_of_month) - 1)
        if mask:
            return day - day_of_month + mask.bit_length() - 1
        for earlier in range(index - 1, civil.FIRST_YEAR * 12 - 1, -1):
            mask = self._month_mask(earlier)
            if mask:
                first = civil.day_number(earlier // 12, earlier % 12 + 1, 1)
                return first + mask.bit_length() - 2
        return None

    def _slots_near(self, day: int) -> list[int]:
        """List the slots of a day with a transition near it and of the days around it."""
        known = self._near.get(day)
        if known is None:
            if len(self._near) > _REMEMBERED_DAYS:
                self._near.clear()
            seconds = {
                second
                for near in range(day - 1, day + _REACH + 1)
                if self._matches(near)
                for second in self._slots_of_day(near)
            }
            known = self._near[day] = sorted(seconds)
        return known

    def _slots_of_day(self, day: int) -> list[int]:
        """List the seconds since the epoch of one matching local day's slots, ascending."""
        before, after, transition = self._days.around(day)
        start = day * civil.DAY_SECONDS
        if not transition:
            return [start + time * 60 - before for time in self.expression.times]
        found: set[int] = set()
        for time in self.expression.times:
            earlier, later = start + time * 60 - before, start + time * 60 - after
            if earlier < transition:
                found.add(earlier)
            if later >= transition and (self.expression.wildcard or earlier >= transition):
                found.add(later)
            if earlier >= transition > later and not self.expression.wildcard:
                found.add(transition)
        return sorted(found)
