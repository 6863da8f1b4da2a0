"""A job in a simulation: what is known of it at a moment of the imagined time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.decision import Reason
from wakeful.core.facts import JobFacts
from wakeful.core.instant import from_timedelta
from wakeful.core.occasion_schedule import OccasionSchedule
from wakeful.core.trigger import OccasionTrigger

if TYPE_CHECKING:
    from wakeful.core.decision import Defer
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.policy import Occasion
    from wakeful.core.schedule import Schedule


@dataclass(slots=True, eq=False)
class SimulatedExecution:
    """An execution that has not ended.

    Attributes:
        catches_up: Whether it makes up for a missed slot.
        ends: When it will end, should the machine stay awake.
    """

    job: SimulatedJob
    catches_up: bool
    ends: Instant


@dataclass(slots=True, eq=False)
class SimulatedJob:
    """One job and its present.

    Attributes:
        job: As configured.
        number: Its place in the configuration.
        schedule: Its slots.
        accounted_until: All slots up to here are decided on.
        duration: How long an execution takes, in microseconds awake.
        next_slot: The slot it is armed for; None: it is for none.
        waiting: The slot that was put off, if one was.
        live: Its executions that have not ended.
        runs: How many have.
    """

    job: Job
    number: int
    schedule: Schedule
    accounted_until: Instant
    duration: int
    next_slot: Instant | None = None
    waiting: Defer | None = None
    live: list[SimulatedExecution] = field(default_factory=list)
    runs: int = 0

    @property
    def remaining(self) -> int | None:
        """How many executions are left to it; None: any number."""
        limit = self.job.max_runs
        return None if limit is None else max(limit - self.runs - len(self.live), 0)

    def facts(self) -> JobFacts:
        """Give what a decision needs."""
        job = self.job
        return JobFacts(
            schedule=self.schedule,
            accounted_until=self.accounted_until,
            overlap=job.overlap,
            running=len(self.live),
            missed=job.missed,
            conditions=job.conditions,
            priority=job.priority,
            remaining=self.remaining,
            waiting=self.waiting,
        )

    def waits_for(self, occasion: Occasion, nap: int) -> bool:
        """Say whether something that occurs triggers it.

        Args:
            occasion: What.
            nap: How long the machine was asleep before, in microseconds.
        """
        trigger = self.job.trigger
        return (
            isinstance(trigger, OccasionTrigger)
            and trigger.occasion is occasion
            and nap >= trigger.least_nap
        )

    def occur(self, now: Instant) -> None:
        """Let what triggers it be a slot of its own."""
        known = self.schedule if isinstance(self.schedule, OccasionSchedule) else OccasionSchedule()
        self.schedule = known.occurred(now, accounted_until=self.accounted_until)

    def reason_open(self, absent: str) -> str:
        """Say why slots of it are not decided on at the end."""
        if self.waiting is not None:
            return self.waiting.reason
        return absent or Reason.LIMIT


class RememberedSchedule:
    """A schedule of which the same is asked twice in a row: to arm, and then to decide.

    Args:
        inner: The schedule.
    """

    __slots__ = ("_after", "_inner", "_slot")

    def __init__(self, inner: Schedule) -> None:
        self._inner = inner
        self._after: Instant | None = None
        self._slot: Instant | None = None

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the first slot strictly after an instant."""
        if instant != self._after:
            self._slot = self._inner.next_after(instant)
            self._after = instant
        return self._slot

    def last_until(self, instant: Instant) -> Instant | None:
        """Give the last slot at or before an instant."""
        return self._inner.last_until(instant)

    def count_between(self, after: Instant, until: Instant) -> int:
        """Count the slots in ``(after, until]``."""
        return self._inner.count_between(after, until)


def simulated_job(job: Job, number: int, *, begin: Instant, duration: int) -> SimulatedJob | None:
    """Begin with a job that was never seen before; None if it does not run by itself.

    Args:
        job: As configured.
        number: Its place in the configuration.
        begin: The instant of the beginning; intervals count from here.
        duration: How long an execution takes at most, in microseconds; its timeout is shorter
            perhaps.
    """
    if not (job.enabled and job.usable) or job.trigger is None:
        return None
    schedule = job.schedule(begin)
    if job.timeout is not None:
        duration = min(duration, from_timedelta(job.timeout))
    return SimulatedJob(
        job=job,
        number=number,
        schedule=OccasionSchedule() if schedule is None else RememberedSchedule(schedule),
        accounted_until=begin - 1,
        duration=duration,
    )
