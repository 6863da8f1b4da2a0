"""Holds: jobs that keep the machine from sleeping while they run, visibly and not for ever."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.errors import UnavailableError
from wakeful.core.event import Event, ExecutionFinished, ExecutionStarted
from wakeful.core.policy import OnSleep

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wakeful.core.execution import Execution
    from wakeful.core.surroundings import Surroundings
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.power.ports import SleepLock, SleepManager

_log = logging.getLogger(__name__)
LOW_BATTERY = 15
"""Percent; below, and not on mains power, nothing keeps the machine from sleeping."""


@dataclass(slots=True)
class _Hold:
    execution: Execution
    lock: SleepLock
    end: asyncio.TimerHandle


class Holds:
    """Keeps the machine awake for executions of jobs that say so; a reader of the bulletin.

    Args:
        catalogue: Says which jobs.
        manager: Whom to ask.
        surroundings: What is known of the machine now.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        manager: SleepManager,
        surroundings: Callable[[], Surroundings],
    ) -> None:
        self._catalogue = catalogue
        self._manager = manager
        self._surroundings = surroundings
        self._holds: dict[str, _Hold] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def held_for(self) -> list[Execution]:
        """The executions that keep the machine awake now."""
        return [hold.execution for hold in self._holds.values()]

    def read_event(self, event: Event) -> None:
        """Take a lock when an execution starts, and give it back when it ends."""
        if isinstance(event, ExecutionStarted):
            entry = self._catalogue.get(event.execution.job)
            if entry is not None and entry.job.on_sleep.action is OnSleep.HOLD:
                seconds = entry.job.on_sleep.at_most.total_seconds()
                self._begin(event.execution, self._take(event.execution, seconds))
        elif isinstance(event, ExecutionFinished):
            self._end(event.execution.execution_id)

    def _begin(self, execution: Execution, work: Coroutine[None, None, None]) -> None:
        key = execution.execution_id
        task = asyncio.get_running_loop().create_task(work, name=f"hold {key}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _take(self, execution: Execution, seconds: float) -> None:
        if _is_low(self._surroundings()):
            _log.warning("job %s does not keep the machine awake: low battery", execution.job)
            return
        try:
            lock = await self._manager.block_sleep(f"job {execution.job} is running")
        except UnavailableError as error:
            _log.warning("job %s cannot keep the machine awake: %s", execution.job, error)
            return
        loop = asyncio.get_running_loop()
        end = loop.call_later(seconds, self._too_long, execution.execution_id)
        self._holds[execution.execution_id] = _Hold(execution, lock, end)

    def _too_long(self, execution_id: str) -> None:
        hold = self._holds[execution_id]
        _log.warning("job %s has kept the machine awake long enough", hold.execution.job)
        self._end(execution_id)

    def _end(self, execution_id: str) -> None:
        task = self._tasks.get(execution_id)
        if task is not None:
            task.cancel()
        hold = self._holds.pop(execution_id, None)
        if hold is not None:
            hold.end.cancel()
            hold.lock.release()

    def surroundings_changed(self) -> None:
        """Let the machine sleep when its battery is low."""
        if self._holds and _is_low(self._surroundings()):
            _log.warning("low battery: nothing keeps the machine awake any more")
            for execution_id in list(self._holds):
                self._end(execution_id)

    async def stop(self) -> None:
        """End; nothing keeps the machine awake any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for execution_id in list(self._holds):
            self._end(execution_id)


def _is_low(present: Surroundings) -> bool:
    return present.on_ac is False and present.battery is not None and present.battery < LOW_BATTERY
