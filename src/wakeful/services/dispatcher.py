"""The dispatcher: from what is due to executions on record. Every execution is born here."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Any

from wakeful.core.errors import (
    AlreadyRunningError,
    InvalidJobError,
    NoSuchJobError,
    ShuttingDownError,
    StorageError,
)
from wakeful.core.event import JobChanged, SlotsClosed
from wakeful.core.execution import Cause, Execution
from wakeful.core.names import RANDOM_BITS, execution_identifier
from wakeful.core.plan import Close, Decision, Defer, Facts, Reason, SlotState, Start, decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wakeful.core.instant import Instant
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.ports import Clock, Store
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)
SLICE_SECONDS = 0.05
"""How long starting processes may keep the loop from everything else."""
RETRY_SECONDS = 10.0
"""When slots that could not be recorded are looked at again."""


class Dispatcher:
    """Decides on slots, claims them, and hands them to the supervisor.

    Args:
        catalogue: The jobs.
        supervisor: Starts what is claimed.
        store: Where slots are claimed.
        bulletin: Told of slots that are closed.
        clock: The time.
        logs: The folder for the output of executions.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        supervisor: Supervisor,
        store: Store,
        bulletin: Bulletin,
        clock: Clock,
        logs: Path,
    ) -> None:
        self._catalogue = catalogue
        self._supervisor = supervisor
        self._store = store
        self._bulletin = bulletin
        self._clock = clock
        self._logs = f"{logs}/"
        self._stopping = False
        self._absence = Reason.OFF
        self._tasks: set[asyncio.Task[Any]] = set()
        self._retry: asyncio.TimerHandle | None = None

    def begun(self) -> None:
        """Take note that the daemon is at work: from now on it is not off."""
        self._absence = Reason.ASLEEP

    def due(self, names: Sequence[str]) -> None:
        """Serve the slots of some jobs; what the timer calls."""
        task = asyncio.get_running_loop().create_task(self.serve(names), name="dispatch")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("slots could not be served", exc_info=error)

    async def serve(self, names: Iterable[str]) -> None:
        """Decide on all slots of some jobs up to now, and carry the decisions out.

        If they cannot be put on record nothing is started; the slots stay open and are looked
        at again later.
        """
        entries = [
            entry
            for entry in map(self._catalogue.get, names)
            if entry and entry.schedule and entry.job.usable
        ]
        if not entries:
            return
        now = self._clock.now()
        facts = Facts(
            now=now,
            absence=self._absence,
            stopping=self._stopping,
            jobs={entry.job.name: entry.facts() for entry in entries},
        )
        decisions = decide(facts, facts.jobs)
        before = {entry.job.name: entry.accounted_until for entry in entries}
        if not facts.stopping:
            for entry in entries:
                entry.accounted_until = max(now, entry.accounted_until)
        try:
            await self._carry_out(decisions, now)
        except StorageError as error:
            _log.error("slots are put off, for they cannot be recorded: %s", error)
            for entry in entries:
                entry.accounted_until = before[entry.job.name]
            self._look_again()

    async def _carry_out(self, decisions: Sequence[Decision], now: Instant) -> None:
        born: list[tuple[Entry, Execution]] = []
        closings: list[Close] = []
        for decision in decisions:
            match decision:
                case Start(job, slot, cause):
                    entry = self._catalogue.get(job)
                    if entry is not None:
                        born.append((entry, self._birth(entry, now, cause, slot=slot)))
                case Close():
                    closings.append(decision)
                case Defer(job, slot, reason):
                    _log.info("slot %d of job %s is put off: %s", slot, job, reason)
        if not born and not closings:
            return
        await self._claim(born, closings)

    async def _claim(
        self, born: Sequence[tuple[Entry, Execution]], closings: Sequence[Close]
    ) -> None:
        """Put births and closed slots on record; start what is claimed.

        Once begun it is carried through, also if the caller gives up; `stop` waits for it.
        """
        task = asyncio.get_running_loop().create_task(
            self._claim_and_start(born, closings), name="claim"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    async def _claim_and_start(
        self, born: Sequence[tuple[Entry, Execution]], closings: Sequence[Close]
    ) -> None:
        try:
            accepted = await self._store.claim([execution for _, execution in born], closings)
        except StorageError:
            for entry, execution in born:
                entry.live.pop(execution.execution_id, None)
            raise
        for closing in closings:
            self._note(closing)
        loop = asyncio.get_running_loop()
        slice_end = loop.time() + SLICE_SECONDS
        for entry, execution in born:
            if execution.execution_id not in accepted:
                entry.live.pop(execution.execution_id, None)
                _log.warning("a slot of job %s was executed before; left alone", execution.job)
                continue
            self._supervisor.start(entry.job, execution)
            if loop.time() > slice_end:
                await asyncio.sleep(0)
                slice_end = loop.time() + SLICE_SECONDS

    def _birth(
        self,
        entry: Entry,
        now: Instant,
        cause: Cause,
        *,
        slot: Instant | None = None,
        requested_by: str = "",
    ) -> Execution:
        identifier = execution_identifier(now, secrets.randbits(RANDOM_BITS))
        execution = Execution(
            execution_id=identifier,
            job=entry.job.name,
            cause=cause,
            slot=slot,
            queued_at=now,
            requested_by=requested_by,
            log=f"{self._logs}{identifier}.log",
        )
        # From now on the job counts as running, before anything is awaited.
        entry.live[identifier] = execution
        return execution

    def _note(self, closing: Close) -> None:
        entry = self._catalogue.get(closing.job)
        if entry is not None and closing.state is SlotState.MISSED:
            entry.missed_count += closing.span.count
        _log.info(
            "%s of job %s %s: %s",
            "1 slot" if closing.span.count == 1 else f"{closing.span.count} slots",
            closing.job,
            closing.state,
            closing.reason,
            extra={"job": closing.job},
        )
        self._bulletin.publish(SlotsClosed(closing))
        self._bulletin.publish(JobChanged(closing.job))

    async def run(self, name: str, *, requested_by: str, force: bool = False) -> Execution:
        """Run a job because somebody asks.

        Args:
            name: The job; it may be disabled.
            requested_by: Who asks; recorded.
            force: Also if it is running already.

        Raises:
            NoSuchJobError: There is no such job.
            InvalidJobError: Its definition has errors.
            AlreadyRunningError: It is running, and its overlap policy forbids a second time.
            StorageError: It could not be put on record, so it was not started.
            ShuttingDownError: The daemon is stopping.
        """
        entry = self._catalogue.get(name)
        if entry is None:
            raise NoSuchJobError(f"there is no job '{name}'")
        if self._stopping:
            raise ShuttingDownError("the daemon is stopping")
        if not entry.job.usable:
            raise InvalidJobError(
                f"job '{name}' has errors: {entry.job.error}", hint="mend the configuration"
            )
        if entry.live and not force:
            running = next(iter(entry.live))
            raise AlreadyRunningError(f"job '{name}' is already running (execution {running})")
        execution = self._birth(entry, self._clock.now(), Cause.MANUAL, requested_by=requested_by)
        await self._claim([(entry, execution)], [])
        return execution

    def _look_again(self) -> None:
        if self._retry is None and not self._stopping:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(RETRY_SECONDS, self._serve_all)

    def _serve_all(self) -> None:
        self._retry = None
        self.due([entry.job.name for entry in self._catalogue if entry.held is None])

    def live_of(self, name: str) -> dict[str, Execution]:
        """Give the executions of a job that have not ended, whether it is configured or not."""
        return {one.execution_id: one for one in self._supervisor.running if one.job == name}

    async def stop(self) -> None:
        """Take on no more; end when what was begun is handed over."""
        self._stopping = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
