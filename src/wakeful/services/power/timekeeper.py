"""The timekeeper: notices by the clocks alone that the machine slept or that the clock was set.

CLOCK_BOOTTIME goes on while the machine sleeps and CLOCK_MONOTONIC does not, so the growth of
their difference is the time asleep; what the wall clock did beyond CLOCK_BOOTTIME is a step, for a
gentle correction slows or hastens all three (clock_gettime(2)). A daemon that was merely not let
run sees neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND
from wakeful.core.period import Period, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.services.power.ports import ClockReading, Clocks

LEAST_SLEEP = SECOND // 10
"""The clocks are not read at the very same moment."""
LEAST_STEP = SECOND


class Timekeeper:
    """Compares the clocks with what they showed when it last looked.

    Args:
        clocks: The clocks.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._last = clocks.read()

    @property
    def last_reading(self) -> ClockReading:
        """What the clocks showed when last looked at."""
        return self._last

    def look(self) -> Sequence[Period]:
        """Say what happened since the last look: a sleep, a step of the clock, both or nothing."""
        before, now = self._last, self._clocks.read()
        self._last = now
        asleep = (now.boot - now.awake) - (before.boot - before.awake)
        step = (now.wall - now.boot) - (before.wall - before.boot)
        found: list[Period] = []
        if asleep >= LEAST_SLEEP:
            # Nobody saw it begin. It is taken to have ended now: a resume is told at once.
            until = now.wall - step
            found.append(
                Period(
                    kind=PeriodKind.ASLEEP,
                    since=until - asleep,
                    until=until,
                    asleep=asleep,
                    source="clock",
                )
            )
        if abs(step) >= LEAST_STEP:
            shown = (now.wall - step, now.wall)
            found.append(
                Period(
                    kind=PeriodKind.CLOCK_STEP,
                    since=min(shown),
                    until=max(shown),
                    step=step,
                    source="clock",
                )
            )
        return found
