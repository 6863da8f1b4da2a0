"""The decision: from what is due and what is known to what shall be done.

Everything that may start, skip or put off a slot is decided here and nowhere else, by a
function without side effects, so that every hard case is a line in a table of tests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wakeful.core.case import LATEST_WITHOUT_PERIOD, PUNCTUAL, Case
from wakeful.core.decision import Close, Decision, Defer, Reason, SlotState, Start
from wakeful.core.execution import Cause
from wakeful.core.facts import Facts, JobFacts
from wakeful.core.ruling import rule_on
from wakeful.core.schedule import SlotSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wakeful.core.instant import Instant

__all__ = [
    "LATEST_WITHOUT_PERIOD",
    "PUNCTUAL",
    "Close",
    "Decision",
    "Defer",
    "Facts",
    "JobFacts",
    "Reason",
    "SlotState",
    "Start",
    "decide",
]


def decide(facts: Facts, names: Iterable[str]) -> list[Decision]:
    """Decide on every slot of the named jobs that has come and is not accounted for.

    Each slot in ``(accounted_until, now]`` of each job is in exactly one decision; a slot that is
    put off stands for those after it. What is decided comes before what is put off, so that
    `decision.accounted_until` is all there is to remember.

    Returns:
        First what is closed, by instant; then what is started, in the order in which it is to
        be: by priority, then by instant; then what is put off, by instant.
    """
    closings: list[Close] = []
    starts: list[Start] = []
    deferrals: list[Defer] = []
    now, gate, jobs = facts.now, facts.closed_gate, facts.jobs
    for name in names:
        job = jobs[name]
        schedule = job.schedule
        first = schedule.next_after(job.accounted_until)
        if first is None or first > now:
            continue
        if gate:
            deferrals.append(_at_the_gate(name, job, first, gate, now))
            continue
        last = schedule.last_until(now)
        single = last is None or last <= first
        if single and now - first <= PUNCTUAL and _is_plain(job):
            starts.append(Start(name, first, Cause.SCHEDULE, 0, job.priority))
            continue
        span = (
            SlotSpan(first, first, 1)
            if last is None or last <= first
            else SlotSpan(first, last, schedule.count_between(first - 1, last))
        )
        for decision in rule_on(Case(name, job, facts, span)):
            if isinstance(decision, Start):
                starts.append(decision)
            elif isinstance(decision, Close):
                closings.append(decision)
            else:
                deferrals.append(decision)
    starts.sort(key=_urgency)
    if facts.room is not None:
        starts, deferrals = _let_in(starts, deferrals, facts, facts.room)
    closings.sort(key=_instant_of_last)
    deferrals.sort(key=_instant_of)
    return [*closings, *starts, *deferrals]


def _is_plain(job: JobFacts) -> bool:
    """Say whether nothing can stand in the way of a slot that has just come."""
    return (
        not job.running
        and job.conditions is None
        and job.waiting is None
        and job.idle_reason is None
        and job.remaining is None
    )


def _at_the_gate(name: str, job: JobFacts, slot: Instant, reason: str, now: Instant) -> Defer:
    """Put a slot off; one that waits for conditions goes on waiting for them."""
    waiting = job.waiting
    if waiting is None or waiting.slot != slot:
        return Defer(name, slot, reason)
    if waiting.cause is not None:
        # Who opens the gate has it looked at; a look that is over would be due at once, again.
        over = waiting.until is not None and waiting.until <= now
        return replace(waiting, until=None) if over else waiting
    return replace(waiting, reason=reason, until=None)


def _let_in(
    starts: list[Start], deferrals: list[Defer], facts: Facts, room: int
) -> tuple[list[Start], list[Defer]]:
    """Put off what makes up for missed slots and finds no room, the least urgent."""
    kept: list[Start] = []
    outside: dict[str, Defer] = {}
    for start in starts:
        if start.cause is not Cause.CATCH_UP:
            kept.append(start)
        elif room > 0:
            room -= 1
            kept.append(start)
        else:
            outside[start.job] = _outside(start, facts.jobs[start.job].waiting)
    if not outside:
        return kept, deferrals
    others = [deferral for deferral in deferrals if deferral.job not in outside]
    return kept, [*others, *outside.values()]


def _outside(start: Start, waiting: Defer | None) -> Defer:
    taken_up = waiting if waiting is not None and waiting.slot == start.slot else None
    return Defer(
        start.job,
        start.slot,
        Reason.LIMIT,
        cause=taken_up.cause if taken_up is not None else None,
        coalesced=start.coalesced,
        deadline=taken_up.deadline if taken_up is not None else None,
    )


def _urgency(start: Start) -> tuple[int, Instant]:
    return -start.priority, start.slot


def _instant_of_last(closing: Close) -> Instant:
    return closing.span.last


def _instant_of(deferral: Defer) -> Instant:
    return deferral.slot
