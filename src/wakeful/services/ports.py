"""Ports: what the services need from the world, as contracts. Adapters implement them.

Nothing here blocks: what is not ``async`` returns at once and may be called from the event
loop. Callbacks come on the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol

from wakeful.core.policy import Resume

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from wakeful.core.execution import Execution, ExecutionState, ProcessExit
    from wakeful.core.file import FileFacts
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.launch import Launch
    from wakeful.core.period import Period
    from wakeful.core.plan import Close
    from wakeful.core.problem import Problem
    from wakeful.core.schedule import Schedule


class Clock(Protocol):
    """The time."""

    def now(self) -> Instant:
        """Give the instant of CLOCK_REALTIME."""

    def uptime(self) -> float:
        """Give seconds of CLOCK_BOOTTIME: for durations that include sleep."""


class Timer(Protocol):
    """Tells which jobs are due, on the wall clock: through sleep and clock steps."""

    def start(self, due: Callable[[Sequence[str]], None]) -> None:
        """Begin; ``due`` is called once per wake-up with the names of all jobs due by then.

        It is called as well, with the jobs due by then, after the clock was set and after the
        machine woke up. A name comes again only when the next slot of that job has come.
        """

    def set(self, name: str, schedule: Schedule, *, after: Instant) -> None:
        """Watch the slots of a job, the first one after an instant; replaces what was set."""

    def remove(self, name: str) -> None:
        """Forget a job; nothing happens if it is not known."""

    def next_slot(self, name: str) -> Instant | None:
        """Give the slot a job is waiting for, or None."""

    def earliest(self) -> tuple[str, Instant] | None:
        """Give the job that is due first, and when."""

    async def stop(self) -> None:
        """End; ``due`` is not called any more."""


class Process(Protocol):
    """A running process of an execution, leader of its own session and group."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def signal(self, number: int) -> bool:
        """Send a signal to all processes of the execution, also those that left the group.

        Returns:
            Whether any process was there to receive it.
        """


