"""Decisions on slots: to start, to close, or to put off; and their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wakeful.core.policy import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wakeful.core.execution import Cause
    from wakeful.core.instant import Instant
    from wakeful.core.schedule import SlotSpan

SETTLING = "condition:settling"
"""The machine, or the daemon, has just begun; what is missed or depends on more waits a moment."""
ANSWER = "condition:answer"
"""A person is to say whether a missed slot is made up for, or has said that it is not."""


class SlotState(StrEnum):
    """How a slot ended that was not executed."""

    COALESCED = "coalesced"
    """A later slot of the same job stands for it."""
    SKIPPED = "skipped"
    """It came, and was not to run."""
    MISSED = "missed"
    """It passed unattended, and is not made up for."""


class Reason(StrEnum):
    """Why a slot was not executed, for programs; ``condition:…`` may be a reason, too."""

    OFF = "off"
    """The daemon was not running, or the machine was off."""
    ASLEEP = "asleep"
    """The machine slept, or is about to; or the daemon was running, but not let run."""
    CLOCK_STEP = "clock-step"
    """The clock was set forward over it."""
    PAUSED = "paused"
    """The whole scheduler was paused."""
    DISABLED = "disabled"
    """The job was disabled."""
    OVERLAP = "overlap"
    """The job was still running."""
    TOO_LATE = "too-late"
    """It would have been too late to be of use."""
    LIMIT = "limit"
    """A limit was reached: on runs of the job, on slots made up for, or on how many at once."""
    SHUTDOWN = "shutdown"
    """The daemon is stopping; the slot stays open."""


@dataclass(frozen=True, slots=True)
class Start:
    """Run this slot now.

    Attributes:
        coalesced: How many slots it stands for, besides itself.
        priority: Of several starts, the higher goes first.
    """

    job: str
    slot: Instant
    cause: Cause
    coalesced: int = 0
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Close:
    """Record these slots as not executed, for good."""

    job: str
    span: SlotSpan
    state: SlotState
    reason: str


@dataclass(frozen=True, slots=True)
class Defer:
    """Leave a slot, and all slots of the job after it, open and look again later.

    It is given back with the next question, in `facts.JobFacts.waiting`, so that what was once
    decided about the slot stays decided.

    Attributes:
        until: When to look again even if nothing is heard; None: something will be heard.
        cause: Of the start to come. None: that is judged anew next time, by how late it is then.
        coalesced: How many slots it stands for by now, besides itself.
        deadline: When its wait for the job's conditions ends one way or the other.
    """

    job: str
    slot: Instant
    reason: str
    until: Instant | None = None
    cause: Cause | None = None
    coalesced: int = 0
    deadline: Instant | None = None


Decision = Start | Close | Defer


def waiting_slots(decisions: Iterable[Decision]) -> dict[str, Defer]:
    """Pick what was put off, by job; there is at most one such decision for each."""
    return {decision.job: decision for decision in decisions if isinstance(decision, Defer)}


def accounted_until(before: Instant, now: Instant, waiting: Defer | None) -> Instant:
    """Say up to where the slots of a job are accounted for once its decisions are carried out.

    Args:
        before: Up to where they were.
        now: The instant of decision.
        waiting: What was put off of this job, if anything was.
    """
    return max(before, now if waiting is None else waiting.slot - 1)
