"""The catalogue: the jobs in force, with what is known of each at this moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.execution import ExecutionState
from wakeful.core.occasion_schedule import OccasionSchedule
from wakeful.core.plan import JobFacts
from wakeful.services.ports import JobRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.plan import Defer, Reason
    from wakeful.core.schedule import Schedule

_NO_SLOTS = OccasionSchedule()
FAILURES = frozenset({ExecutionState.FAILED, ExecutionState.TIMED_OUT, ExecutionState.LOST})


@dataclass(slots=True)
class Entry:
    """One job and its present.

    Attributes:
        job: As configured.
        schedule: Its slots; None if it has no usable trigger.
        override: What a toggle said, if one did.
        anchor: From where intervals count.
        accounted_until: All slots up to here are decided on.
        held: Why its slots are not served at present, if they are not.
        waiting: The slot that was put off, if one was.
        answer: What a person said about that slot.
        live: Its executions that have not ended.
        last: The execution that ended last.
    """

    job: Job
    schedule: Schedule | None
    anchor: Instant
    accounted_until: Instant
    override: bool | None = None
    held: Reason | None = None
    waiting: Defer | None = None
    answer: bool | None = None
    live: dict[str, Execution] = field(default_factory=dict)
    last: Execution | None = None
    run_count: int = 0
    failure_count: int = 0
    missed_count: int = 0

    @property
    def enabled(self) -> bool:
        """Whether the job runs by the clock, as far as it alone is concerned."""
        return self.job.enabled if self.override is None else self.override

    @property
    def remaining(self) -> int | None:
        """How many executions are left to it; None: any number."""
        limit = self.job.max_runs
        return None if limit is None else max(limit - self.run_count - len(self.live), 0)

    def facts(self) -> JobFacts:
        """Give what a decision needs; a job without a schedule has no slots."""
        job = self.job
        return JobFacts(
            schedule=_NO_SLOTS if self.schedule is None else self.schedule,
            accounted_until=self.accounted_until,
            overlap=job.overlap,
            idle_reason=self.held,
            running=len(self.live),
            missed=job.missed,
            conditions=job.conditions,
            priority=job.priority,
            remaining=self.remaining,
            waiting=self.waiting,
            answer=self.answer,
        )

    def record(self) -> JobRecord:
        """Give what is to be remembered."""
        return JobRecord(
            name=self.job.name,
            planning=self.job.planning,
            configured=self.job.enabled,
            override=self.override,
            anchor=self.anchor,
            accounted_until=self.accounted_until,
            run_count=self.run_count,
            failure_count=self.failure_count,
            missed_count=self.missed_count,
            last=self.last,
        )

    def count(self, execution: Execution) -> None:
        """Take note of an execution that has ended."""
        self.live.pop(execution.execution_id, None)
        self.last = execution
        self.run_count += 1
        if execution.state in FAILURES:
            self.failure_count += 1


class Catalogue:
    """All jobs by name, in the order of the configuration.

    Attributes:
        one_change_at_a_time: Held by who changes jobs or their switches in more than one step.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self.one_change_at_a_time = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def get(self, name: str) -> Entry | None:
        """Give the entry of a job, or None."""
        return self._entries.get(name)

    def replace(self, entries: list[Entry]) -> None:
        """Put other jobs in force, all at once."""
        self._entries = {entry.job.name: entry for entry in entries}
