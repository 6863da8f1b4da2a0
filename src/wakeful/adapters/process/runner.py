"""The runner: processes of executions, from their start to the end of what they leave behind."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from wakeful.adapters.libc import Libc
from wakeful.adapters.process.adoption import Adopted
from wakeful.adapters.process.leftovers import Leftovers
from wakeful.adapters.process.output import OutputLog, trim_all
from wakeful.adapters.process.output_watch import OutputWatch
from wakeful.adapters.process.reaper import Reaper
from wakeful.adapters.process.signals import StraySignals
from wakeful.adapters.process.spawn import Spawner
from wakeful.adapters.process.survivors import members

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from wakeful.core.execution import ProcessExit
    from wakeful.core.launch import Launch

_log = logging.getLogger(__name__)

_NO_GROUP: Final = 0  # no process is in it, but those of the kernel


class RunningProcess:
    """The main process of an execution; implements `services.ports.Process`."""

    __slots__ = ("_signal", "adopted", "ended", "execution_id", "output", "pid")

    def __init__(
        self,
        pid: int,
        execution_id: str,
        output: OutputLog,
        ended: Callable[[ProcessExit], None],
        send: Callable[[RunningProcess, int], bool],
    ) -> None:
        self.pid = pid
        self.execution_id = execution_id
        self.output = output
        self.ended = ended
        self.adopted: Adopted | None = None
        self._signal = send

    def signal(self, number: int) -> bool:
        """See `services.ports.Process.signal`.

        The group gets the signal at once; those that left it are searched, and get it soon after.
        """
        return self._signal(self, number)


class ProcessRunner:
    """Starts processes and watches over them; implements `services.ports.Runner`.

    ``ended`` of an execution is called when its main process has ended and what that wrote is
    within the limit. Processes that it left behind are stopped afterwards, and nothing waits for
    that: while they end, they may still write, and a line about them may follow in the output.

    From the first use on until `close`, this process is the subreaper of all its descendants,
    and reaps them: see `reaper.Reaper` for what that means to others who start processes.

    Args:
        grace: Seconds between SIGTERM and SIGKILL for processes left behind.
        environment: What processes inherit; by default the environment of this process.
    """

    def __init__(
        self, *, grace: float = 5.0, environment: Mapping[bytes, bytes] | None = None
    ) -> None:
        self._spawner: Final = Spawner(environment)
        self._grace: Final = grace
        self._works: _Works | None = None

    def start(
        self,
        launch: Launch,
        *,
        execution_id: str,
        environment: Mapping[str, str],
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> RunningProcess:
        """See `services.ports.Runner.start`. Returns when the program is being executed."""
        works = self._works or self._open()
        pid = self._spawner.spawn(
            launch, execution_id=execution_id, environment=environment, log=log
        )
        process = RunningProcess(
            pid, execution_id, OutputLog(str(log), output_limit), ended, works.signal
        )
        works.begin(process)
        return process

    async def survivors(self, execution_ids: Collection[str]) -> Mapping[str, Sequence[int]]:
        """See `services.ports.Runner.survivors`.

        The main process of an execution comes first, if it is alive. Processes that belong to
        another user are not found.
        """
        found: dict[str, list[int]] = {}
        if execution_ids:
            wanted = frozenset(execution_ids)
            works = self._works or self._open()
            for member in await works.loop.run_in_executor(works.scanner, members, wanted):
                found.setdefault(member.execution_id, []).append(member.status.pid)
        return found

    def adopt(
        self,
        pid: int,
        *,
        execution_id: str,
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> RunningProcess:
        """See `services.ports.Runner.adopt`.

        The kernel can tell how it ended from Linux 6.15 on.

        Raises:
            ProcessLookupError: It is gone, or the process of that number is another one.
            OSError: It cannot be watched, for a limit of the system is reached.
        """
        works = self._works or self._open()
        process = RunningProcess(
            pid, execution_id, OutputLog(str(log), output_limit), ended, works.signal
        )
        process.adopted = Adopted(
            works.loop, pid, execution_id=execution_id, ended=partial(works.end_adopted, process)
        )
        works.adopt(process)
        return process

    async def close(self) -> None:
        """See `services.ports.Runner.close`.

        Executions that have ended already are reported, and what they left behind is stopped.
        """
        if self._works is not None:
            works, self._works = self._works, None
            await works.close()

    def _open(self) -> _Works:
        # Not in the constructor: only here there is a loop for certain.
        self._works = _Works(asyncio.get_running_loop(), self._grace)
        return self._works


class _Works:
    """All that is at work while there are executions."""

    def __init__(self, loop: asyncio.AbstractEventLoop, grace: float) -> None:
        self.loop = loop
        self.scanner = ThreadPoolExecutor(1, "wakeful-proc")
        # One thread, for two must not work on one output at once.
        self._worker = ThreadPoolExecutor(1, "wakeful-output")
        self._was_subreaper = _become_subreaper()
        _keep_capabilities()
        self._live: dict[str, RunningProcess] = {}
        self._ending: list[tuple[RunningProcess, ProcessExit]] = []
        self._finishing: asyncio.Future[None] | None = None
        self._reaper: Reaper[RunningProcess] = Reaper(loop, self._note_reaped)
        self._outputs = OutputWatch(loop, self._worker)
        self._signals = StraySignals(loop, self.scanner)
        self._leftovers = Leftovers(
            loop,
            is_live=self._live.__contains__,
            is_main=self._reaper.children.__contains__,
            grace=grace,
            scanner=self.scanner,
            worker=self._worker,
        )

    def begin(self, process: RunningProcess) -> None:
        """Look after a child that was just started."""
        self._reaper.children[process.pid] = process
        self._live[process.execution_id] = process
        self._outputs.follow(process.output)

    def adopt(self, process: RunningProcess) -> None:
        """Look after a process that is not a child."""
        self._live[process.execution_id] = process
        self._outputs.follow(process.output)

    def signal(self, process: RunningProcess, number: int) -> bool:
        """Send a signal to all processes of an execution."""
        name = process.execution_id
        group = process.pid
        if self._live.get(name) is not process:
            reached = self._leftovers.is_alive(name)
            if not reached and not self._leftovers.is_unsearched(name):
                return False
            group = _NO_GROUP  # what is left of it has not got the signal yet, either
        elif process.adopted is not None and not process.adopted.leads:
            reached = process.adopted.signal(number)
            group = _NO_GROUP
        else:
            reached = _signal_group(process, number)
        self._signals.request(name, group, number)
        return reached

    def end_adopted(self, process: RunningProcess, ending: ProcessExit) -> None:
        """Take note that an adopted process has ended."""
        self._note_reaped([(process, ending)])

    async def close(self) -> None:
        """Finish with what has ended; leave alone what is alive."""
        self._reaper.close()
        for process in self._live.values():
            if process.adopted is not None:
                process.adopted.close()
        self._outputs.close()
        while self._finishing is not None:
            await asyncio.wait({self._finishing})
        await self._signals.close()
        await self._leftovers.close()
        if not self._was_subreaper:
            _set_subreaper(on=False)
        # Nothing is left for the threads to do, so this does not wait.
        self._worker.shutdown()
        self.scanner.shutdown()

    def _note_reaped(self, ended: list[tuple[RunningProcess, ProcessExit]]) -> None:
        for process, _ending in ended:
            self._live.pop(process.execution_id, None)
            self._outputs.forget(process.output)
            self._leftovers.note_end(process, adopted=process.adopted is not None)
        self._leftovers.note_reaping()
        self._ending += ended
        if self._ending and self._finishing is None:
            self._finish()

    def _finish(self) -> None:
        # All that have ended until now are finished in one go of the thread, and those that end
        # meanwhile in the next one.
        batch, self._ending = self._ending, []
        outputs = [process.output for process, _ending in batch]
        self._finishing = self.loop.run_in_executor(
            self._worker, partial(trim_all, outputs, running=False)
        )
        self._finishing.add_done_callback(partial(self._report, batch))

    def _report(
        self, batch: list[tuple[RunningProcess, ProcessExit]], _done: asyncio.Future[None]
    ) -> None:
        self._finishing = None
        for process, ending in batch:
            try:
                process.ended(ending)
            except Exception:  # noqa: BLE001 - the others must hear of theirs all the same
                _log.exception("the end of execution %s was not taken in", process.execution_id)
        if self._ending and self._finishing is None:
            self._finish()


def _signal_group(process: RunningProcess, number: int) -> bool:
    # The process is not reaped yet, so the number of the group is still its own. Of an adopted one
    # that is not quite certain, but then its end is about to be told.
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        _log.warning(
            "execution %s cannot be sent signals: it has changed its user", process.execution_id
        )
        return False
    return True


def _become_subreaper() -> bool:
    """Become the subreaper; tell whether this process was it already."""
    try:
        if Libc().is_subreaper():
            return True
    except OSError as error:
        _log.info("no subreaper (%s): processes that detach are not found", error.strerror)
        return True
    _set_subreaper(on=True)
    return False


def _set_subreaper(*, on: bool) -> None:
    Libc().set_subreaper(on=on)


def _keep_capabilities() -> None:
    """Have jobs do no more than the user may: to wake the machine is for the daemon alone."""
    try:
        Libc().keep_capabilities()
    except OSError as error:  # before Linux 4.3 there was nothing to pass on
        _log.debug("ambient capabilities: %s", error.strerror)
