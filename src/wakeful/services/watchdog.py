"""The watchdog's food: proof, again and again, that due jobs are served."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.services.agenda import Agenda
    from wakeful.services.ports import Clock

_log = logging.getLogger(__name__)
LOOKS_WHILE_OVERDUE = 8
"""In a period. One slot is overdue for a moment after a long sleep or a step of the clock; when
it has been served, the rest of the period must suffice to say so."""


class Watchdog:
    """Calls ``alive`` twice in every period, as long as no slot is overdue.

    Runs on the loop that serves slots: if the loop hangs, or the timer is dead, the service
    manager hears nothing and starts us again. Both clocks, ours and that of its watchdog, stand
    still while the machine sleeps.

    Args:
        agenda: Knows what is due.
        clock: The time.
        alive: Tells the service manager.
        period: Seconds within which it wants to hear from us.
    """

    def __init__(
        self, *, agenda: Agenda, clock: Clock, alive: Callable[[], None], period: float
    ) -> None:
        self._agenda = agenda
        self._clock = clock
        self._alive = alive
        self._period = period
        self._handle: asyncio.TimerHandle | None = None
        self._has_complained = False

    def start(self) -> None:
        """Begin."""
        self._beat()

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()

    def _beat(self) -> None:
        overdue = self._overdue()
        looks = LOOKS_WHILE_OVERDUE if overdue else 2
        self._handle = asyncio.get_running_loop().call_later(self._period / looks, self._beat)
        if not overdue:
            self._alive()
        elif not self._has_complained:
            _log.error("%s; the watchdog is not fed", overdue)
        self._has_complained = bool(overdue)

    def _overdue(self) -> str:
        """Say what is overdue by more than a period; empty if nothing is."""
        earliest = self._agenda.earliest()
        if earliest is None:
            return ""
        job, slot = earliest
        seconds = (self._clock.now() - slot) / SECOND
        return f"job {job} is overdue by {seconds:.0f} s" if seconds > self._period else ""
