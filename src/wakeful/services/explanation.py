"""Explanations: what became of a slot and why, or what stands in the way of the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core import condition
from wakeful.core.decision import ANSWER, SETTLING, Reason, SlotState
from wakeful.core.errors import NoSuchJobError
from wakeful.core.execution import Cause, ExecutionState
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, to_datetime
from wakeful.core.period import PeriodKind
from wakeful.core.trigger import OccasionTrigger
from wakeful.services.ports import PeriodQuery

if TYPE_CHECKING:
    from wakeful.core.decision import Close
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.core.schedule import SlotSpan
    from wakeful.services.catalogue import Entry
    from wakeful.services.engine import Engine

PLANNED = "planned"
EXECUTED = "executed"
DEFERRED = "deferred"
UNKNOWN = "unknown"
_FATES = {
    SlotState.COALESCED: "was not executed, for a later one stands for it",
    SlotState.SKIPPED: "was skipped",
    SlotState.MISSED: "was missed, and is not made up for",
}
_WHY = {
    Reason.OFF: "The machine was off, or Wakeful did not run",
    Reason.ASLEEP: "The machine was asleep",
    Reason.CLOCK_STEP: "The clock was set past it",
    Reason.PAUSED: "All jobs were paused",
    Reason.DISABLED: "The job was disabled",
    Reason.OVERLAP: "The job was still running",
    Reason.TOO_LATE: "It was too late for that",
    Reason.LIMIT: "As many as may be made up for were running",
    Reason.SHUTDOWN: "Wakeful was about to stop",
    condition.AC: "The machine was not on the power it needs",
    condition.BATTERY: "The battery was too low",
    condition.IDLE: "The machine was in use",
    condition.METERED: "The network was metered, or should have been",
    condition.NETWORK: "There was no network, or should have been none",
    condition.LOAD: "The machine was too busy",
    SETTLING: "The machine, or Wakeful, had just begun",
    ANSWER: "Nobody had decided on it until then",
}
_WHY_OF_STATE = {
    (SlotState.SKIPPED, Reason.LIMIT): "The job had run as often as it may",
    (SlotState.MISSED, Reason.LIMIT): "Only the last few are made up for",
    (SlotState.SKIPPED, ANSWER): "Somebody decided against it",
}
_ABSENCES: dict[str, PeriodKind] = {Reason.OFF: PeriodKind.OFF, Reason.ASLEEP: PeriodKind.ASLEEP}
_OUTCOMES = {
    ExecutionState.QUEUED: "It is about to start",
    ExecutionState.RUNNING: "It is running",
    ExecutionState.SUCCEEDED: "It succeeded",
    ExecutionState.FAILED: "It failed",
    ExecutionState.TIMED_OUT: "It was stopped",
    ExecutionState.CANCELLED: "It was cancelled",
    ExecutionState.LOST: "How it went is not known",
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
            at: An instant, also one to come; None for the slot that waits, or else the next.

        Raises:
            NoSuchJobError: There is no such job.
        """
        entry = self._catalogue.get(name)
        if entry is None:
            raise NoSuchJobError(f"there is no job '{name}'")
        now = self._clock.now()
        if at is None:
            if entry.waiting is not None:
                return self._deferred(entry, entry.waiting.slot)
            return self._planned(entry, self._next_slot(entry, now))
        planned = entry.schedule.last_until(at) if entry.schedule is not None else None
        if planned is not None and planned > now:
            return self._planned(entry, planned)
        recorded = await self._store.last_slot(name, at)
        return await self._last(entry, planned, recorded)

    def _next_slot(self, entry: Entry, now: Instant) -> Instant | None:
        has_ended = entry.remaining == 0 or entry.schedule is None or not entry.job.usable
        return None if has_ended or entry.schedule is None else entry.schedule.next_after(now)

    def _planned(self, entry: Entry, slot: Instant | None) -> Explanation:
        obstacles = self._obstacles(entry)
        if slot is not None:
            text = f"The next slot is {_moment(slot, entry)}."
        elif isinstance(entry.job.trigger, OccasionTrigger) and entry.remaining != 0:
            text = f"It runs on an event: {entry.job.schedule_text}."
        else:
            text = "No slot is to come."
        # What lasts longest comes first; the others are there for who wants to see them all.
        return Explanation(
            job=entry.job.name,
            slot=slot,
            state=PLANNED,
            text=" ".join((text, *obstacles[:1])),
            obstacles=obstacles,
        )

    def _deferred(
        self, entry: Entry, slot: Instant, periods: tuple[Period, ...] = ()
    ) -> Explanation:
        """Explain a slot that has come and is still open."""
        found = self._dispatcher.obstacles(entry)
        reason = entry.waiting.reason if entry.waiting is not None else ""
        decisive = [one.text for one in found if one.code == reason] or [one.text for one in found]
        text = f"The slot of {_moment(slot, entry)} waits."
        return Explanation(
            job=entry.job.name,
            slot=slot,
            state=DEFERRED,
            reason=reason,
            text=" ".join((text, *decisive[:1])),
            obstacles=tuple(one.text for one in found),
            periods=periods,
        )

    def _obstacles(self, entry: Entry) -> tuple[str, ...]:
        return tuple(one.text for one in self._dispatcher.obstacles(entry))

    async def _last(
        self, entry: Entry, planned: Instant | None, recorded: Instant | None
    ) -> Explanation:
        """Explain the later of two slots; one that is not on record gives way to one that is."""
        explanation = None
        if planned is not None and (recorded is None or planned >= recorded):
            explanation = await self._past(entry, planned)
        if recorded is not None and (explanation is None or explanation.state == UNKNOWN):
            explanation = await self._past(entry, recorded)
        if explanation is None:
            text = "No slot of this job until then is known."
            return Explanation(job=entry.job.name, slot=None, state=UNKNOWN, text=text)
        return explanation

    async def _past(self, entry: Entry, slot: Instant) -> Explanation:
        name = entry.job.name
        periods = tuple(await self._store.periods(PeriodQuery(since=slot, until=slot + 1)))
        execution = await self._store.execution_of_slot(name, slot)
        if execution is not None:
            live = self._dispatcher.live_of(name).get(execution.execution_id)
            return _executed(entry, slot, live or execution, periods)
        closing = await self._store.closing_of_slot(name, slot)
        if closing is not None:
            return _closed(entry, slot, closing, periods)
        if slot > entry.accounted_until:
            return self._deferred(entry, slot, periods)
        text = (
            f"The slot of {_moment(slot, entry)} is not on record. The job was not in force then."
        )
        return Explanation(job=name, slot=slot, state=UNKNOWN, text=text, periods=periods)


