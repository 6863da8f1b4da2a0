"""Records: what the daemon answers, as plain values. None and empty stand for "nothing"."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

FINAL_STATES = ("succeeded", "failed", "timed-out", "cancelled", "lost")
STATES = ("queued", "running", *FINAL_STATES)
FAILED_STATES = ("failed", "timed-out", "lost")


class JobRecord(NamedTuple):
    """A job as a listing shows it.

    Attributes:
        running: Identifiers of its executions that have not ended.
        error: Why it cannot run; empty if it can.
        problems: Everything noticed about its definition, warnings included.
    """

    name: str
    description: str = ""
    kind: str = ""
    trigger: str = ""
    schedule: str = ""
    timezone: str = ""
    enabled: bool = True
    next_run: Instant | None = None
    last_run: Instant | None = None
    last_state: str = ""
    run_count: int = 0
    failure_count: int = 0
    missed_count: int = 0
    running: tuple[str, ...] = ()
    error: str = ""
    problems: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class JobDetails(NamedTuple):
    """Everything about one job.

    Attributes:
        slots: When it is due next.
        environment: Names of the variables it adds.
        timeout: Microseconds an execution may take.
    """

    job: JobRecord
    slots: tuple[Instant, ...] = ()
    environment: tuple[str, ...] = ()
    working_directory: str = ""
    arguments: tuple[str, ...] = ()
    timeout: int | None = None


class ExecutionRecord(NamedTuple):
    """One execution.

    Attributes:
        slot: The planned instant; None for a request.
        duration, late: Microseconds.
        log: Path of its output, on the daemon's side.
    """

    execution_id: str
    job: str = ""
    slot: Instant | None = None
    cause: str = ""
    state: str = ""
    reason: str = ""
    attempt: int = 1
    queued_at: Instant | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    duration: int | None = None
    late: int | None = None
    exit_status: int | None = None
    signal: int | None = None
    requested_by: str = ""
    log: str = ""
    pid: int | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self.state in FINAL_STATES


class ReloadRecord(NamedTuple):
    """What changed when a configuration came into force; names of jobs."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class HealthRecord(NamedTuple):
    """Whether all is well, and the numbers behind it."""

    healthy: bool
    message: str = ""
    checks: tuple[tuple[str, bool], ...] = ()
    uptime: int = 0
    job_count: int = 0
    running_count: int = 0
    failing_jobs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    next_job: str = ""
    next_run: Instant | None = None
    last_execution: str = ""
    total_executions: int = 0
    succeeded: int = 0
    failed: int = 0


class DaemonRecord(NamedTuple):
    """The daemon itself.

    Attributes:
        enabled: Whether jobs run by the clock.
        timezone: The zone of jobs that name none.
    """

    version: str = ""
    enabled: bool = True
    timezone: str = ""
    configuration_file: str = ""
    state_directory: str = ""
    started_at: Instant | None = None
    job_count: int = 0
    running_count: int = 0


class HistoryRequest(NamedTuple):
    """Which executions to list, newest first.

    Attributes:
        job, states: Only these, if given.
        since, until: Born in ``[since, until)``.
        limit: At most so many; None for all there are.
    """

    job: str = ""
    states: tuple[str, ...] = ()
    since: Instant | None = None
    until: Instant | None = None
    limit: int | None = None
