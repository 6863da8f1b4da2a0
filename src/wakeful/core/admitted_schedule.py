"""A schedule of which only the slots at certain times count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from wakeful.core.admission import Admission
    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule

MOST_STEPS = 3000
"""How often a search goes from a slot that does not count to the next opening, and on to a slot.

A slot of every day is looked for through eight years. Where intervals of whole minutes meet a
window at all, they do so within 1440 steps.
"""


@dataclass(frozen=True, slots=True)
class AdmittedSchedule:
    """The slots of another schedule that come at a time that is admitted.

    A search goes from opening to opening, not from slot to slot, and ends after `MOST_STEPS`.

    Attributes:
        inner: The other schedule.
        admission: The times at which slots count.
    """

    inner: Schedule
    admission: Admission
    _barren: list[tuple[Instant, Instant]] = field(
        init=False, repr=False, compare=False, default_factory=list
    )
    """Where a search for the next slot went on in vain to its end: it is not begun again there."""

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant that counts."""
        if self._barren and self._barren[0][0] <= instant < self._barren[0][1]:
            return None
        position = instant
        for _ in range(MOST_STEPS):
            slot = self.inner.next_after(position)
            if slot is None:
                return None
            opening = self.admission.first_from(slot // SECOND)
            if opening is None:
                return None
            begin = opening[0] * SECOND
            if begin <= slot:
                return slot
            position = begin - 1
        self._barren[:] = [(instant, position)]
        return None

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant that counts."""
        position = instant
        for _ in range(MOST_STEPS):
            slot = self.inner.last_until(position)
            if slot is None:
                return None
            opening = self.admission.last_until(slot // SECOND)
            if opening is None:
                return None
            end = opening[1] * SECOND
            if slot < end:
                return slot
            position = end - 1
        return None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]`` that count, opening by opening."""
        total = 0
        while after < until:
            opening = self.admission.first_from((after + 1) // SECOND)
            if opening is None:
                break
            last = opening[1] * SECOND - 1
            after = max(after, opening[0] * SECOND - 1)
            if after < until:
                total += self.inner.count_between(after, min(until, last))
            after = last
        return total
