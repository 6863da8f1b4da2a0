"""Executions at sleep: what runs is frozen, stopped or left alone, as its job says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from wakeful.core.errors import NotRunningError
from wakeful.core.event import Event, ExecutionFinished, ExecutionStarted, FallingAsleep, WokeUp
from wakeful.core.policy import OnSleep

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)
STOPPED = "the machine went to sleep"


class ExecutionsAtSleep:
    """Acts on running executions when the machine sleeps and wakes up; a reader of the bulletin.

    Args:
        catalogue: Says what jobs want.
        supervisor: Watches over the executions.
    """

    def __init__(self, *, catalogue: Catalogue, supervisor: Supervisor) -> None:
        self._catalogue = catalogue
        self._supervisor = supervisor
        self._asleep_from: Instant | None = None
        self._frozen: set[str] = set()
        self._ending: set[str] = set()
        self._all_ended = asyncio.Event()
        self._all_ended.set()

    def read_event(self, event: Event) -> None:
        """Freeze or stop before sleep, thaw after."""
        if isinstance(event, FallingAsleep):
            self._asleep_from = event.at
            for execution in self._supervisor.running:
                self._treat(execution)
        elif isinstance(event, ExecutionStarted):
            born = event.execution.queued_at
            if self._asleep_from is not None and born < self._asleep_from:
                # It was being put on record when sleep was announced.
                self._treat(event.execution)
        elif isinstance(event, ExecutionFinished):
            self._ending.discard(event.execution.execution_id)
            if not self._ending:
                self._all_ended.set()
        elif isinstance(event, WokeUp):
            self.thaw()

    def _treat(self, execution: Execution) -> None:
        entry = self._catalogue.get(execution.job)
        action = entry.job.on_sleep.action if entry is not None else OnSleep.CONTINUE
        if action is OnSleep.STOP:
            with contextlib.suppress(NotRunningError):  # it is ending already
                self._supervisor.cancel(execution.execution_id, STOPPED)
            self._ending.add(execution.execution_id)
            self._all_ended.clear()
        elif action is OnSleep.FREEZE and self._supervisor.freeze(execution.execution_id):
            _log.info("job %s is frozen while the machine sleeps", execution.job)
            self._frozen.add(execution.execution_id)

    async def settled(self) -> None:
        """Wait until what was stopped has ended, and that is on record."""
        await self._all_ended.wait()

    def thaw(self) -> None:
        """Let everything that was frozen go on."""
        self._asleep_from = None
        frozen, self._frozen = self._frozen, set()
        for execution_id in frozen:
            self._supervisor.thaw(execution_id)
