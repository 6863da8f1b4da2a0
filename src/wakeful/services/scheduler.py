"""What a front end may ask of the daemon, in one place and without a word about how it asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from wakeful.core.errors import NoSuchExecutionError, NoSuchJobError
from wakeful.core.problem import Severity
from wakeful.services.catalogue import FAILURES
from wakeful.services.reports import HealthReport, JobReport, job_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wakeful.core.event import ConfigurationReloaded
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.services.catalogue import Entry
    from wakeful.services.clock_changes import JobClockChange
    from wakeful.services.engine import Engine
    from wakeful.services.explanation import Explainer, Explanation
    from wakeful.services.ports import (
        ConfigurationSource,
        HistoryQuery,
        PeriodQuery,
        Totals,
    )
    from wakeful.services.power.report import PowerReport
    from wakeful.services.reloader import Reloader
    from wakeful.services.state_keeper import StateKeeper
    from wakeful.services.switchboard import Switchboard
    from wakeful.services.tally import Tally

ACCEPTABLE_FAILURE_RATE = 0.5
PREVIEW_BYTES = 500


class Scheduler:
    """The daemon as front ends see it. They call this and nothing else.

    Every argument is taken as a value from outside: wrong ones raise a `WakefulError`.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        switchboard: Switchboard,
        reloader: Reloader,
        keeper: StateKeeper,
        tally: Tally,
        explainer: Explainer,
        source: ConfigurationSource,
        state_directory: Path,
        shutdown: Callable[[], None],
    ) -> None:
        self._clock = engine.clock
        self._store = engine.store
        self._catalogue = engine.catalogue
        self._agenda = engine.agenda
        self._dispatcher = engine.dispatcher
        self._supervisor = engine.supervisor
        self._power = engine.power
        self._switchboard = switchboard
        self._reloader = reloader
        self._keeper = keeper
        self._tally = tally
        self._explainer = explainer
        self.source = source
        self.state_directory = state_directory
        self.shutdown = shutdown
        self.started_at = self._clock.now()
        self._started_uptime = self._clock.uptime()

    @property
    def enabled(self) -> bool:
        """Whether jobs run by the clock."""
        return not self._agenda.paused

    @property
    def timezone(self) -> str:
        """The zone of jobs that name none."""
        return self._keeper.configuration.timezone

    @property
    def execution_mode(self) -> str:
        """How jobs with a skill are run, as configured."""
        return self._keeper.configuration.execution_mode

    @property
    def cron_scheduler_alias(self) -> bool:
        """Whether the older name of the flat interface is wanted, as configured."""
        return self._keeper.configuration.cron_scheduler_alias

    def now(self) -> Instant:
        """Give the present instant."""
        return self._clock.now()

    @property
    def uptime(self) -> float:
        """Seconds since the start, sleep included."""
        return self._clock.uptime() - self._started_uptime

    @property
    def job_count(self) -> int:
        """How many jobs are configured."""
        return len(self._catalogue)

    @property
    def running(self) -> Sequence[Execution]:
        """Executions that have not ended, oldest first."""
        return self._supervisor.running

    def jobs(self) -> list[JobReport]:
        """Report on all jobs, in the order of the configuration."""
        return [job_report(entry, self._agenda) for entry in self._catalogue]

    def job(self, name: str) -> JobReport:
        """Report on one job."""
        return job_report(self._entry(name), self._agenda)

    def slots(self, name: str, count: int) -> list[Instant]:
        """List the next slots of a job, as if it were enabled."""
        entry = self._entry(name)
        found: list[Instant] = []
        after = max(self._clock.now(), entry.accounted_until)
        while entry.schedule is not None and len(found) < count:
            following = entry.schedule.next_after(after)
            if following is None:
                break
            found.append(following)
            after = following
        return found

    def slot_notes(self, name: str, slots: Sequence[Instant]) -> list[str]:
        """Say what a change of the clock does to slots of a job; see `slot_notes`."""
        from wakeful.services.clock_changes import slot_notes  # noqa: PLC0415 - a start does without

        return slot_notes(self._entry(name), slots)

    async def clock_changes(
        self, name: str | None, until: Instant
    ) -> tuple[list[JobClockChange], list[str]]:
        """Find the changes of the clock that affect one job or all; see `clock_changes`."""
        from wakeful.services.clock_changes import clock_changes  # noqa: PLC0415 - a start does without

        entries = [self._entry(name)] if name is not None else list(self._catalogue)
        return await clock_changes(entries, self._clock.now(), until)

    async def run(self, name: str, *, requested_by: str, force: bool = False) -> Execution:
        """Start a job; see `Dispatcher.run`."""
        return await self._dispatcher.run(name, requested_by=requested_by, force=force)

    async def answer(self, name: str, *, run: bool) -> None:
        """Decide on the missed slot of a job that asks; see `Dispatcher.answer`."""
        await self._dispatcher.answer(name, run=run)

    async def explain(self, name: str, at: Instant | None) -> Explanation:
        """Say what became of a slot and why; see `Explainer.explain`."""
        return await self._explainer.explain(name, at)

    def power(self) -> PowerReport:
        """Report on sleep and wake-ups."""
        return self._power.report()

    async def periods(self, query: PeriodQuery) -> Sequence[Period]:
        """List sleeps, absences and clock steps, newest first."""
        return await self._store.periods(query)

    async def cancel(self, execution_id: str, *, reason: str) -> None:
        """Stop an execution; see `Supervisor.cancel`."""
        self._supervisor.cancel(execution_id, reason)

    async def set_job_enabled(self, name: str, *, enabled: bool) -> None:
        """Enable or disable a job, durably."""
        await self._switchboard.set_job(name, enabled=enabled)

    async def set_enabled(self, *, enabled: bool) -> None:
        """Resume or pause all jobs, durably."""
        await self._switchboard.set_scheduler(enabled=enabled)

    async def history(self, query: HistoryQuery) -> list[Execution]:
        """List executions, newest first, with live ones as they are now."""
        if query.job is not None and query.job not in self._catalogue and query.before is None:
            known = await self._store.history(replace(query, limit=1))
            if not known:
                raise NoSuchJobError(f"there is no job '{query.job}', and none of its executions")
        found = await self._store.history(query)
        return [await self._present(one) for one in found]

    async def _present(self, execution: Execution) -> Execution:
        """Give an execution as it is now, should it have moved on since it was read."""
        if execution.state.final:
            return execution
        live = self._supervisor.find(execution.execution_id)
        return live or await self._store.execution(execution.execution_id) or execution

    async def execution(self, execution_id: str) -> Execution:
        """Give one execution.

        Raises:
            NoSuchExecutionError: There is none of that identifier.
        """
        found = self._supervisor.find(execution_id) or await self._store.execution(execution_id)
        if found is None:
            raise NoSuchExecutionError(f"there is no execution '{execution_id}'")
        return found

    async def open_log(self, execution_id: str) -> BinaryIO:
        """Open the output of an execution for reading.

        Raises:
            NoSuchExecutionError: There is no such execution, or its output is not kept.
        """
        execution = await self.execution(execution_id)
        try:
            return await asyncio.to_thread(Path(execution.log).open, "rb", 0)
        except FileNotFoundError:
            raise NoSuchExecutionError(
                f"execution {execution_id} has no output, or it is not kept any more"
            ) from None

    async def previews(self, executions: Sequence[Execution]) -> list[str]:
        """Read the first bytes of the output of some executions, as text."""
        return await asyncio.to_thread(lambda: [_preview(one.log) for one in executions])

    async def reload(self) -> ConfigurationReloaded:
        """Read the configuration now; see `Reloader.reload`."""
        return await self._reloader.reload()

    async def update_configuration(self, section: str, key: str, value: object) -> None:
        """Change one key of the configuration file, and put it in force."""
        await self.source.update(section, key, value)
        await self._reloader.reload()

    async def write_state(self) -> None:
        """Write ``state.json`` now."""
        await self._keeper.save()

    def state(self) -> dict[str, object]:
        """Give what ``state.json`` holds."""
        return self._keeper.document()

    @property
    def totals(self) -> Totals:
        """Counts of everything that ever ended."""
        return self._tally.totals

    @property
    def recent(self) -> Sequence[Execution]:
        """The last executions that ended, newest first."""
        return self._keeper.recent

    def health(self) -> HealthReport:
        """Judge whether all is well."""
        totals = self.totals
        problems = [str(one) for one in self._reloader.problems if one.severity is Severity.ERROR]
        failing = tuple(
            entry.job.name
            for entry in self._catalogue
            if entry.last is not None and entry.last.state in FAILURES
        )
        ended = totals.succeeded + totals.failed
        checks = {
            "running": True,
            "scheduler_initialized": self._reloader.configuration is not None,
            "scheduler_running": True,
            "jobs_scheduled": not problems,
            "acceptable_failure_rate": totals.failed <= ended * ACCEPTABLE_FAILURE_RATE,
            "uptime_ok": self.uptime >= 0,
        }
        last = self.recent[:1]
        return HealthReport(
            checks=checks,
            message=_verdict(checks, problems),
            uptime=self.uptime,
            job_count=self.job_count,
            running_count=len(self.running),
            failing_jobs=failing,
            problems=tuple(problems),
            next_job=self._agenda.earliest(),
            last_execution=last[0] if last else None,
            totals=totals,
        )

    def _entry(self, name: str) -> Entry:
        entry = self._catalogue.get(name)
        if entry is None:
            raise NoSuchJobError(f"there is no job '{name}'")
        return entry


def _verdict(checks: dict[str, bool], problems: list[str]) -> str:
    if all(checks.values()):
        return "all is well"
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"the configuration has errors: {problems[0]}{more}"
    return "not well: " + ", ".join(name for name, holds in checks.items() if not holds)


def _preview(log: str) -> str:
    try:
        with Path(log).open("rb") as file:
            return file.read(PREVIEW_BYTES).decode(errors="replace")
    except OSError:
        return ""