def _executed(
    entry: Entry, slot: Instant, execution: Execution, periods: tuple[Period, ...]
) -> Explanation:
    late = execution.late or 0
    lateness = f" {_length(late)} late" if late >= SECOND else ""
    if execution.cause is Cause.CATCH_UP and any(one.kind is PeriodKind.ASLEEP for one in periods):
        lateness += ", for the machine was asleep"
    outcome = _OUTCOMES[execution.state]
    if execution.reason:
        outcome += f": {execution.reason}"
    return Explanation(
        job=entry.job.name,
        slot=slot,
        state=EXECUTED,
        reason=execution.reason,
        text=f"The slot of {_moment(slot, entry)} was executed{lateness}. {outcome}.",
        execution=execution,
        periods=periods,
    )


def _closed(
    entry: Entry, slot: Instant, closing: Close, periods: tuple[Period, ...]
) -> Explanation:
    state, reason = closing.state, closing.reason
    why = _WHY_OF_STATE.get((state, reason)) or _WHY.get(reason, f"The reason is {reason}")
    for period in periods:
        if period.kind is _ABSENCES.get(reason):
            why += f", from {_moment(period.since, entry)} to {_moment(period.until, entry)}"
            break
    return Explanation(
        job=entry.job.name,
        slot=slot,
        state=state.value,
        reason=reason,
        text=f"The slot of {_moment(slot, entry)} {_FATES[state]}. {why}.",
        span=closing.span,
        periods=periods,
    )


def _moment(instant: Instant, entry: Entry) -> str:
    return f"{to_datetime(instant, entry.job.zone):%Y-%m-%d %H:%M:%S %Z}"


def _length(microseconds: int) -> str:
    """Say a length of time in the largest unit of which it has at least two."""
    for unit, word in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if microseconds >= 2 * unit:
            return f"{microseconds // unit} {word}"
    seconds = microseconds // SECOND
    return "1 second" if seconds == 1 else f"{seconds} seconds"
