"""Schedules: when a job is due. Each answers three questions about its slots, in UTC instants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


class Schedule(Protocol):
    """The planned instants of a job, strictly increasing."""

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant, or None if there is none."""

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant, or None if there is none."""

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``."""


@dataclass(frozen=True, slots=True)
class SlotSpan:
    """A run of consecutive slots of one job: one, or all that came due while nobody looked."""

    first: Instant
    last: Instant
    count: int


def span_between(schedule: Schedule, after: Instant, until: Instant) -> SlotSpan | None:
    """Give the slots in ``(after, until]`` as one span, or None if there is none."""
    first = schedule.next_after(after)
    if first is None or first > until:
        return None
    last = schedule.last_until(until)
    if last is None or last <= first:
        return SlotSpan(first, first, 1)
    return SlotSpan(first, last, schedule.count_between(after, until))


@dataclass(frozen=True, slots=True)
class AtSchedule:
    """One instant."""

    at: Instant

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the instant if it is still to come."""
        return self.at if self.at > instant else None

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the instant if it has come."""
        return self.at if self.at <= instant else None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count it if it lies in ``(after, until]``."""
        return int(after < self.at <= until)


@dataclass(frozen=True, slots=True)
class EverySchedule:
    """A constant distance, counted from an anchor; the first slot is one interval after it.

    Attributes:
        interval: Microseconds, at least one.
        anchor: The instant the job was first seen; stays the same over restarts.
    """

    interval: int
    anchor: Instant

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first multiple after an instant."""
        return self.anchor + max((instant - self.anchor) // self.interval + 1, 1) * self.interval

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last multiple at or before an instant."""
        count = (instant - self.anchor) // self.interval
        return self.anchor + count * self.interval if count >= 1 else None

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the multiples in ``(after, until]``."""
        elapsed = [max((bound - self.anchor) // self.interval, 0) for bound in (after, until)]
        return max(elapsed[1] - elapsed[0], 0)
