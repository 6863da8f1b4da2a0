"""Rulings: what becomes of the open slots of one job, by its policy for missed slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.case import PUNCTUAL
from wakeful.core.decision import ANSWER, Reason, SlotState, Start
from wakeful.core.execution import Cause
from wakeful.core.instant import from_timedelta
from wakeful.core.policy import AtDeadline, MissedAction
from wakeful.core.schedule import SlotSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.core.case import Case
    from wakeful.core.decision import Close, Decision
    from wakeful.core.instant import Instant


def rule_on(case: Case) -> Iterator[Decision]:
    """Decide on all open slots of a job, oldest first. Each is in exactly one decision."""
    job, span = case.job, case.span
    if job.idle_reason is not None:
        yield case.close(span, SlotState.SKIPPED, job.idle_reason)
    elif job.remaining is not None and job.remaining <= 0:
        yield case.close(span, SlotState.SKIPPED, Reason.LIMIT)
    elif job.missed.action is MissedAction.RUN_ALL:
        yield from _each(case)
    else:
        yield from _last(case)


def _last(case: Case) -> Iterator[Decision]:
    """Decide where at most the last of several slots is served."""
    last, job = case.span.last, case.job
    cause = case.settled_cause(last)
    if cause is None:
        cause = _cause(case, last)
        if cause is Cause.CATCH_UP:
            if job.missed.action is MissedAction.SKIP:
                yield from case.close_unattended(case.span, SlotState.MISSED)
                return
            if _expiry(case, last) <= case.now:
                yield case.close(case.span, SlotState.MISSED, Reason.TOO_LATE)
                return
            if job.missed.action is MissedAction.ASK and _answer(case) is not True:
                yield from _ask(case)
                return
    earlier, stands_for = _put_behind(case)
    yield from earlier
    if case.overlaps:
        yield case.close_overlapping(last)
    else:
        yield case.serve(last, cause, coalesced=stands_for)


def _cause(case: Case, slot: Instant) -> Cause:
    return Cause.SCHEDULE if case.is_punctual(slot) else Cause.CATCH_UP


def _expiry(case: Case, slot: Instant) -> Instant:
    """Say from when on a slot is not made up for."""
    within = case.job.missed.within
    return case.useless_from(slot) if within is None else slot + from_timedelta(within) + 1


def _put_behind(case: Case) -> tuple[list[Decision], int]:
    """Close the slots before the last; say how many slots the last stands for.

    A job that makes up for nothing has them missed, but for the one that came in time and waited:
    that one goes on in the last.
    """
    span, waiting = case.span, case.waiting
    so_far = waiting.coalesced if waiting is not None else 0
    if span.count == 1:
        return [], so_far
    previous = case.schedule.last_until(span.last - 1)
    assert previous is not None  # noqa: S101 - the span has a slot before its last
    before = SlotSpan(span.first, previous, span.count - 1)
    if case.job.missed.action is not MissedAction.SKIP:
        return list(case.close_unattended(before, SlotState.COALESCED)), before.count + so_far
    if case.settled_cause(span.first) is None:
        return list(case.close_unattended(before, SlotState.MISSED)), 0
    kept = SlotSpan(span.first, span.first, 1)
    closings: list[Decision] = list(case.close_unattended(kept, SlotState.COALESCED))
    others = case.between(span.first, before.last)
    if others is not None:
        closings.extend(case.close_unattended(others, SlotState.MISSED))
    return closings, 1 + so_far


def _answer(case: Case) -> bool | None:
    """Give what a person said about the last slot; about another, it does not count."""
    return case.job.answer if case.span.count == 1 and case.waiting is not None else None


def _ask(case: Case) -> Iterator[Decision]:
    """Let the last slot wait for a person, or close it as that person said."""
    earlier, stands_for = _put_behind(case)
    yield from earlier
    if _answer(case) is False:
        yield case.close(case.span, SlotState.SKIPPED, ANSWER)
    else:
        last = case.span.last
        yield case.defer(last, ANSWER, until=_expiry(case, last), coalesced=stands_for)


def _each(case: Case) -> Iterator[Decision]:
    """Decide where each slot is served, one after the other."""
    span = case.span
    alone = span.count == 1 and case.waiting is None
    if alone and case.overlaps and case.is_punctual(span.last):
        yield case.close_overlapping(span.last)
        return
    position = span.first - 1
    for rule in (_too_late, _out_of_patience, _too_many):
        closing = rule(case, position)
        if closing is not None:
            yield closing
            position = closing.span.last
    first = case.schedule.next_after(position)
    if first is None or first > span.last:
        return
    if case.overlaps:
        yield case.defer(first, Reason.OVERLAP)
        return
    decision = case.serve(first, case.settled_cause(first) or _cause(case, first))
    yield decision
    following = case.schedule.next_after(first)
    if isinstance(decision, Start) and following is not None and following <= span.last:
        yield case.defer(following, Reason.OVERLAP)


def _too_late(case: Case, position: Instant) -> Close | None:
    """Close what is not made up for any more, unless it waits for its conditions already."""
    within = case.job.missed.within
    if within is None or case.settled_cause(case.span.first) is not None:
        return None
    span = case.between(position, case.now - max(from_timedelta(within), PUNCTUAL) - 1)
    return case.close(span, SlotState.MISSED, Reason.TOO_LATE) if span else None


def _out_of_patience(case: Case, position: Instant) -> Close | None:
    """Close what has waited for its conditions for long enough."""
    conditions = case.job.conditions
    if conditions is None or conditions.deadline is None or case.overlaps:
        return None
    reason = case.unmet(conditions)
    if not reason or conditions.at_deadline is AtDeadline.RUN:
        return None
    span = case.between(position, case.now - from_timedelta(conditions.deadline))
    return case.close(span, SlotState.MISSED, reason) if span else None


def _too_many(case: Case, position: Instant) -> Close | None:
    """Close what is beyond the cap; it takes as many steps as executions will follow."""
    late = case.between(position, case.now - PUNCTUAL - 1)
    if late is None or late.count <= case.job.missed.cap:
        return None
    last: Instant | None = late.last
    for _ in range(case.job.missed.cap):
        last = case.schedule.last_until(last - 1) if last is not None else None
    span = case.between(position, last) if last is not None else None
    return case.close(span, SlotState.MISSED, Reason.LIMIT) if span else None
