"""The messenger: tells the people a job names how an execution ended. A side show by design."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.event import Event, ExecutionFinished

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.job import Job
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.ports import Notifier
    from wakeful.services.registry import Registry

_log = logging.getLogger(__name__)
LONGEST_SECONDS = 30.0


class Messenger:
    """Hands ends of executions to notifiers; a reader of the bulletin.

    Args:
        catalogue: Says whom to tell.
        notifiers: All there are.
    """

    def __init__(self, *, catalogue: Catalogue, notifiers: Registry[Notifier]) -> None:
        self._catalogue = catalogue
        self._notifiers = notifiers
        self._tasks: set[asyncio.Task[None]] = set()

    def read_event(self, event: Event) -> None:
        """Begin to tell."""
        if not isinstance(event, ExecutionFinished):
            return
        entry = self._catalogue.get(event.execution.job)
        if entry is None:
            return
        for target in entry.job.notify:
            if target in self._notifiers.names():
                task = asyncio.get_running_loop().create_task(
                    self._tell(target, entry.job, event.execution), name=f"notify {target}"
                )
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _tell(self, target: str, job: Job, execution: Execution) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._notifiers.get(target).notify(job, execution)
        except Exception:  # noqa: BLE001 - a notifier harms nothing else
            _log.exception("%s could not be told of job %s", target, job.name)

    async def stop(self) -> None:
        """Give up on what is still being told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
