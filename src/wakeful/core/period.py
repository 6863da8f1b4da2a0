"""Periods: stretches of time in which no slot could be served, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


class PeriodKind(StrEnum):
    """Why nothing could be served."""

    ASLEEP = "asleep"
    """The machine slept."""
    OFF = "off"
    """The machine was off, or the daemon did not run."""
    CLOCK_STEP = "clock-step"
    """The clock was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of the wall clock in which no slot could be served.

    Attributes:
        kind: Why.
        since, until: From when to when. Of a clock that was set, the earlier and the later of
            the two times it showed.
        asleep: Microseconds the machine slept, by its own clocks: CLOCK_BOOTTIME grew by that
            against CLOCK_MONOTONIC (clock_gettime(2)).
        step: Microseconds by which the clock was set; negative: back.
        source: Who noticed: ``logind``, ``clock``, ``start``.
    """

    kind: PeriodKind
    since: Instant
    until: Instant
    asleep: int = 0
    step: int = 0
    source: str = ""

    @property
    def nap(self) -> int:
        """How long the machine slept, in microseconds.

        Not every machine stops its clocks in every sleep; then it is the time it was away.
        """
        return self.asleep or max(self.until - self.since, 0)
