"""A scenario: a time that somebody imagines, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from wakeful.core.policy import Resume
from wakeful.core.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wakeful.core.absence import Absence
    from wakeful.core.decision import Decision
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.schedule import SlotSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is to be imagined.

    Attributes:
        jobs: As configured; those that do not run by themselves are left out.
        begin, end: The time, ``[begin, end)``. The jobs are new at its beginning: nothing is owed
            to them, and intervals count from there.
        absences: When the machine is asleep or off, in any order.
        durations: How long executions take, in microseconds awake, by job.
        duration: The same for jobs that are not among them.
        resume: How missed slots are made up for.
        surroundings: What is known of the machine all the time; conditions on the rest hold.
    """

    jobs: Sequence[Job]
    begin: Instant
    end: Instant
    absences: Sequence[Absence] = ()
    durations: Mapping[str, int] = field(default_factory=dict)
    duration: int = 0
    resume: Resume = field(default_factory=Resume)
    surroundings: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True, slots=True)
class Remain:
    """Slots that have come and are neither executed nor closed when the simulation ends."""

    job: str
    span: SlotSpan
    reason: str


class Happening(NamedTuple):
    """Something that happens in a simulation.

    Attributes:
        at: When.
        what: A decision as the daemon would take it, or what is left at the end.
    """

    at: Instant
    what: Decision | Remain
