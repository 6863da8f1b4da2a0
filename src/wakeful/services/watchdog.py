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


class Watchdog:
    """Calls ``alive`` twice in every period, as long as no slot is overdue.

    Runs on the loop that serves slots: if the loop hangs, or the timer is dead, the service
    manager hears nothing and starts us again.

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

    def start(self) -> None:
        """Begin."""
        self._beat()

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()

    def _beat(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self._period / 2, self._beat)
        earliest = self._agenda.earliest()
        overdue = 0 if earliest is None else (self._clock.now() - earliest[1]) / SECOND
        if overdue > self._period:
            _log.error("job %s is overdue by %.0f s", earliest and earliest[0], overdue)
            return
        self._alive()
