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
from wakeful.adapters.process.survivors import Member, children, mark_of, members, send_signal
from wakeful.adapters.process.survivors import status_of as status_of_process

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from concurrent.futures import Executor

    from wakeful.adapters.process.output import OutputLog

_log = logging.getLogger(__name__)

SETTLING_SECONDS: Final = 0.1
"""From the first process reaped to the search: those that are about to end anyway may do so."""
_LAST_ROUNDS: Final = 5
_LAST_ROUND_SECONDS: Final = 1.0


class Ended(Protocol):
    """What has to be known of an execution whose main process has ended."""

    pid: int
    execution_id: str
    output: OutputLog


class Leftovers:
    """Finds processes that outlive the main process of their execution, and stops them.

    Those that left the group are found among the children of this process, which is the
    subreaper of them all; see prctl(2), PR_SET_CHILD_SUBREAPER.

    Args:
        loop: The event loop.
        is_live: Tells whether an execution has a main process.
        is_main: Tells whether a process is the main process of an execution.
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
        self._reported: set[tuple[int, int]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    def note_end(self, execution: Ended, *, adopted: bool = False) -> None:
        """Take note that the main process of an execution has ended.

        Args:
            execution: Which.
            adopted: It was not our child, so what it leaves behind does not come to us either.
        """
        self._ended[execution.execution_id] = execution
        try:
            os.killpg(execution.pid, 0)
        except ProcessLookupError:
            if not adopted:
                return
        except PermissionError:
            pass  # they have changed their user, but they are there
        self._suspects.add(execution.execution_id)

    def note_reaping(self) -> None:
        """Take note that processes have been reaped; a search follows soon."""
        if self._timer is None:
            self._timer = self._loop.call_later(SETTLING_SECONDS, self._begin)

    def is_stopping(self, execution_id: str) -> bool:
        """Say whether something of an execution that has ended may still be alive."""
        return execution_id in self._suspects or execution_id in self._stopping

    async def close(self) -> None:
        """Search once more if something was reaped since, and finish without further grace."""
        self._hurry.set()
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
        try:
            strays = await self._loop.run_in_executor(self._scanner, _strays, self._is_main)
            known: set[str] = set(suspects)
            for member in strays:
                # Looked at again: a process started since then looked like a stray at first.
                if self._is_main(member.status.pid) or self._is_live(member.execution_id):
                    continue
                if member.execution_id:
                    known.add(member.execution_id)
                else:
                    self._report_unmarked(member)
            known -= self._stopping - suspects
            self._stopping |= known
            if known:
                await self._stop(known, ended)
        finally:
            self._stopping -= suspects

    def _report_unmarked(self, member: Member) -> None:
        process = (member.status.pid, member.status.started)
        if process not in self._reported:
            self._reported.add(process)
            _log.warning(
                "process %d was left behind by a job that hid it: it carries no mark, and is "
                "left alone",
                member.status.pid,
            )

    async def _stop(self, execution_ids: set[str], ended: Mapping[str, Ended]) -> None:
        sessions = {
            ended[execution_id].pid: execution_id
            for execution_id in execution_ids
            if execution_id in ended
        }
        find = partial(members, execution_ids, sessions)
        stopped: dict[str, set[tuple[int, int]]] = defaultdict(set)
        rounds = [(signal.SIGTERM, self._grace)] + [
            (signal.SIGKILL, _LAST_ROUND_SECONDS)
        ] * _LAST_ROUNDS
        try:
            for number, patience in rounds:
                found = await self._loop.run_in_executor(self._scanner, find)
                if not found:
                    break
                for member in found:
                    stopped[member.execution_id].add((member.status.pid, member.status.started))
                await self._signal_and_wait(found, number, patience)
            else:
                _log.error("processes of %s cannot be stopped", ", ".join(sorted(execution_ids)))
        finally:
            self._stopping -= execution_ids
        for execution_id, processes in stopped.items():
            await self._report(execution_id, len(processes), ended.get(execution_id))

    async def _report(self, execution_id: str, count: int, execution: Ended | None) -> None:
        what = "1 process" if count == 1 else f"{count} processes"
        were = "was" if count == 1 else "were"
        _log.warning("execution %s: %s left behind %s stopped", execution_id, what, were)
        if execution is not None:
            line = f"[wakeful: {what} left behind {were} stopped]"
            await self._loop.run_in_executor(
                self._worker, close_with_line, execution.output, line
            )

    async def _signal_and_wait(self, found: Iterable[Member], number: int, patience: float) -> None:
        waiting: set[asyncio.Future[None]] = set()
        descriptors: list[int] = []
        for member in found:
            try:
                descriptor = os.pidfd_open(member.status.pid)
            except OSError:
                continue
            descriptors.append(descriptor)
            if send_signal(member.status, number):
                future = self._loop.create_future()
                self._loop.add_reader(descriptor, _settle, future)
                waiting.add(future)
        hurry = self._loop.create_task(self._hurry.wait())
        try:
            everybody = asyncio.gather(*waiting)
            patience = 0 if self._hurry.is_set() and number == signal.SIGTERM else patience
            await asyncio.wait(
                {everybody, hurry} if number == signal.SIGTERM else {everybody},
                timeout=patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            hurry.cancel()
            for future in waiting:
                future.cancel()
            for descriptor in descriptors:
                self._loop.remove_reader(descriptor)
                os.close(descriptor)
