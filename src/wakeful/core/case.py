"""One job and its open slots: what is true of them, whatever its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.condition import next_look, unmet
from wakeful.core.decision import SETTLING, Close, Defer, Reason, SlotState, Start
from wakeful.core.execution import Cause
from wakeful.core.instant import DAY, SECOND, from_timedelta
from wakeful.core.job import Overlap
from wakeful.core.policy import AtDeadline, MissedAction
from wakeful.core.schedule import SlotSpan, span_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.core.decision import Decision
    from wakeful.core.facts import Facts, JobFacts
    from wakeful.core.instant import Instant
    from wakeful.core.policy import Conditions

PUNCTUAL = 60 * SECOND
"""A slot served later than this is made up for, not served."""
LATEST_WITHOUT_PERIOD = DAY
"""How late a slot of a schedule without a next slot may still be made up for."""


class Case:
    """One job and its slots that have come and are not accounted for.

    Args:
        name, job: The job.
        facts: The world.
        span: Those slots.

    Attributes:
        waiting: The deferral of the first of them, if it was put off before.
    """

    __slots__ = ("facts", "job", "name", "now", "schedule", "span", "waiting")

    def __init__(self, name: str, job: JobFacts, facts: Facts, span: SlotSpan) -> None:
        self.name = name
        self.job = job
        self.schedule = job.schedule
        self.facts = facts
        self.now = facts.now
        self.span = span
        waiting = job.waiting
        self.waiting = waiting if waiting is not None and waiting.slot == span.first else None

    def settled_cause(self, slot: Instant) -> Cause | None:
        """Give the cause a slot will start with, if that was decided before."""
        waiting = self.waiting
        return waiting.cause if waiting is not None and waiting.slot == slot else None

    @property
    def overlaps(self) -> bool:
        """Whether the job is running, and must not run twice."""
        return self.job.running > 0 and self.job.overlap is Overlap.SKIP

    def is_punctual(self, slot: Instant) -> bool:
        """Say whether a slot can be served as if it had just come."""
        return self.now - slot <= PUNCTUAL

    def between(self, after: Instant, until: Instant) -> SlotSpan | None:
        """Give the slots in ``(after, until]`` as one span, or None if there is none."""
        return span_between(self.schedule, after, until) if after < until else None

    def close(self, span: SlotSpan, state: SlotState, reason: str) -> Close:
        """Close slots that all have the same reason."""
        return Close(self.name, span, state, reason)

    def close_unattended(self, span: SlotSpan, state: SlotState) -> Iterator[Close]:
        """Close slots that passed, each for the reason the ledger has for it.

        The work grows with the number of periods in which slots passed, never with that of slots.
        """
        pending: tuple[SlotSpan, str] | None = None
        for part, reason in self._attributed(span):
            if pending is not None and pending[1] == reason:
                before = pending[0]
                part = SlotSpan(before.first, part.last, before.count + part.count)  # noqa: PLW2901 - the two are one
            elif pending is not None:
                yield self.close(pending[0], state, pending[1])
            pending = part, reason
        if pending is not None:
            yield self.close(pending[0], state, pending[1])

    def _attributed(self, span: SlotSpan) -> Iterator[tuple[SlotSpan, str]]:
        ledger = self.facts.ledger
        slot: Instant | None = span.first
        if self.waiting is not None and slot == self.waiting.slot:
            yield SlotSpan(slot, slot, 1), self._reason_of(self.waiting)
            slot = self.schedule.next_after(slot)
        while slot is not None and slot <= span.last:
            kind, changes = ledger.stretch_at(slot)
            whole = slot == span.first and (changes is None or changes > span.last)
            until = span.last if changes is None else min(changes - 1, span.last)
            part = span if whole else span_between(self.schedule, slot - 1, until)
            if part is None:  # a schedule that contradicts itself; every slot is accounted for
                part = SlotSpan(slot, slot, 1)
            yield part, kind or self.facts.absence
            slot = self.schedule.next_after(part.last) if part.last < span.last else None

    def _reason_of(self, waiting: Defer) -> str:
        """Say why the slot that waited did not run: what it waited for came after its time."""
        if waiting.cause is Cause.SCHEDULE:
            return waiting.reason
        return self.facts.ledger.reason_at(waiting.slot) or waiting.reason

    def defer(
        self,
        slot: Instant,
        reason: str,
        *,
        until: Instant | None = None,
        coalesced: int = 0,
    ) -> Defer:
        """Put a slot off; if it was taken up before, it stays so."""
        cause = deadline = None
        if self.waiting is not None and self.waiting.slot == slot:
            cause, deadline = self.waiting.cause, self.waiting.deadline
        return Defer(self.name, slot, reason, until, cause, coalesced, deadline)

    def serve(self, slot: Instant, cause: Cause, *, coalesced: int = 0) -> Decision:
        """Decide on a slot that is to run: now, if nothing stands in the way."""
        if cause is Cause.CATCH_UP and self.facts.settling:
            return self.defer(slot, self.facts.settling, coalesced=coalesced)
        conditions = self.job.conditions
        if conditions is not None:
            reason = self.unmet(conditions)
            if reason:
                return self._wait_or_end(conditions, reason, slot, cause, coalesced)
        return Start(self.name, slot, cause, coalesced, self.job.priority)

    def unmet(self, conditions: Conditions) -> str:
        """Say what stands in the way first, as a reason; empty if all conditions hold."""
        if self.facts.blind:
            return SETTLING
        return unmet(conditions, self.facts.surroundings, self.now)

    def _wait_or_end(
        self, conditions: Conditions, reason: str, slot: Instant, cause: Cause, coalesced: int
    ) -> Decision:
        deadline = self._deadline(conditions, slot)
        if deadline is not None and deadline <= self.now:
            if conditions.at_deadline is AtDeadline.RUN:
                return Start(self.name, slot, cause, coalesced, self.job.priority)
            return self.close(SlotSpan(slot, slot, 1), SlotState.MISSED, reason)
        look = next_look(conditions, self.facts.surroundings, self.now)
        until = min((one for one in (deadline, look) if one is not None), default=None)
        return Defer(self.name, slot, reason, until, cause, coalesced, deadline)

    def _deadline(self, conditions: Conditions, slot: Instant) -> Instant | None:
        """Say when the wait of a slot for its conditions ends; None: never.

        Where the job then runs in any case, a newer slot inherits the deadline of the one it
        stands for: a job with frequent slots would else never reach it. Where each slot is made
        up for, a newer one is no reason to give up an older one.
        """
        waiting = self.waiting
        each = self.job.missed.action is MissedAction.RUN_ALL
        inherits = conditions.at_deadline is AtDeadline.RUN and not each
        if inherits and waiting is not None and waiting.deadline is not None:
            return waiting.deadline
        if conditions.deadline is not None:
            return slot + from_timedelta(conditions.deadline)
        return None if each else self.useless_from(slot)

    def close_overlapping(self, slot: Instant) -> Close:
        """Close a slot that came while the job was running."""
        return self.close(SlotSpan(slot, slot, 1), SlotState.SKIPPED, Reason.OVERLAP)

    def useless_from(self, slot: Instant) -> Instant:
        """Say from when on a slot is of no use: when the next one comes, or after a day."""
        following = self.schedule.next_after(slot)
        return slot + LATEST_WITHOUT_PERIOD + 1 if following is None else following
