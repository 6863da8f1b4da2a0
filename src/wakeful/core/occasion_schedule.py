"""The slots of a job that is triggered by events: the instants at which they occurred."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


@dataclass(frozen=True, slots=True)
class OccasionSchedule:
    """What occurred and is not accounted for yet; nobody knows what will.

    Attributes:
        instants: Strictly increasing.
    """

    instants: tuple[Instant, ...] = ()

    def occurred(self, at: Instant, *, accounted_until: Instant) -> OccasionSchedule:
        """Give the schedule after one more occurrence, without what is accounted for."""
        return OccasionSchedule((*(one for one in self.instants if accounted_until < one < at), at))

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first occurrence after an instant."""
        position = bisect_right(self.instants, instant)
        return self.instants[position] if position < len(self.instants) else None

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last occurrence at or before an instant."""
        position = bisect_right(self.instants, instant)
        return self.instants[position - 1] if position else None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the occurrences in ``(after, until]``."""
        return max(bisect_right(self.instants, until) - bisect_right(self.instants, after), 0)