class Runner(Protocol):
    """Starts processes and tells how they ended."""

    def start(
        self,
        launch: Launch,
        *,
        execution_id: str,
        environment: Mapping[str, str],
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> Process:
        """Start a process in a session of its own, its output appended to ``log``.

        Args:
            launch: What to start.
            execution_id: Marks every process of the execution (``WAKEFUL_EXECUTION_ID``).
            environment: Added to that of the daemon and of ``launch``.
            log: Created with mode 0600; kept within ``output_limit`` bytes with a marker.
            output_limit: Bytes.
            ended: Called once when the process has ended and its output is complete.

        Raises:
            StartFailedError: It could not be started; the text says why and names the program.
        """

    async def survivors(self, execution_ids: Collection[str]) -> Mapping[str, Sequence[int]]:
        """Find processes that live on from an earlier life of the daemon, by execution."""

    def adopt(
        self,
        pid: int,
        *,
        execution_id: str,
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> Process:
        """Watch over a process that an earlier life of the daemon started.

        How it ends may remain unknown; see `ProcessExit`.

        Raises:
            ProcessLookupError: It is gone.
        """

    async def close(self) -> None:
        """Stop watching; processes still alive are left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What is remembered of a job over restarts.

    Attributes:
        planning: What determined its slots when it was last in force; a change starts anew.
        configured: What the definition said about being enabled.
        override: What a toggle said, if one did since.
        anchor: The instant from which intervals count.
        accounted_until: All slots up to here are decided on.
    """

    name: str
    planning: str
    configured: bool
    override: bool | None = None
    anchor: Instant
    accounted_until: Instant
    run_count: int = 0
    failure_count: int = 0
    missed_count: int = 0
    last: Execution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that is remembered when the daemon starts."""

    jobs: Mapping[str, JobRecord] = field(default_factory=dict)
    unfinished: Sequence[Execution] = ()
    enabled_override: bool | None = None
    """Whether the whole scheduler was resumed or paused at run time; None: as configured."""
    configured_enabled: bool | None = None
    """What the configuration said about that when it was last in force; None: never."""
    periods: Sequence[Period] = ()
    """The last sleeps, absences and clock steps, oldest first."""
    active_until: Instant | None = None
    """Until when the daemon was at work for sure in its earlier life; None: there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which executions to list.

    Attributes:
        job, states: Only these, if given.
        since, until: Born in ``[since, until)``.
        limit: At most so many, newest first.
        before: Cursor: only executions older than this identifier.
    """

    job: str | None = None
    states: tuple[ExecutionState, ...] = ()
    since: Instant | None = None
    until: Instant | None = None
    limit: int = 100
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodQuery:
    """Which periods to list.

    Attributes:
        since, until: Only those that touch ``[since, until)``.
        limit: At most so many, newest first.
    """

    since: Instant | None = None
    until: Instant | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts over everything recorded."""

    executions: int = 0
    succeeded: int = 0
    failed: int = 0
    """Failed and timed out."""


class Store(Protocol):
    """Durable memory. When a call returns, what it was given survives a power cut.

    All calls raise `StorageError` if that cannot be promised; then nothing has changed.
    """

    async def open(self) -> Memory:
        """Open or create it, bring its format up to date, and read what is needed to begin."""

    async def claim(
        self, executions: Sequence[Execution], closings: Sequence[Close]
    ) -> frozenset[str]:
        """Record executions as queued and slots as closed, in one transaction.

        Returns:
            The identifiers that were recorded. One is missing if its slot has an execution or was
            closed already: that slot must not run again. What was closed together with slots
            that are still to come does not count: the clock was wrong then.
        """

    async def record_started(self, executions: Sequence[Execution]) -> None:
        """Record that processes exist."""

    async def record_finished(self, executions: Sequence[Execution]) -> None:
        """Record outcomes, and count them. A recorded outcome is never overwritten."""

    async def save_jobs(self, records: Sequence[JobRecord]) -> None:
        """Remember jobs as given, except for counts and last execution, which only grow."""

    async def save_enabled(self, *, override: bool | None, configured: bool) -> None:
        """Remember whether the whole scheduler is enabled."""

    async def record_periods(self, periods: Sequence[Period]) -> None:
        """Record sleeps, absences and clock steps."""

    async def record_active(self, until: Instant) -> None:
        """Remember that the daemon was at work until now."""

    async def remember_boot(self, boot: str) -> bool:
        """Remember which start of the machine this is; say whether it is another than before."""

    async def periods(self, query: PeriodQuery) -> Sequence[Period]:
        """List sleeps, absences and clock steps, newest first."""

    async def closing_of_slot(self, job: str, slot: Instant) -> Close | None:
        """Give the record by which a slot was closed without an execution, or None."""

    async def execution_of_slot(self, job: str, slot: Instant) -> Execution | None:
        """Give the execution of a slot, or None."""

    async def last_slot(self, job: str, until: Instant) -> Instant | None:
        """Give the last slot of a job on record at or before an instant, or None."""

    async def history(self, query: HistoryQuery) -> Sequence[Execution]:
        """List executions, newest first."""

    async def execution(self, execution_id: str) -> Execution | None:
        """Give one execution."""

    async def totals(self) -> Totals:
        """Count."""

    async def close(self) -> None:
        """Finish what was asked for, and close."""


class StateFile(Protocol):
    """``state.json``: the state that people and programs read without asking us."""

    async def read(self) -> Mapping[str, object] | None:
        """Give its content, or None if there is none.

        A damaged file is set aside under a new name and reported in the log.
        """

    async def write(self, document: Mapping[str, object]) -> None:
        """Replace it atomically and durably.

        Raises:
            StorageError: That could not be done; the file is as it was.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration that can be put in force.

    Attributes:
        enabled: Whether jobs run by the clock at all.
        timezone, zone: The zone of jobs that name none, by name and ready for use.
        resume: How missed slots are made up for after the machine woke up.
        jobs: All of them, the bad ones too, in the order they are written.
        problems: All of them, those of jobs included.
    """

    enabled: bool = True
    timezone: str = "UTC"
    zone: tzinfo = UTC
    execution_mode: str = "skill_direct"
    cron_scheduler_alias: bool = False
    resume: Resume = field(default_factory=Resume)
    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of all jobs."""
        return frozenset(job.name for job in self.jobs)


class ConfigurationSource(Protocol):
    """Where the configuration comes from."""

    @property
    def path(self) -> Path:
        """The file."""

    async def load(self) -> Configuration:
        """Read and check it.

        Raises:
            InvalidConfigurationError: It is missing, not JSON, or wrong as a whole.
        """

    async def load_last_good(self) -> Configuration | None:
        """Give the configuration that was last in force, if it was kept."""

    async def section(self, name: str, key: str | None) -> object:
        """Give a section of the document, or one of its keys (dots go deeper)."""

    async def update(self, name: str, key: str, value: object) -> None:
        """Change one key of a section in the file, after checking the result as a whole."""


class Notifier(Protocol):
    """Tells a person."""

    async def notify(self, job: Job, execution: Execution) -> None:
        """Tell that an execution ended. What goes wrong here harms nothing else."""


class KindContext(Protocol):
    """What a kind is told about the definition it checks. Called off the event loop.

    Nothing else may be looked at: what was seen here is on record, and as long as it stays as it
    was, a definition is not checked again at the next start.
    """

    def resolve(self, path: str) -> Path:
        """Make a path absolute: from home (``~``), or from the folder of the configuration."""

    def file(self, path: Path) -> FileFacts:
        """Look at a file."""

    def program(self, name: str) -> str | None:
        """Find a program as the job would, or None."""

    def problem(self, key: str, message: str, *, hint: str = "", warning: bool = False) -> None:
        """Report a mistake in one key of the definition; a warning lets the job run."""


class Kind(Protocol):
    """What a job can be made of: one per kind key of a definition."""

    @property
    def key(self) -> str:
        """The key in a definition, and the name of the kind."""

    @property
    def options(self) -> type[Any]:
        """A pydantic model of the keys that belong to the kind, its own among them."""

    def check(self, options: Any, place: KindContext) -> Launch | None:  # noqa: ANN401 - an instance of ``options``
        """Say what is to be started, or None if a problem was reported that prevents it."""
