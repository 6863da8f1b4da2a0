"""The recorder: sees to it that what happened to executions gets on disk, in order, in groups."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from wakeful.core.execution import Execution
    from wakeful.services.ports import Store

_log = logging.getLogger(__name__)
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
START_SECONDS = 0.01
"""How long a start may wait to be written.

A process that has just begun has processor and disk to itself, and of one that ends within that
time only the end is written. Should the daemon die meanwhile, the process is found by its mark.
"""


class Recorder:
    """Writes starts and ends of executions behind the back of who reports them.

    What piles up while one group is being written is the next group. If the disk refuses, the
    same group is tried again, and nothing is announced before it is written.

    Args:
        store: Where to write.
        recorded: Called with each group of ended executions once it is on disk.
    """

    def __init__(self, *, store: Store, recorded: Callable[[Sequence[Execution]], None]) -> None:
        self._store = store
        self._recorded = recorded
        self._started: dict[str, Execution] = {}
        self._starting: asyncio.TimerHandle | None = None
        self._finished: list[Execution] = []
        self._wake = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._write_all(), name="recorder")

    def started(self, execution: Execution) -> None:
        """Take note that a process exists."""
        self._started[execution.execution_id] = execution
        self._quiet.clear()
        if self._starting is None:
            loop = asyncio.get_running_loop()
            self._starting = loop.call_later(START_SECONDS, self._write_starts)

    def finished(self, execution: Execution) -> None:
        """Take note of an outcome."""
        # Whoever ended before the start was written needs no record of the start.
        self._started.pop(execution.execution_id, None)
        if not self._started:
            self._forget_starts()
        self._finished.append(execution)
        self._touch()

    async def drain(self, seconds: float) -> bool:
        """Wait until all is written, but no longer than that; say whether it is."""
        try:
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Stop writing; what the disk has refused so far is lost to this life of the daemon."""
        self._forget_starts()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _write_starts(self) -> None:
        self._starting = None
        self._touch()

    def _forget_starts(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None

    def _touch(self) -> None:
        self._quiet.clear()
        self._wake.set()

    async def _write_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            started: list[Execution] = []
            if self._starting is None:
                started, self._started = list(self._started.values()), {}
            finished, self._finished = self._finished, []
            if started:
                await self._insist(self._store.record_started, started)
            if finished:
                await self._insist(self._store.record_finished, finished)
                self._recorded(finished)
            if not self._wake.is_set() and self._starting is None:
                self._quiet.set()

    @staticmethod
    async def _insist(
        write: Callable[[Sequence[Execution]], Awaitable[None]], group: Sequence[Execution]
    ) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                await write(group)
            except StorageError as error:
                _log.error("cannot record executions, trying again in %.0f s: %s", delay, error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_RETRY_SECONDS)
            else:
                return
