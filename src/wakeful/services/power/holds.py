"""Holds: jobs that keep the machine from sleeping while they run, visibly and not for ever."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.errors import UnavailableError
from wakeful.core.event import Event, ExecutionFinished, ExecutionStarted
from wakeful.core.instant import SECOND
from wakeful.core.policy import OnSleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.core.execution import Execution
    from wakeful.core.surroundings import Surroundings
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.ports import Clock
    from wakeful.services.power.ports import SleepLock, SleepManager

_log = logging.getLogger(__name__)
LOW_BATTERY = 15
"""Percent; below, and not on mains power, nothing keeps the machine from sleeping."""


@dataclass(slots=True, eq=False)
class _Hold:
    """An execution for which the machine is to be kept awake, and is if there is a lock."""

    execution: Execution
    end: asyncio.TimerHandle
    lock: SleepLock | None = None


class Holds:
    """Keeps the machine awake for executions of jobs that say so; a reader of the bulletin.

    Args:
        catalogue: Says which jobs.
        manager: Whom to ask.
        surroundings: What is known of the machine now.
        clock: The time.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        manager: SleepManager,
        surroundings: Callable[[], Surroundings],
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._manager = manager
        self._surroundings = surroundings
        self._clock = clock
        self._holds: dict[str, _Hold] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def held_for(self) -> list[Execution]:
        """The executions that keep the machine awake now."""
        return [hold.execution for hold in self._holds.values() if hold.lock is not None]

    def __contains__(self, execution_id: object) -> bool:
        return execution_id in self._holds

    def read_event(self, event: Event) -> None:
        """Take a lock when an execution starts, and give it back when it ends."""
        if isinstance(event, ExecutionStarted):
            self.begin(event.execution)
        elif isinstance(event, ExecutionFinished):
            self._end(event.execution.execution_id)

    def begin(self, execution: Execution) -> None:
        """Keep the machine awake for an execution, if its job wants that and for what is left."""
        entry = self._catalogue.get(execution.job)
        if entry is None or entry.job.on_sleep.action is not OnSleep.HOLD:
            return
        passed = max(self._clock.now() - (execution.started_at or execution.queued_at), 0)
        seconds = entry.job.on_sleep.at_most.total_seconds() - passed / SECOND
        loop = asyncio.get_running_loop()
        end = loop.call_later(max(seconds, 0), self._too_long, execution.execution_id)
        hold = self._holds[execution.execution_id] = _Hold(execution, end)
        if _is_low(self._surroundings()):
            _log.warning("job %s does not keep the machine awake: low battery", execution.job)
        else:
            self._take_soon(hold)

    def renew(self) -> None:
        """Take all locks anew: whoever gives them is there, and may know of none."""
        if self._holds and not _is_low(self._surroundings()):
            for hold in self._holds.values():
                self._take_soon(hold)

    def _take_soon(self, hold: _Hold) -> None:
        name = f"hold {hold.execution.execution_id}"
        task = asyncio.get_running_loop().create_task(self._take(hold), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, hold: _Hold) -> None:
        execution = hold.execution
        try:
            lock = await self._manager.block_sleep(f"job {execution.job} is running")
        except UnavailableError as error:
            _log.warning("job %s cannot keep the machine awake: %s", execution.job, error)
            return
        if self._holds.get(execution.execution_id) is not hold or _is_low(self._surroundings()):
            lock.release()  # it was over, or the battery low, before the answer came
            return
        _release(hold)
        hold.lock = lock

    def _too_long(self, execution_id: str) -> None:
        _log.warning(
            "job %s has kept the machine awake long enough", self._holds[execution_id].execution.job
        )
        self._end(execution_id)

    def _end(self, execution_id: str) -> None:
        hold = self._holds.pop(execution_id, None)
        if hold is not None:
            hold.end.cancel()
            _release(hold)

    def surroundings_changed(self) -> None:
        """Let the machine sleep when its battery is low, and not when it is no more."""
        if not self._holds:
            return
        low = _is_low(self._surroundings())
        if low and self.held_for:
            _log.warning("low battery: nothing keeps the machine awake any more")
        for hold in self._holds.values():
            if low:
                _release(hold)
            elif hold.lock is None:
                self._take_soon(hold)

    async def stop(self) -> None:
        """End; nothing keeps the machine awake any more."""
        for execution_id in list(self._holds):
            self._end(execution_id)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _release(hold: _Hold) -> None:
    if hold.lock is not None:
        hold.lock.release()
        hold.lock = None


def _is_low(present: Surroundings) -> bool:
    return present.on_ac is False and present.battery is not None and present.battery < LOW_BATTERY
