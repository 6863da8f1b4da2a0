"""A schedule whose slots are each a little late, so that not everybody comes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule

_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class JitterSchedule:
    """The slots of another schedule, each delayed by an offset of its own.

    The offset is made of the seed and of the slot it delays, so it is the same whenever it is
    asked for, and nothing drifts. It ends before the next slot of the other schedule, so the
    delayed slots keep their order.

    Attributes:
        inner: The other schedule.
        jitter: Microseconds, the largest offset. Offsets are whole seconds.
        seed: Two schedules with different seeds have different offsets.
    """

    inner: Schedule
    jitter: int
    seed: int

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first delayed slot strictly after an instant."""
        slot = self._waiting_at(instant)
        if slot is None:
            slot = self.inner.next_after(instant)
        return None if slot is None else self._delayed(slot)

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last delayed slot at or before an instant."""
        slot = self.inner.last_until(instant)
        if slot is None:
            return None
        delayed = self._delayed(slot)
        if delayed <= instant:
            return delayed
        slot = self.inner.last_until(slot - 1)
        return None if slot is None else self._delayed(slot)

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the delayed slots in ``(after, until]``."""
        if until <= after:
            return 0
        carried = (self._waiting_at(after) is not None) - (self._waiting_at(until) is not None)
        return self.inner.count_between(after, until) + carried

    def _waiting_at(self, instant: Instant) -> Instant | None:
        """Give the slot whose time has come, and whose delay has not passed, if there is one.

        It can be the last one only: those before it were served before it came.
        """
        slot = self.inner.last_until(instant)
        return slot if slot is not None and self._delayed(slot) > instant else None

    def _delayed(self, slot: Instant) -> Instant:
        following = self.inner.next_after(slot)
        longest = self.jitter
        if following is not None:
            longest = min(longest, following - slot - 1)
        return slot + _scattered(self.seed + slot // SECOND) % (longest // SECOND + 1) * SECOND


def seed_of(name: str) -> int:
    """Make a seed of a name, the same on every machine (FNV-1a, 64 bits)."""
    seed = 0xCBF29CE484222325
    for byte in name.encode("utf-8", "surrogatepass"):
        seed = ((seed ^ byte) * 0x100000001B3) & _WORD
    return seed


def _scattered(number: int) -> int:
    """Turn numbers that differ little into numbers that differ much (SplitMix64)."""
    number = (number * 0x9E3779B97F4A7C15) & _WORD
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & _WORD
    return number ^ number >> 31
