"""Facts: what is known when slots are decided on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.decision import Reason
from wakeful.core.job import Overlap
from wakeful.core.ledger import Ledger
from wakeful.core.policy import Missed, Priority
from wakeful.core.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.core.decision import Defer
    from wakeful.core.instant import Instant
    from wakeful.core.policy import Conditions
    from wakeful.core.schedule import Schedule

_MISSED = Missed()
_LEDGER = Ledger()
_SURROUNDINGS = Surroundings()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """What is known about one job at the moment of decision.

    Attributes:
        schedule: Its slots.
        accounted_until: All slots up to here have been decided on.
        idle_reason: Why nothing ran since then, if it was held: disabled or paused.
        running: Number of its live executions.
        missed: What is done about slots that passed unattended.
        conditions: What has to hold before a slot is served, if anything has to.
        remaining: How many executions are left to it; None: any number.
        waiting: What was put off last time, if anything was.
        answer: What a person said about making up for the slot that waits; it stays until
            another slot waits, or none.
    """

    schedule: Schedule
    accounted_until: Instant
    overlap: Overlap = Overlap.SKIP
    idle_reason: Reason | None = None
    running: int = 0
    missed: Missed = _MISSED
    conditions: Conditions | None = None
    priority: Priority = Priority.NORMAL
    remaining: int | None = None
    waiting: Defer | None = None
    answer: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about the world at the moment of decision.

    Attributes:
        now: The instant of decision.
        absence: Why slots passed unattended of which the ledger knows nothing.
        stopping: Whether the daemon takes on no more.
        gate: Why nothing may be decided now, as a reason; empty if it may.
        settling: Why nothing that was missed may be made up for yet, as a reason; empty if it may.
        room: How many missed slots may be made up for now; None: any number.
        ledger: When nothing could be served, and why.
        surroundings: The machine.
        blind: Whether nobody has had the time yet to find out about the surroundings.
    """

    now: Instant
    absence: Reason = Reason.OFF
    stopping: bool = False
    gate: str = ""
    settling: str = ""
    room: int | None = None
    ledger: Ledger = _LEDGER
    surroundings: Surroundings = _SURROUNDINGS
    blind: bool = False
    jobs: Mapping[str, JobFacts] = field(default_factory=dict)

    @property
    def closed_gate(self) -> str:
        """Why nothing may be decided now, whatever the cause; empty if it may."""
        return Reason.SHUTDOWN if self.stopping else self.gate
