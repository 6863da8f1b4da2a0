"""Obstacles: what stands in the way of the next slot of a job, for people who ask why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wakeful.core import condition
from wakeful.core.decision import ANSWER, Reason
from wakeful.core.duration import format_duration
from wakeful.core.execution import Cause
from wakeful.core.instant import SECOND
from wakeful.core.job import Overlap
from wakeful.core.occasion_schedule import OccasionSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.core.facts import Facts, JobFacts
    from wakeful.core.policy import Conditions

ERROR = "error"
"""The definition has errors."""
NO_TRIGGER = "no-trigger"
"""The job runs only when somebody asks."""
ENDED = "ended"
"""No slot is left to come."""

_TEXTS: dict[str, str] = {
    Reason.SHUTDOWN: "The daemon is stopping.",
    Reason.ASLEEP: "The machine is about to sleep.",
    Reason.PAUSED: "The scheduler is paused.",
    Reason.DISABLED: "The job is disabled.",
}

_TEXTS_OF_CONDITIONS = {
    (condition.AC, True): "It runs on mains power only; the machine is on battery.",
    (condition.AC, False): "It runs on battery only; the machine is on mains power.",
    (condition.METERED, True): "It runs on a metered network only; this one is not.",
    (condition.METERED, False): "It does not run on a metered network; this one is.",
    (condition.NETWORK, True): "It needs a network; there is none.",
    (condition.NETWORK, False): "It runs without a network only; there is one.",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way.

    Attributes:
        code: For programs: the reason with which a slot would be put off or closed, or one of
            the words above.
        text: For people: one sentence.
    """

    code: str
    text: str


def obstacles(
    job: JobFacts, facts: Facts, *, usable: bool = True, has_schedule: bool = True
) -> list[Obstacle]:
    """List what stands in the way of the next slot of a job, as things are now.

    Args:
        job: The job.
        facts: The world.
        usable: Whether its definition is without errors.
        has_schedule: Whether it has a trigger; if not, the schedule in ``job`` is not looked at.

    Returns:
        What lasts longest comes first. Empty: the next slot will run when it comes.
    """
    return [
        *_of_the_definition(job, usable=usable, has_schedule=has_schedule),
        *_of_switches(job, facts),
        *_of_the_moment(job, facts),
    ]


def _of_the_definition(job: JobFacts, *, usable: bool, has_schedule: bool) -> Iterator[Obstacle]:
    if not usable:
        yield Obstacle(ERROR, "Its definition has errors.")
    if not has_schedule:
        yield Obstacle(NO_TRIGGER, "It has no trigger and runs only when somebody asks.")
    elif _has_ended(job):
        yield Obstacle(ENDED, "It has no slots any more.")
    if job.remaining is not None and job.remaining <= 0:
        yield Obstacle(Reason.LIMIT, "It has run as often as it may.")


def _has_ended(job: JobFacts) -> bool:
    if isinstance(job.schedule, OccasionSchedule):
        return False  # what it waits for may occur at any time
    return job.schedule.next_after(job.accounted_until) is None


def _of_switches(job: JobFacts, facts: Facts) -> Iterator[Obstacle]:
    for reason in (job.idle_reason, facts.closed_gate):
        if reason and reason != Reason.LIMIT:  # that is said already
            yield Obstacle(reason, _TEXTS.get(reason, f"Nothing may start now: {reason}."))


def _of_the_moment(job: JobFacts, facts: Facts) -> Iterator[Obstacle]:
    waiting = job.waiting
    makes_up = waiting is not None and waiting.cause is not Cause.SCHEDULE
    if waiting is not None and waiting.reason == ANSWER and job.answer is None:
        yield Obstacle(ANSWER, "It was missed, and a person is to say whether it runs now.")
    if job.running and job.overlap is Overlap.SKIP:
        yield Obstacle(Reason.OVERLAP, "It is still running.")
    if makes_up and facts.settling:
        yield Obstacle(facts.settling, _text_of_settling(facts.settling))
    if makes_up and facts.room is not None and facts.room <= 0:
        yield Obstacle(
            Reason.LIMIT, "It was missed, and as many missed slots as may be are running."
        )
    if job.conditions is not None:
        for reason in condition.all_unmet(job.conditions, facts.surroundings, facts.now):
            if reason != facts.settling or not makes_up:
                yield Obstacle(reason, _text_of(reason, job.conditions, facts))


def _text_of_settling(reason: str) -> str:
    if reason == condition.NETWORK:
        return "It was missed, and waits until there is a network."
    return "It was missed, and waits until the machine has come to itself."


def _text_of(reason: str, conditions: Conditions, facts: Facts) -> str:
    """Say in words what was asked for and what there is."""
    known = facts.surroundings
    if reason == condition.BATTERY:
        least, charge = conditions.battery_above, known.battery
        return f"It needs a charge of {least} %; the battery has {charge:.0f} %."
    if reason == condition.LOAD:
        return f"It needs a load below {conditions.load_below:g}; it is {known.load:g}."
    if reason == condition.IDLE:
        return _text_of_idle(conditions, facts)
    wanted = {
        condition.AC: conditions.ac,
        condition.METERED: conditions.metered,
        condition.NETWORK: conditions.online,
    }[reason]
    return _TEXTS_OF_CONDITIONS[reason, wanted is True]


def _text_of_idle(conditions: Conditions, facts: Facts) -> str:
    wanted = format_duration(conditions.idle) if conditions.idle is not None else ""
    since = facts.surroundings.idle_since
    if facts.surroundings.in_use or since is None:
        return f"It needs a machine nobody has used for {wanted}; somebody uses it."
    so_far = format_duration(timedelta(seconds=max(facts.now - since, 0) // SECOND))
    return f"It needs a machine nobody has used for {wanted}; so far it is {so_far}."
