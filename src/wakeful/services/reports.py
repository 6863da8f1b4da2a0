"""Reports: what a front end may show of a job or of the whole, ready to be written in any form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.decision import Defer
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.services.agenda import Agenda
    from wakeful.services.catalogue import Entry
    from wakeful.services.ports import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """A job at this moment.

    Attributes:
        enabled: Whether it runs by the clock, toggles considered.
        next_run: The slot it waits for; None if it waits for none.
        last: The execution that ended last.
        running: Identifiers of its live executions.
        waiting: The slot that was put off, if one was.
    """

    job: Job
    enabled: bool
    next_run: Instant | None
    last: Execution | None
    run_count: int
    failure_count: int
    missed_count: int
    running: tuple[str, ...]
    waiting: Defer | None = None

    @property
    def last_run(self) -> Instant | None:
        """When it last started, or was last meant to."""
        if self.last is None:
            return None
        return self.last.started_at or self.last.queued_at


def job_report(entry: Entry, agenda: Agenda) -> JobReport:
    """Report on a job."""
    return JobReport(
        job=entry.job,
        enabled=entry.enabled,
        next_run=agenda.next_slot(entry.job.name),
        last=entry.last,
        run_count=entry.run_count,
        failure_count=entry.failure_count,
        missed_count=entry.missed_count,
        running=tuple(entry.live),
        waiting=entry.waiting,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """Whether all is well, and what the answer rests on.

    Attributes:
        checks: Each by name; all must hold.
        message: For people.
        uptime: Seconds, sleep included.
        problems: Of the configuration.
        next_job: The job that is due first, and when.
    """

    checks: dict[str, bool]
    message: str
    uptime: float
    job_count: int
    running_count: int
    failing_jobs: tuple[str, ...]
    problems: tuple[str, ...]
    next_job: tuple[str, Instant] | None
    last_execution: Execution | None
    totals: Totals

    @property
    def healthy(self) -> bool:
        """Whether every check holds."""
        return all(self.checks.values())
