"""The dispatcher: decides on slots and requests. Every execution has its origin here."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from wakeful.core.decision import ANSWER, accounted_until, waiting_slots
from wakeful.core.errors import (
    AlreadyRunningError,
    InvalidArgumentError,
    InvalidJobError,
    NoSuchJobError,
    ShuttingDownError,
    StorageError,
)
from wakeful.core.event import Event, ExecutionFinished
from wakeful.core.execution import Cause, Execution
from wakeful.core.obstacle import Obstacle, obstacles
from wakeful.core.plan import Close, Decision, Reason, Start, decide
from wakeful.services.waiting_room import WaitingRoom

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from wakeful.core.instant import Instant
    from wakeful.services.agenda import Agenda
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.ports import Clock
    from wakeful.services.power.situation import Situation
    from wakeful.services.registrar import Birth, Registrar
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)
RETRY_SECONDS = 10.0
"""When slots that could not be recorded are looked at again."""


class Dispatcher:
    """Decides on slots and requests, and has the decisions carried out.

    Args:
        catalogue, agenda: The jobs.
        situation: What is known of the machine.
        registrar: Puts on record what was decided, and starts it.
        supervisor: Knows what runs.
        bulletin: Told of slots that wait.
        clock: The time.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        agenda: Agenda,
        situation: Situation,
        registrar: Registrar,
        supervisor: Supervisor,
        bulletin: Bulletin,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._agenda = agenda
        self._situation = situation
        self._registrar = registrar
        self._supervisor = supervisor
        self._clock = clock
        self._waiting = WaitingRoom(clock=clock, bulletin=bulletin, call=self.due)
        self._stopping = False
        self._absence = Reason.OFF
        self._tasks: set[asyncio.Task[None]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._reconsidering: asyncio.Handle | None = None

    def begun(self) -> None:
        """Take note that the daemon is at work: from now on it is not off."""
        self._absence = Reason.ASLEEP

    def due(self, names: Sequence[str]) -> None:
        """Serve the slots of some jobs; what the timer calls."""
        self._begin(self._serve(names)).add_done_callback(_log_failure)

    def reconsider(self) -> None:
        """Look again at the slots that wait: something has changed. Once, however often asked."""
        if self._reconsidering is None and not self._stopping:
            self._reconsidering = asyncio.get_running_loop().call_soon(self._reconsider)

    def _reconsider(self) -> None:
        self._reconsidering = None
        self._waiting.call_all()

    def read_event(self, event: Event) -> None:
        """Look again at a job whose execution ended; a reader of the bulletin."""
        if not isinstance(event, ExecutionFinished):
            return
        entry = self._catalogue.get(event.execution.job)
        if entry is None:
            return
        if entry.waiting is not None:
            self.due([entry.job.name])
        if entry.remaining == 0:
            self._agenda.arm(entry)

    async def serve(self, names: Iterable[str], *, in_spite_of_gate: bool = False) -> None:
        """Decide on all slots of some jobs up to now, and carry the decisions out.

        If they cannot be put on record nothing is started; the slots stay open and are looked
        at again later.

        Args:
            names: The jobs.
            in_spite_of_gate: Whether they may start although the machine is about to sleep.
        """
        await asyncio.shield(self._begin(self._serve(names, in_spite_of_gate=in_spite_of_gate)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin what is carried through, also if the caller gives up; `stop` waits for it."""
        task = asyncio.get_running_loop().create_task(work, name="dispatch")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve(self, names: Iterable[str], *, in_spite_of_gate: bool = False) -> None:
        self._situation.look()
        entries = [
            entry
            for entry in map(self._catalogue.get, names)
            if entry and entry.schedule and entry.job.usable
        ]
        if not entries:
            return
        now = self._clock.now()
        facts = self._situation.facts(
            now,
            {entry.job.name: entry.facts() for entry in entries},
            absence=self._absence,
            stopping=self._stopping,
            in_spite_of_gate=in_spite_of_gate,
        )
        decisions = decide(facts, facts.jobs)
        before = [(entry, entry.accounted_until, entry.waiting) for entry in entries]
        waiting = waiting_slots(decisions)
        for entry in entries:
            deferral = waiting.get(entry.job.name)
            entry.accounted_until = accounted_until(entry.accounted_until, now, deferral)
            if not self._stopping:
                self._waiting.note(entry, deferral)
        try:
            await self._carry_out(decisions, now)
        except StorageError as error:
            _log.error("slots are put off, for they cannot be recorded: %s", error)
            for entry, accounted, deferral in before:
                entry.accounted_until = accounted
                self._waiting.restore(entry, deferral)
            self._look_again()

    async def _carry_out(self, decisions: Sequence[Decision], now: Instant) -> None:
        births: list[Birth] = []
        closings: list[Close] = []
        for decision in decisions:
            if isinstance(decision, Start):
                entry = self._catalogue.get(decision.job)
                if entry is not None:
                    births.append(
                        self._registrar.birth(
                            entry,
                            now,
                            decision.cause,
                            slot=decision.slot,
                            coalesced=decision.coalesced,
                        )
                    )
            elif isinstance(decision, Close):
                closings.append(decision)
        if births or closings:
            await self._registrar.record(births, closings)

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
        entry = self._entry(name)
        if self._stopping:
            raise ShuttingDownError("the daemon is stopping")
        if not entry.job.usable:
            raise InvalidJobError(
                f"job '{name}' has errors: {entry.job.error}", hint="mend the configuration"
            )
        if entry.live and not force:
            running = next(iter(entry.live))
            raise AlreadyRunningError(f"job '{name}' is already running (execution {running})")
        birth = self._registrar.birth(
            entry, self._clock.now(), Cause.MANUAL, requested_by=requested_by
        )
        await asyncio.shield(self._begin(self._registrar.record([birth], [])))
        return birth.execution

    async def answer(self, name: str, *, run: bool) -> None:
        """Decide for a job that asks whether its missed slot is made up for.

        Raises:
            NoSuchJobError: There is no such job.
            InvalidArgumentError: It does not ask.
        """
        entry = self._entry(name)
        if entry.waiting is None or entry.waiting.reason != ANSWER:
            raise InvalidArgumentError(f"job '{name}' has no missed run to decide on")
        entry.answer = run
        await self.serve([name])

    def obstacles(self, entry: Entry) -> list[Obstacle]:
        """List what stands in the way of the next slot of a job, as things are now."""
        job = entry.facts()
        facts = self._situation.facts(
            self._clock.now(),
            {entry.job.name: job},
            absence=self._absence,
            stopping=self._stopping,
        )
        # A job that waits for an event has no schedule before the first.
        has_trigger = entry.job.trigger is not None
        return obstacles(job, facts, usable=entry.job.usable, has_schedule=has_trigger)

    def _entry(self, name: str) -> Entry:
        entry = self._catalogue.get(name)
        if entry is None:
            raise NoSuchJobError(f"there is no job '{name}'")
        return entry

    def _look_again(self) -> None:
        if self._retry is None and not self._stopping:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(RETRY_SECONDS, self._serve_all)

    def _serve_all(self) -> None:
        self._retry = None
        self.due([one.job.name for one in self._catalogue if one.held is None or one.waiting])

    def live_of(self, name: str) -> dict[str, Execution]:
        """Give the executions of a job that have not ended, whether it is configured or not."""
        return {one.execution_id: one for one in self._supervisor.running if one.job == name}

    async def drain(self) -> None:
        """Wait until what is decided now is on record, and what is to be started is."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Take on no more; end when what was begun is handed over."""
        self._stopping = True
        self._waiting.close()
        for handle in (self._retry, self._reconsidering):
            if handle is not None:
                handle.cancel()
        self._retry = self._reconsidering = None
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("slots could not be served", exc_info=error)
