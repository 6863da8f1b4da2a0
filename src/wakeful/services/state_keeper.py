"""The keeper of ``state.json``: writes it when something in it changed, and reads it at start."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError
from wakeful.core.event import (
    ConfigurationReloaded,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    SlotsClosed,
)
from wakeful.core.execution import Execution, ExecutionState
from wakeful.core.instant import to_iso
from wakeful.services.ports import Configuration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wakeful.services.agenda import Agenda
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.ports import Clock, StateFile

_log = logging.getLogger(__name__)
FORMAT_VERSION = 1
HISTORY_LENGTH = 100
DELAY_SECONDS = 1.0
"""How long changes that nobody waits for are gathered."""
_WORDS = {
    ExecutionState.SUCCEEDED: "success",
    ExecutionState.FAILED: "failed",
    ExecutionState.TIMED_OUT: "failed",
    ExecutionState.LOST: "failed",
    ExecutionState.CANCELLED: "cancelled",
    ExecutionState.RUNNING: "running",
    ExecutionState.QUEUED: "running",
}


def original_word(state: ExecutionState) -> str:
    """Say a state in the words of the original daemon."""
    return _WORDS[state]


class StateKeeper:
    """Keeps ``state.json`` true.

    Args:
        catalogue, agenda: What it tells.
        state_file: Where it is written.
        clock: The time.

    Attributes:
        configuration: The one in force.
    """

    def __init__(
        self, *, catalogue: Catalogue, agenda: Agenda, state_file: StateFile, clock: Clock
    ) -> None:
        self._catalogue = catalogue
        self._agenda = agenda
        self._file = state_file
        self._clock = clock
        self._history: deque[Execution] = deque(maxlen=HISTORY_LENGTH)
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self.configuration = Configuration()

    def remember(self, executions: Iterable[Execution]) -> None:
        """Begin with what is on record already, newest first."""
        self._history.clear()
        self._history.extend(executions)

    @property
    def recent(self) -> list[Execution]:
        """The last executions that ended, newest first."""
        return list(self._history)

    def read_event(self, event: Event) -> None:
        """Take note of what changes the file; a reader of the bulletin."""
        if isinstance(event, ExecutionFinished):
            self._history.appendleft(event.execution)
        if isinstance(
            event, ExecutionFinished | ExecutionStarted | SlotsClosed | ConfigurationReloaded
        ):
            self.save_soon()

    def save_soon(self) -> None:
        """Write the file within a moment."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._save_now)

    def _save_now(self) -> None:
        self._timer = None
        self._saving = asyncio.get_running_loop().create_task(self._save_or_log(), name="state")

    async def _save_or_log(self) -> None:
        try:
            await self.save()
        except StorageError as error:
            _log.error("state.json is not up to date: %s", error)
            self.save_soon()

    async def save(self) -> None:
        """Write the file now.

        Raises:
            StorageError: That could not be done.
        """
        async with self._lock:
            await self._file.write(self.document())

    async def stop(self) -> None:
        """Write the file for the last time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            await self.save()
        except StorageError as error:
            _log.error("state.json is not up to date: %s", error)

    def document(self) -> dict[str, object]:
        """Give the content of the file at this moment."""
        return {
            "version": FORMAT_VERSION,
            "enabled": not self._agenda.paused,
            "default_enabled": self._agenda.configured_enabled,
            "override": self._agenda.override,
            "timezone": self.configuration.timezone,
            "execution_mode": self.configuration.execution_mode,
            "jobs": [self._job(entry) for entry in self._catalogue],
            "history": [self._execution(execution) for execution in self._history],
            "updated_at": self._iso(self._clock.now()),
        }

    def _job(self, entry: Entry) -> dict[str, object]:
        job, last = entry.job, entry.last
        next_run = self._agenda.next_slot(job.name)
        status = "running" if entry.live else (original_word(last.state) if last else None)
        return {
            "name": job.name,
            "skill": job.skill,
            "cron": job.schedule_text if job.trigger_key == "cron" else "",
            "enabled": entry.enabled,
            "default_enabled": job.enabled,
            "override": entry.override,
            "next_run": to_iso(next_run, job.zone) if next_run else None,
            "last_run": to_iso(last.started_at or last.queued_at, job.zone) if last else None,
            "last_status": status,
            "run_count": entry.run_count,
            "failure_count": entry.failure_count,
        }

    def _execution(self, execution: Execution) -> dict[str, object]:
        duration = execution.duration
        return {
            "job": execution.job,
            "execution_id": execution.execution_id,
            "started_at": self._iso(execution.started_at or execution.queued_at),
            "completed_at": self._iso(execution.ended_at) if execution.ended_at else None,
            "status": original_word(execution.state),
            "duration_ms": None if duration is None else duration // 1000,
        }

    def _iso(self, instant: int) -> str:
        return to_iso(instant, self.configuration.zone)
