"""What executions leave behind when their main process has ended, and how it is stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from wakeful.adapters.process.output import close_with_line
from wakeful.adapters.process.survivors import (
    Member,
    children,
    members,
    open_process,
    status_of,
    strays,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from wakeful.adapters.process.output import OutputLog

_log = logging.getLogger(__name__)

SETTLING_SECONDS: Final = 0.1
"""From the first process reaped to the search: those that are about to end anyway may do so."""
_LAST_ROUNDS: Final = 5
_LAST_ROUND_SECONDS: Final = 1.0


class Ended(Protocol):
    """What has to be known of an execution whose main process has ended."""

    @property
    def pid(self) -> int:
        """Of the main process, and the number of its group and session."""

    @property
    def execution_id(self) -> str:
        """The mark of its processes."""

    @property
    def output(self) -> OutputLog:
        """Where to write what was done."""


class Leftovers:
    """Finds processes that outlive the main process of their execution, and stops them.

    Those that left the group are found among the children of this process, which is the
    subreaper of them all; see prctl(2), PR_SET_CHILD_SUBREAPER.

    Args:
        loop: The event loop.
        is_live: Tells whether an execution has a main process.
        is_main: Tells whether a process is the main process of an execution; from any thread.
        grace: Seconds between SIGTERM and SIGKILL.
        scanner: Runs the searches.
        worker: Does all work on outputs.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        is_live: Callable[[str], bool],
        is_main: Callable[[int], bool],
        grace: float,
        scanner: Executor,
        worker: Executor,
    ) -> None:
        self._loop = loop
        self._is_live = is_live
        self._is_main = is_main
        self._grace = grace
        self._scanner = scanner
        self._worker = worker
        self._ended: dict[str, Ended] = {}
        self._suspects: set[str] = set()
        self._stopping: set[str] = set()
        self._alive: set[str] = set()
        # Children from before are not the business of anybody here.
        self._unmarked = {status.identity for status in map(status_of, children()) if status}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._hurry: asyncio.Future[None] = loop.create_future()

    def note_end(self, execution: Ended, *, adopted: bool = False) -> None:
        """Take note that the main process of an execution has ended and was reaped.

        Args:
            execution: Which.
            adopted: It was not our child, so what it leaves behind does not come to us either.
        """
        self._ended[execution.execution_id] = execution
        if _group_exists(execution.pid):
            self._alive.add(execution.execution_id)
            self._suspects.add(execution.execution_id)
        elif adopted:
            self._suspects.add(execution.execution_id)

    def note_reaping(self) -> None:
        """Take note that processes have been reaped; a search follows soon."""
        if self._timer is None:
            self._timer = self._loop.call_later(SETTLING_SECONDS, self._begin)

    def is_alive(self, execution_id: str) -> bool:
        """Say whether something of an execution that has ended is known to be alive."""
        return execution_id in self._alive

    def is_unsearched(self, execution_id: str) -> bool:
        """Say whether an execution has ended so lately that the search is still to come."""
        return execution_id in self._ended

    async def close(self) -> None:
        """Search once more if something was reaped since, and finish without further grace."""
        if not self._hurry.done():
            self._hurry.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._begin()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(self) -> None:
        self._timer = None
        ended, self._ended = self._ended, {}
        suspects, self._suspects = self._suspects, set()
        self._stopping |= suspects
        task = self._loop.create_task(self._search(ended, suspects))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _search(self, ended: Mapping[str, Ended], suspects: set[str]) -> None:
        left = set(suspects)
        try:
            found = await self._loop.run_in_executor(self._scanner, strays, self._is_main)
            # Looked at again here: a process started meanwhile looked like a stray at first.
            found = [member for member in found if not self._is_main(member.status.pid)]
            self._report_unmarked([member for member in found if not member.execution_id])
            for member in found:
                execution_id = member.execution_id
                if execution_id and not self._is_live(execution_id):
                    left.add(execution_id)
                    self._alive.add(execution_id)
            left -= self._stopping - suspects  # another search is at it
            self._stopping |= left
            if left:
                await self._stop(left, ended)
        finally:
            self._stopping -= left
            self._alive -= left

    def _report_unmarked(self, found: Sequence[Member]) -> None:
        for member in found:
            if member.status.identity not in self._unmarked:
                self._unmarked.add(member.status.identity)
                _log.warning(
                    "process %d was left behind without the mark of an execution: left alone",
                    member.status.pid,
                )

    async def _stop(self, execution_ids: set[str], ended: Mapping[str, Ended]) -> None:
        sessions = {ended[name].pid: name for name in execution_ids if name in ended}
        find = partial(members, execution_ids, sessions)
        stopped: dict[str, set[tuple[int, int]]] = defaultdict(set)
        gentle = [(signal.SIGTERM, self._grace)]
        for number, patience in gentle + [(signal.SIGKILL, _LAST_ROUND_SECONDS)] * _LAST_ROUNDS:
            found = await self._loop.run_in_executor(self._scanner, find)
            if not found:
                break
            for member in found:
                stopped[member.execution_id].add(member.status.identity)
            await self._signal_and_wait(found, number, patience)
        else:
            _log.error("processes left by %s cannot be stopped", ", ".join(sorted(stopped)))
        for execution_id, processes in stopped.items():
            await self._report(execution_id, len(processes), ended.get(execution_id))

    async def _signal_and_wait(self, found: Sequence[Member], number: int, patience: float) -> None:
        opened = [open_process(member.status) for member in found]
        waiting = {descriptor for descriptor in opened if descriptor is not None}
        everybody: asyncio.Future[None] = self._loop.create_future()

        def note(descriptor: int) -> None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
            waiting.discard(descriptor)
            if not waiting and not everybody.done():
                everybody.set_result(None)

        try:
            for descriptor in list(waiting):
                self._loop.add_reader(descriptor, note, descriptor)
                try:
                    signal.pidfd_send_signal(descriptor, number)
                except OSError:  # it has ended, or it has changed its user
                    note(descriptor)
            if waiting:
                # Whoever closes us does not wait for those that ignore SIGTERM.
                hurry = {self._hurry} if number == signal.SIGTERM else set()
                await asyncio.wait(
                    {everybody} | hurry, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for descriptor in list(waiting):
                note(descriptor)

    async def _report(self, execution_id: str, count: int, execution: Ended | None) -> None:
        what = "1 process" if count == 1 else f"{count} processes"
        were = "was" if count == 1 else "were"
        _log.warning("execution %s: %s left behind %s stopped", execution_id, what, were)
        if execution is not None:
            line = f"[wakeful: {what} left behind {were} stopped]"
            await self._loop.run_in_executor(self._worker, close_with_line, execution.output, line)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # they have changed their user, but they are there
    return True
