"""A cron expression in a time zone: its slots, through daylight saving and zone changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.civil import DAY_SECONDS, LAST_DAY, Stretch, ZoneOffsets, zone_offsets
from wakeful.core.instant import SECOND
from wakeful.core.policy import DaylightSaving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from wakeful.core.cron import CronExpression
    from wakeful.core.cron_days import DayPattern
    from wakeful.core.instant import Instant

_END = (LAST_DAY + 1) * DAY_SECONDS
_FAR = 2 * DAY_SECONDS
"""Seconds; more than wall clocks of one zone ever differed."""
_MADE_UP_BELOW = 180 * 60
_ONCE_UP_TO = 180 * 60
"""Seconds of a shift; beyond, Debian's cron takes it for a correction of the clock: what it
left out is not made up for, and what it repeats runs again."""


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """A cron expression in a time zone.

    Whatever the policy, a job with a wildcard in second, minute or hour follows the wall clock:
    what the clock does not show is not made up for.
    """

    expression: CronExpression
    zone: tzinfo
    policy: DaylightSaving = DaylightSaving.DEBIAN
    _offsets: ZoneOffsets = field(init=False, repr=False, compare=False)
    _days: DayPattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take what is shared with other schedules of the same zone, or of the same days."""
        object.__setattr__(self, "_offsets", zone_offsets(self.zone))
        object.__setattr__(self, "_days", self.expression.pattern)

    @property
    def frequent(self) -> bool:
        """Whether it follows the wall clock, as jobs do that run time and again."""
        return self.expression.wildcard

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant; a few microseconds of work."""
        second = instant // SECOND + 1
        while second < _END:
            stretch = self._offsets.stretch_at(second)
            begin, end, offset, before = stretch
            low = second + offset
            if before != offset:
                if second == begin and self._runs_after_gap(stretch):
                    return begin * SECOND
                low = max(low, self._first_served(stretch))
            wall = self._wall_from(low)
            if wall is None:
                return None
            found = wall - offset
            if found < end:
                return found * SECOND
            # No wall time between low and the one found matches. The stretches far away can be
            # left out therefore; the one that follows may show again what came before low.
            second = max(end, found - _FAR) if end - second >= _FAR else end
        return None

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant."""
        second = min(instant // SECOND, _END)
        while second > -_FAR:
            stretch = self._offsets.stretch_at(second)
            begin, _, offset, before = stretch
            wall = self._wall_until(second + offset)
            if wall is not None and wall >= self._first_served(stretch):
                return (wall - offset) * SECOND
            if before != offset and self._runs_after_gap(stretch):
                return begin * SECOND
            if second - begin < _FAR:
                second = begin - 1
            elif wall is None:
                return None
            else:
                # No later wall time matches, in whichever stretch it may lie.
                second = min(begin - 1, wall - offset + _FAR)
        return None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``, without going through them."""
        second, stop = after // SECOND + 1, min(until // SECOND + 1, _END)
        total = 0
        while second < stop:
            stretch = self._offsets.stretch_at(second)
            begin, end, offset, before = stretch
            low = max(second + offset, self._first_served(stretch))
            total += self.count_wall_times(low, min(end, stop) + offset)
            if second == begin and before != offset and self._runs_after_gap(stretch):
                total += self._wall_from(begin + offset) != begin + offset
            second = end
        return total

    def makes_up(self, shift: int) -> bool:
        """Say whether times that a forward shift of so many seconds leaves out run after it."""
        if self.expression.wildcard:
            return False
        if self.policy is DaylightSaving.DEBIAN:
            return shift < _MADE_UP_BELOW
        return self.policy is DaylightSaving.TWICE

    def repeats(self, shift: int) -> bool:
        """Say whether times that a backward shift of so many seconds repeats run again."""
        if self.policy is DaylightSaving.SYSTEMD:
            return False
        if self.expression.wildcard or self.policy is DaylightSaving.TWICE:
            return True
        return self.policy is DaylightSaving.DEBIAN and shift > _ONCE_UP_TO

    def wall_times(self, low: int, high: int) -> Iterator[int]:
        """Give the matching wall-clock times in ``[low, high)``, as seconds since 1970-01-01."""
        wall = self._wall_from(low)
        while wall is not None and wall < high:
            yield wall
            wall = self._wall_from(wall + 1)

    def count_wall_times(self, low: int, high: int) -> int:
        """Count the matching wall-clock times in ``[low, high)``."""
        if low >= high:
            return 0
        first, last = low // DAY_SECONDS, high // DAY_SECONDS
        each = len(self.expression.times) * len(self.expression.seconds)
        total = self._days.count(first, last) * each
        if self._days.matches(first):
            total -= self._times_before(low % DAY_SECONDS)
        if self._days.matches(last):
            total += self._times_before(high % DAY_SECONDS)
        return total

    def _runs_after_gap(self, stretch: Stretch) -> bool:
        """Say whether a stretch begins with a run for times that were left out before it."""
        begin, _, offset, before = stretch
        if offset <= before or not self.makes_up(offset - before):
            return False
        wall = self._wall_from(begin + before)
        return wall is not None and wall < begin + offset

    def _first_served(self, stretch: Stretch) -> int:
        """Give the first wall-clock time of a stretch that is not a repetition left out."""
        begin, _, offset, before = stretch
        if before > offset and not self.repeats(before - offset):
            return begin + before
        return begin + offset

    def _wall_from(self, wall: int) -> int | None:
        """Give the first matching wall-clock time at or after one."""
        times, seconds = self.expression.times, self.expression.seconds
        today, time = divmod(wall, DAY_SECONDS)
        day = self._days.next_day(today)
        if day == today:
            minute, second = divmod(time, 60)
            position = bisect_left(times, minute)
            if position < len(times):
                if times[position] != minute:
                    return today * DAY_SECONDS + times[position] * 60 + seconds[0]
                if second <= seconds[-1]:
                    return wall - second + seconds[bisect_left(seconds, second)]
                if position + 1 < len(times):
                    return today * DAY_SECONDS + times[position + 1] * 60 + seconds[0]
            day = self._days.next_day(today + 1)
        return None if day is None else day * DAY_SECONDS + times[0] * 60 + seconds[0]

    def _wall_until(self, wall: int) -> int | None:
        """Give the last matching wall-clock time at or before one."""
        times, seconds = self.expression.times, self.expression.seconds
        today, time = divmod(wall, DAY_SECONDS)
        day = self._days.last_day(today)
        if day == today:
            minute, second = divmod(time, 60)
            position = bisect_right(times, minute) - 1
            if position >= 0:
                if times[position] != minute:
                    return today * DAY_SECONDS + times[position] * 60 + seconds[-1]
                if second >= seconds[0]:
                    return wall - second + seconds[bisect_right(seconds, second) - 1]
                if position > 0:
                    return today * DAY_SECONDS + times[position - 1] * 60 + seconds[-1]
            day = self._days.last_day(today - 1)
        return None if day is None else day * DAY_SECONDS + times[-1] * 60 + seconds[-1]

    def _times_before(self, time: int) -> int:
        """Count the matching times of a day before a second of it."""
        times, seconds = self.expression.times, self.expression.seconds
        minute, second = divmod(time, 60)
        position = bisect_left(times, minute)
        count = position * len(seconds)
        if position < len(times) and times[position] == minute:
            count += bisect_left(seconds, second)
        return count
