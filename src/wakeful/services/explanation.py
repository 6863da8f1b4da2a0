"""Explanations: what became of a slot and why, or what stands in the way of the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.errors import NoSuchJobError
from wakeful.core.execution import ExecutionState
from wakeful.core.instant import DAY, SECOND, to_datetime
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Reason, SlotState
from wakeful.services.ports import PeriodQuery

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.schedule import SlotSpan
    from wakeful.services.catalogue import Entry
    from wakeful.services.engine import Engine


PLANNED = "planned"
UNKNOWN = "unknown"
_WHY = {
    Reason.OFF: "the machine was off, or Wakeful did not run",
    Reason.ASLEEP: "the machine was asleep",
    Reason.CLOCK_STEP: "the clock was set past it",
    Reason.PAUSED: "all jobs were paused",
    Reason.DISABLED: "the job was disabled",
    Reason.OVERLAP: "the job was still running",
    Reason.TOO_LATE: "it was too late to make up for it",
    Reason.LIMIT: "a limit was reached",
    Reason.SHUTDOWN: "Wakeful was about to stop",
    "condition:ac": "the machine was not on the power it needs",
    "condition:battery": "the battery was too low",
    "condition:idle": "the machine was in use",
    "condition:metered": "the network was metered, or was not",
    "condition:network": "there was no network",
    "condition:load": "the machine was too busy",
    "condition:settling": "the machine had just woken up",
    "condition:answer": "nobody has decided yet whether it is to be made up for",
}
_STATES = {
    SlotState.COALESCED: "a later run stands for it: ",
    SlotState.SKIPPED: "it was skipped: ",
    SlotState.MISSED: "it was missed and is not made up for: ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known of one slot of a job.

    Attributes:
        slot: The planned instant; None if there is none to speak of.
        state: ``planned``, ``executed``, ``coalesced``, ``skipped``, ``missed``, ``deferred`` or
            ``unknown``.
        reason: For programs; as recorded.
        text: For people.
        obstacles: What stands in the way of a slot to come, for people.
        execution: What served it.
        span: The slots that share its fate, if it was not executed.
        periods: Sleep, absence and clock steps that touch it.
    """

    job: str
    slot: Instant | None
    state: str
    reason: str = ""
    text: str
    obstacles: tuple[str, ...] = ()
    execution: Execution | None = None
    span: SlotSpan | None = None
    periods: tuple[Period, ...] = ()


class Explainer:
    """Answers why.

    Args:
        engine: Knows the jobs, what waits, and what was recorded.
    """

    def __init__(self, engine: Engine) -> None:
        self._catalogue = engine.catalogue
        self._dispatcher = engine.dispatcher
        self._store = engine.store
        self._clock = engine.clock

    async def explain(self, name: str, at: Instant | None) -> Explanation:
        """Explain the last slot of a job until an instant, or the next one to come.

        Args:
            name: The job.
            at: An instant; None for the next slot.

        Raises:
            NoSuchJobError: There is no such job.
        """
        entry = self._catalogue.get(name)
        if entry is None:
            raise NoSuchJobError(f"there is no job '{name}'")
        if at is None or at > self._clock.now():
            return self._next(entry, self._clock.now() if at is None else at)
        slot = await self._slot_until(entry, at)
        if slot is None:
            text = "No slot of this job until then is known."
            return Explanation(job=name, slot=None, state=UNKNOWN, text=text)
        return await self._past(entry, slot)

    def _next(self, entry: Entry, at: Instant) -> Explanation:
        name, schedule = entry.job.name, entry.schedule
        obstacles = tuple(one.text for one in self._dispatcher.obstacles(entry))
        waiting = entry.waiting
        if waiting is not None and at <= self._clock.now():
            text = f"The slot of {_moment(waiting.slot, entry)} waits: {_why(waiting.reason)}."
            return Explanation(
                job=name,
                slot=waiting.slot,
                state="deferred",
                reason=waiting.reason,
                text=text,
                obstacles=obstacles,
            )
        slot = schedule.next_after(at) if schedule else None
        if slot is None:
            text = "No slot is planned: the job runs only when asked for."
            if schedule is not None:
                text = "No slot is to come any more."
            elif entry.job.trigger is not None:
                text = f"The job runs on an event: {entry.job.schedule_text}."
        else:
            text = f"The next slot is {_moment(slot, entry)}."
        if obstacles:
            text += " In its way: " + "; ".join(obstacles) + "."
        return Explanation(job=name, slot=slot, state=PLANNED, text=text, obstacles=obstacles)

    async def _slot_until(self, entry: Entry, at: Instant) -> Instant | None:
        """Find the last slot until an instant: of the schedule, or on record if that is later."""
        planned = entry.schedule.last_until(at) if entry.schedule else None
        recorded = await self._store.last_slot(entry.job.name, at)
        found = [slot for slot in (planned, recorded) if slot is not None]
        return max(found, default=None)

    async def _past(self, entry: Entry, slot: Instant) -> Explanation:
        name = entry.job.name
        execution = await self._store.execution_of_slot(name, slot)
        query = PeriodQuery(since=slot, until=slot + SECOND)
        periods = tuple(await self._store.periods(query))
        moment = _moment(slot, entry)
        if execution is not None:
            live = self._dispatcher.live_of(name).get(execution.execution_id)
            execution = live or execution
            text = f"The slot of {moment} was executed{_how(execution)}."
            return Explanation(
                job=name,
                slot=slot,
                state="executed",
                reason=execution.reason,
                text=text,
                execution=execution,
                periods=periods,
            )
        closing = await self._store.closing_of_slot(name, slot)
        if closing is not None:
            text = f"The slot of {moment} was not executed: "
            text += f"{_STATES[closing.state]}{_why(closing.reason)}{_when(periods, entry)}."
            return Explanation(
                job=name,
                slot=slot,
                state=closing.state.value,
                reason=closing.reason,
                text=text,
                span=closing.span,
                periods=periods,
            )
        waiting = entry.waiting
        if waiting is not None and waiting.slot <= slot:
            text = f"The slot of {moment} waits: {_why(waiting.reason)}."
            return Explanation(
                job=name,
                slot=slot,
                state="deferred",
                reason=waiting.reason,
                text=text,
                periods=periods,
            )
        text = f"The slot of {moment} is not on record: the job was not in force then."
        return Explanation(job=name, slot=slot, state=UNKNOWN, text=text, periods=periods)


def _moment(instant: Instant, entry: Entry) -> str:
    return f"{to_datetime(instant, entry.job.zone):%Y-%m-%d %H:%M:%S %Z}"


def _why(reason: str) -> str:
    return _WHY.get(reason, reason)


def _how(execution: Execution) -> str:
    """Say when it was executed and how it ended, if that deserves a word."""
    words = ""
    late = execution.late
    if late is not None and late > SECOND:
        words += f" {_length(late)} late"
    if execution.state is ExecutionState.SUCCEEDED:
        return words + " and succeeded"
    reason = f" ({execution.reason})" if execution.reason else ""
    return f"{words}; it is {execution.state}{reason}"


def _when(periods: tuple[Period, ...], entry: Entry) -> str:
    """Say from when to when the machine was away, if it was."""
    for period in periods:
        if period.kind is not PeriodKind.CLOCK_STEP:
            return f" from {_moment(period.since, entry)} to {_moment(period.until, entry)}"
    return ""


def _length(microseconds: int) -> str:
    for unit, word in ((DAY, "days"), (DAY // 24, "hours"), (60 * SECOND, "minutes")):
        if microseconds >= 2 * unit:
            return f"{microseconds // unit} {word}"
    return f"{microseconds // SECOND} seconds"
