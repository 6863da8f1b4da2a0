"""A schedule with a beginning and an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule


@dataclass(frozen=True, slots=True)
class BoundedSchedule:
    """The slots of another schedule that are not before, and not after, an instant.

    Attributes:
        inner: The other schedule.
        not_before, not_after: The bounds; a slot at a bound counts. None: there is none.
    """

    inner: Schedule
    not_before: Instant | None = None
    not_after: Instant | None = None

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant, within the bounds."""
        slot = self.inner.next_after(self._not_earlier(instant))
        if slot is None or (self.not_after is not None and slot > self.not_after):
            return None
        return slot

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant, within the bounds."""
        slot = self.inner.last_until(self._not_later(instant))
        if slot is None or (self.not_before is not None and slot < self.not_before):
            return None
        return slot

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``, within the bounds."""
        after, until = self._not_earlier(after), self._not_later(until)
        return self.inner.count_between(after, until) if after < until else 0

    def _not_earlier(self, instant: Instant) -> Instant:
        return instant if self.not_before is None else max(instant, self.not_before - 1)

    def _not_later(self, instant: Instant) -> Instant:
        return instant if self.not_after is None else min(instant, self.not_after)
