"""The supervisor: watches over executions, from the start of a process to the record of its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.core.duration import format_duration
from wakeful.core.errors import NoSuchExecutionError, NotRunningError, StartFailedError
from wakeful.core.event import ExecutionFinished, ExecutionStarted, JobChanged
from wakeful.core.execution import ExecutionState, ProcessExit, outcome_of
from wakeful.core.instant import SECOND, to_iso
from wakeful.services.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.core.execution import Execution
    from wakeful.core.job import Job
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.ports import Clock, Process, Runner, Store

_log = logging.getLogger(__name__)
GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL."""


@dataclass(slots=True)
class _Live:
    """An execution that has not ended."""

    job: Job
    execution: Execution
    process: Process | None = None
    verdict: tuple[ExecutionState, str] | None = None
    """How it is to be recorded when it ends, if that was decided before."""
    over: bool = False
    """Whether it has ended; as long as that is not on record, others see it running."""
    deadline: asyncio.TimerHandle | None = None
    kill: asyncio.TimerHandle | None = None


class Supervisor:
    """Starts the processes of executions, stops them when it is time, records how they ended.

    Args:
        catalogue: Where executions are counted.
        runner: Starts processes.
        store: Remembers executions.
        bulletin: Told of starts and ends.
        clock: The time.
        grace: Seconds between SIGTERM and SIGKILL.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        runner: Runner,
        store: Store,
        bulletin: Bulletin,
        clock: Clock,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._catalogue = catalogue
        self._runner = runner
        self._bulletin = bulletin
        self._clock = clock
        self._grace = grace
        self._live: dict[str, _Live] = {}
        self._recorder = Recorder(store=store, recorded=self._announce_ends)
        self._all_ended = asyncio.Event()
        self._all_ended.set()

    def begin(self) -> None:
        """Begin to record."""
        self._recorder.start()

    @property
    def running(self) -> Sequence[Execution]:
        """Executions that have not ended, oldest first."""
        return [live.execution for live in self._live.values()]

    def find(self, execution_id: str) -> Execution | None:
        """Give a live execution, or None."""
        live = self._live.get(execution_id)
        return live.execution if live else None

    def start(self, job: Job, execution: Execution, *, coalesced: int = 0) -> None:
        """Start the process of an execution that is on record, and announce it.

        Whatever comes of it is taken in on the event loop, and so after the announcement.

        Args:
            job: The job.
            execution: The execution.
            coalesced: How many slots it stands for, besides its own.
        """
        live = _Live(job, execution)
        self._live[execution.execution_id] = live
        self._all_ended.clear()
        failure: StartFailedError | None = None
        try:
            self._start_process(live, coalesced)
        except StartFailedError as error:
            failure = error
        # Only now: who is told takes his time, and the job would start so much later.
        self._bulletin.publish(ExecutionStarted(execution))
        self._bulletin.publish(JobChanged(execution.job))
        if failure is not None:
            self._end(live, ExecutionState.FAILED, str(failure), ProcessExit())

    def _start_process(self, live: _Live, coalesced: int) -> None:
        job, execution = live.job, live.execution
        if job.launch is None:
            raise StartFailedError("the job has errors")
        started_at = self._clock.now()
        live.process = self._runner.start(
            job.launch,
            execution_id=execution.execution_id,
            environment=_context(job, execution, started_at, coalesced),
            log=Path(execution.log),
            output_limit=job.output_limit,
            ended=lambda ending: self._ended(live, ending),
        )
        self._watch(live, live.process, started_at)

    def adopt(self, job: Job, execution: Execution, pid: int) -> None:
        """Watch over an execution that an earlier life of the daemon started.

        Raises:
            ProcessLookupError: Its process is gone.
        """
        live = _Live(job, execution)
        live.process = self._runner.adopt(
            pid,
            execution_id=execution.execution_id,
            log=Path(execution.log),
            output_limit=job.output_limit,
            ended=lambda ending: self._ended(live, ending),
        )
        self._live[execution.execution_id] = live
        self._all_ended.clear()
        self._watch(live, live.process, execution.started_at or execution.queued_at)

    def _watch(self, live: _Live, process: Process, started_at: int) -> None:
        if live.execution.state is ExecutionState.QUEUED:
            live.execution = live.execution.running(pid=process.pid, at=started_at)
            self._recorder.started(live.execution)
        entry = self._catalogue.get(live.execution.job)
        if entry is not None:
            entry.live[live.execution.execution_id] = live.execution
        if live.job.timeout is not None:
            passed = (self._clock.now() - started_at) / SECOND
            remaining = max(live.job.timeout.total_seconds() - passed, 0)
            # The loop's clock stands still while the machine sleeps: time awake is counted.
            live.deadline = asyncio.get_running_loop().call_later(remaining, self._too_long, live)

    def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an execution and all it started.

        Raises:
            NotRunningError: It is ending already.
            NoSuchExecutionError: It does not live.
        """
        live = self._live.get(execution_id)
        if live is None:
            raise NoSuchExecutionError(f"no execution {execution_id} is running")
        if live.over or live.verdict is not None:
            raise NotRunningError(f"execution {execution_id} is ending already")
        self._stop(live, ExecutionState.CANCELLED, reason)

    def freeze(self, execution_id: str) -> bool:
        """Stop the processes of an execution where they stand; say whether there was one."""
        return self._signal(execution_id, signal.SIGSTOP)

    def thaw(self, execution_id: str) -> None:
        """Let the processes of an execution go on."""
        self._signal(execution_id, signal.SIGCONT)

    def _signal(self, execution_id: str, number: int) -> bool:
        live = self._live.get(execution_id)
        return live is not None and live.process is not None and live.process.signal(number)

    async def drain(self) -> None:
        """Wait until all that happened is on record."""
        await self._recorder.drain(GRACE_SECONDS)

    def _too_long(self, live: _Live) -> None:
        live.deadline = None
        if live.verdict is None and live.job.timeout is not None:
            limit = format_duration(live.job.timeout)
            self._stop(live, ExecutionState.TIMED_OUT, f"took longer than {limit}")

    def _stop(self, live: _Live, state: ExecutionState, reason: str) -> None:
        live.verdict = state, reason
        if live.process is not None:
            live.process.signal(signal.SIGTERM)
            loop = asyncio.get_running_loop()
            live.kill = loop.call_later(self._grace, live.process.signal, signal.SIGKILL)

    def _ended(self, live: _Live, ending: ProcessExit) -> None:
        state, reason = live.verdict or outcome_of(ending)
        if live.process is not None and live.verdict is not None:
            # What was to be stopped is stopped as a whole, also what does not listen.
            live.process.signal(signal.SIGKILL)
        self._end(live, state, reason, ending)

    def _end(self, live: _Live, state: ExecutionState, reason: str, ending: ProcessExit) -> None:
        for handle in (live.deadline, live.kill):
            if handle is not None:
                handle.cancel()
        live.over = True
        self._recorder.finished(
            live.execution.ended(
                state,
                at=self._clock.now(),
                reason=reason,
                exit_status=ending.exit_status,
                signal=ending.signal,
            )
        )

    def settle(self, job: Job, execution: Execution, reason: str) -> None:
        """Record as lost an execution whose process nobody can find."""
        live = _Live(job, execution)
        self._live[execution.execution_id] = live
        self._all_ended.clear()
        self._end(live, ExecutionState.LOST, reason, ProcessExit())

    def _announce_ends(self, executions: Sequence[Execution]) -> None:
        for execution in executions:
            self._live.pop(execution.execution_id, None)
            entry = self._catalogue.get(execution.job)
            if entry is not None:
                entry.count(execution)
            self._bulletin.publish(ExecutionFinished(execution))
            self._bulletin.publish(JobChanged(execution.job))
        if not self._live:
            self._all_ended.set()

    async def stop(self, reason: str) -> None:
        """Stop all executions, and end when that is on record."""
        for live in list(self._live.values()):
            if live.verdict is None and not live.over:
                self._stop(live, ExecutionState.CANCELLED, reason)
        try:
            async with asyncio.timeout(self._grace + 5):
                await self._all_ended.wait()
        except TimeoutError:
            ids = ", ".join(self._live)
            _log.error("these executions could not be brought to an end: %s", ids)
        await self._recorder.stop()


def _context(job: Job, execution: Execution, started_at: int, coalesced: int) -> dict[str, str]:
    """Tell a job about itself, in its environment."""
    context = {
        "WAKEFUL_JOB": job.name,
        "WAKEFUL_CAUSE": execution.cause.value,
        "WAKEFUL_ATTEMPT": str(execution.attempt),
        "WAKEFUL_SLOT": "",
        "WAKEFUL_LATE_MS": "0",
        "WAKEFUL_MISSED_COUNT": str(coalesced),
    }
    if execution.slot is not None:
        context["WAKEFUL_SLOT"] = to_iso(execution.slot, job.zone)
        context["WAKEFUL_LATE_MS"] = str(max(started_at - execution.slot, 0) // 1000)
    return context
