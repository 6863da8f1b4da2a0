"""A calendar expression in a time zone: its slots, through daylight saving and zone changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wakeful.core.calendar_days import LAST_DAY
from wakeful.core.civil import zone_offsets
from wakeful.core.instant import DAY, SECOND

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.calendar_expression import CalendarExpression
    from wakeful.core.civil import Stretch, ZoneOffsets
    from wakeful.core.instant import Instant

_EARLIEST = -2 * DAY
_LATEST = (LAST_DAY + 3) * DAY
"""Nothing is planned before and beyond; it keeps arithmetic inside what datetime can express."""


@dataclass(frozen=True, slots=True)
class CalendarSchedule:
    """A calendar expression in a time zone; the expression's own zone comes first.

    Through a change of daylight saving it does what systemd's timers do: a time that does not
    exist is left out, and of an hour that comes twice only the first counts. So wall-clock times
    and instants follow each other in the same order, and each change is a piece left out:
    of the wall clock in a gap, of time when the clock is put back.
    """

    expression: CalendarExpression
    zone: tzinfo
    _offsets: ZoneOffsets = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up the zone of the expression."""
        if self.expression.zone:
            object.__setattr__(self, "zone", ZoneInfo(self.expression.zone))
        object.__setattr__(self, "_offsets", zone_offsets(self.zone))

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant; some microseconds of work."""
        stretch, wall = self._wall_at(instant)
        while True:
            found = self.expression.next_time(wall)
            if found is None:
                return None
            stretch = self._stretch_of(found, stretch)
            moment = found - stretch.offset * SECOND
            if moment >= stretch.begin * SECOND:
                return moment
            # In a gap: go on with what its end is on the wall.
            wall = (stretch.begin + stretch.offset) * SECOND - 1

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant."""
        stretch, wall = self._wall_at(instant)
        while True:
            found = self.expression.last_time(wall)
            if found is None:
                return None
            stretch = self._stretch_of(found, stretch)
            moment = found - stretch.offset * SECOND
            if moment >= stretch.begin * SECOND:
                return moment
            wall = (stretch.begin + stretch.before) * SECOND - 1

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``; days are counted as a whole."""
        if until <= after:
            return 0
        low, first = self._wall_at(after)
        high, last = self._wall_at(until)
        count = self.expression.count_times(first, last)
        for change in self._offsets.changes_between(low.end, high.begin + 1):
            if change.offset > change.before:
                begin = change.begin * SECOND - 1
                count -= self.expression.count_times(
                    begin + change.before * SECOND, begin + change.offset * SECOND
                )
        return count

    def _wall_at(self, instant: Instant) -> tuple[Stretch, int]:
        """Give the stretch an instant lies in, and how far the wall clock has ever got by then."""
        instant = min(max(instant, _EARLIEST), _LATEST)
        stretch = self._offsets.stretch_at(instant // SECOND)
        wall = instant + stretch.offset * SECOND
        if stretch.before > stretch.offset:
            wall = max(wall, (stretch.begin + stretch.before) * SECOND - 1)
        return stretch, wall

    def _stretch_of(self, wall: int, near: Stretch) -> Stretch:
        """Give the stretch in which the wall clock shows a time for the first time.

        If it never does, that is the stretch after the gap, which begins later.
        """
        second = wall // SECOND
        stretch = self._offsets.stretch_at(second - near.offset)
        if second - stretch.offset >= stretch.end:
            stretch = self._offsets.stretch_at(stretch.end)
        if stretch.before != stretch.offset and second - stretch.before < stretch.begin:
            stretch = self._offsets.stretch_at(stretch.begin - 1)
        return stretch
