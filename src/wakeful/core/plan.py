"""The decision: from what is due and what is known to what shall be done.

Everything that may start, skip or put off a slot is decided here and nowhere else, by a
function without side effects, so that every hard case is a line in a table of tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wakeful.core.execution import Cause
from wakeful.core.instant import DAY, SECOND
from wakeful.core.job import Overlap
from wakeful.core.schedule import Schedule, SlotSpan, span_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wakeful.core.instant import Instant

PUNCTUAL = 60 * SECOND
"""A slot served later than this is made up for, not served."""
LATEST_WITHOUT_PERIOD = DAY
"""How late a slot of a schedule without a next slot may still be made up for."""


class SlotState(StrEnum):
    """How a slot ended that was not executed."""

    COALESCED = "coalesced"
    """A later slot of the same job stands for it."""
    SKIPPED = "skipped"
    """It came, and was not to run."""
    MISSED = "missed"
    """It passed unattended, and is not made up for."""


class Reason(StrEnum):
    """Why a slot was not executed, for programs."""

    OFF = "off"
    """The daemon was not running."""
    ASLEEP = "asleep"
    """The daemon was running, but not let run: the machine slept, as a rule."""
    PAUSED = "paused"
    """The whole scheduler was paused."""
    DISABLED = "disabled"
    """The job was disabled."""
    OVERLAP = "overlap"
    """The job was still running."""
    TOO_LATE = "too-late"
    """It would have been too late to be of use."""
    SHUTDOWN = "shutdown"
    """The daemon is stopping; the slot stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """What is known about one job at the moment of decision.

    Attributes:
        schedule: Its slots.
        accounted_until: All slots up to here have been decided on.
        idle_reason: Why nothing ran since then, if it was held: disabled or paused.
        running: Number of its live executions.
    """

    schedule: Schedule
    accounted_until: Instant
    overlap: Overlap = Overlap.SKIP
    idle_reason: Reason | None = None
    running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about the world at the moment of decision.

    Attributes:
        now: The instant of decision.
        absence: Why slots may have passed unattended: the daemon was off, and so on.
        stopping: Whether the daemon takes on no more.
    """

    now: Instant
    absence: Reason = Reason.OFF
    stopping: bool = False
    jobs: Mapping[str, JobFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """Run this slot now."""

    job: str
    slot: Instant
    cause: Cause


@dataclass(frozen=True, slots=True)
class Close:
    """Record these slots as not executed, for good."""

    job: str
    span: SlotSpan
    state: SlotState
    reason: Reason


@dataclass(frozen=True, slots=True)
class Defer:
    """Leave the slot open and look again later."""

    job: str
    slot: Instant
    reason: Reason


Decision = Start | Close | Defer


def decide(facts: Facts, names: Iterable[str]) -> list[Decision]:
    """Decide on every slot of the named jobs that has come and is not accounted for.

    Returns:
        Decisions in the order of the slots' instants. Each slot in ``(accounted_until, now]``
        of each job is in exactly one of them.
    """
    decisions: list[Decision] = []
    for name in names:
        job = facts.jobs[name]
        span = span_between(job.schedule, job.accounted_until, facts.now)
        if span is not None:
            decisions.extend(_decide_span(name, job, span, facts))
    decisions.sort(key=_instant_of)
    return decisions


def _decide_span(name: str, job: JobFacts, span: SlotSpan, facts: Facts) -> Iterator[Decision]:
    if facts.stopping:
        yield Defer(name, span.first, Reason.SHUTDOWN)
        return
    if job.idle_reason is not None:
        yield Close(name, span, SlotState.SKIPPED, job.idle_reason)
        return
    earlier, last = _split(job.schedule, span)
    if not _still_useful(job.schedule, last, facts.now):
        yield Close(name, span, SlotState.MISSED, Reason.TOO_LATE)
        return
    if earlier is not None:
        yield Close(name, earlier, SlotState.COALESCED, facts.absence)
    if job.running and job.overlap is Overlap.SKIP:
        yield Close(name, SlotSpan(last, last, 1), SlotState.SKIPPED, Reason.OVERLAP)
        return
    punctual = facts.now - last <= PUNCTUAL
    yield Start(name, last, Cause.SCHEDULE if punctual else Cause.CATCH_UP)


def _split(schedule: Schedule, span: SlotSpan) -> tuple[SlotSpan | None, Instant]:
    """Separate the last slot of a span from those before it."""
    if span.count == 1:
        return None, span.last
    before = schedule.last_until(span.last - 1)
    assert before is not None  # noqa: S101 - the span has a slot before its last
    return SlotSpan(span.first, before, span.count - 1), span.last


def _still_useful(schedule: Schedule, slot: Instant, now: Instant) -> bool:
    """Say whether a slot may still be served: until the next one comes."""
    following = schedule.next_after(slot)
    return now < following if following is not None else now - slot <= LATEST_WITHOUT_PERIOD


def _instant_of(decision: Decision) -> Instant:
    return decision.span.last if isinstance(decision, Close) else decision.slot
