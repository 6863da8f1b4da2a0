"""Records: what the daemon answers, as plain values. None and empty stand for "nothing"."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.core.instant import Instant

_NOTHING: Mapping[str, object] = MappingProxyType({})

FINAL_STATES = ("succeeded", "failed", "timed-out", "cancelled", "lost")
STATES = ("queued", "running", *FINAL_STATES)
FAILED_STATES = ("failed", "timed-out", "lost")


class JobRecord(NamedTuple):
    """A job as a listing shows it.

    Attributes:
        running: Identifiers of its executions that have not ended.
        error: Why it cannot run; empty if it can.
        problems: Everything noticed about its definition, warnings included.
        waiting: The slot that was put off, if one was.
        waiting_reason: Why.
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
    waiting: Instant | None = None
    waiting_reason: str = ""


class Policies(NamedTuple):
    """What a job wants done about slots that cannot simply be served.

    Attributes:
        missed, when, wake, on_sleep: As in the configuration, key by key; durations are
            microseconds. Empty if it does not apply.
    """

    priority: str = ""
    dst: str = ""
    missed: Mapping[str, object] = _NOTHING
    when: Mapping[str, object] = _NOTHING
    wake: Mapping[str, object] = _NOTHING
    on_sleep: Mapping[str, object] = _NOTHING


class JobDetails(NamedTuple):
    """Everything about one job.

    Attributes:
        slots: When it is due next.
        notes: What is special about each of these, or an empty text.
        environment: Names of the variables it adds.
        timeout: Microseconds an execution may take.
    """

    job: JobRecord
    slots: tuple[Instant, ...] = ()
    notes: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    working_directory: str = ""
    arguments: tuple[str, ...] = ()
    timeout: int | None = None
    policies: Policies = Policies()

    def note_of(self, place: int) -> str:
        """Say what is special about one of the slots, by its place; empty if nothing is."""
        return self.notes[place] if place < len(self.notes) else ""


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


class PeriodRecord(NamedTuple):
    """A time in which no slot could be served.

    Attributes:
        kind: ``asleep``, ``off`` or ``clock-step``.
        asleep: Microseconds the machine slept, by its own clocks.
        step: Microseconds the clock was set by.
        source: Who noticed.
    """

    kind: str
    since: Instant
    until: Instant
    asleep: int | None = None
    step: int | None = None
    source: str = ""


class PowerRecord(NamedTuple):
    """Sleep and wake-ups at this moment.

    Attributes:
        preparing_for_sleep: Whether the machine is about to sleep.
        last_nap: Microseconds it slept before it last woke up.
        wake_at, wake_job: When, and for which job, it is to be woken next.
        holds: Jobs that keep it from sleeping.
        missing: What is missing on the machine, and what cannot be done without.
    """

    preparing_for_sleep: bool = False
    wake_count: int = 0
    last_wake: Instant | None = None
    last_nap: int = 0
    wake_at: Instant | None = None
    wake_job: str = ""
    holds: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


class ExplanationRecord(NamedTuple):
    """What became of a slot and why, or what stands in the way of one to come.

    Attributes:
        state: ``planned``, ``executed``, ``coalesced``, ``skipped``, ``missed``, ``deferred`` or
            ``unknown``.
        reason: For programs.
        text: For people.
        obstacles: What stands in the way, for people.
        first, last, slot_count: The slots that share its fate, if it was not executed.
        periods: When the machine was away around it.
    """

    job: str
    slot: Instant | None = None
    state: str = ""
    reason: str = ""
    text: str = ""
    obstacles: tuple[str, ...] = ()
    execution_id: str = ""
    execution_state: str = ""
    first: Instant | None = None
    last: Instant | None = None
    slot_count: int | None = None
    periods: tuple[PeriodRecord, ...] = ()


class ClockChangeRecord(NamedTuple):
    """A change of the clock that affects a job.

    Attributes:
        at: The first instant with the new offset.
        before, after: Seconds from UTC.
        kind: ``gap`` or ``overlap``.
        effect: For programs.
        time_count: How many wall-clock times of the job it concerns.
        times: The first few of them.
        runs_at: When the job runs in place of times that do not exist.
        text: What happens, for people.
    """

    job: str
    at: Instant
    before: int = 0
    after: int = 0
    kind: str = ""
    effect: str = ""
    time_count: int = 0
    times: tuple[str, ...] = ()
    runs_at: Instant | None = None
    text: str = ""


class ClockChanges(NamedTuple):
    """Changes of the clock in the order of time, and jobs of which they cannot be told."""

    changes: tuple[ClockChangeRecord, ...] = ()
    untold: tuple[str, ...] = ()


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
