"""The typed face: org.wakeful.Scheduler1."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, BinaryIO

import wakeful
from wakeful.adapters.dbus.binding import Call, Interface, method, property_getter
from wakeful.adapters.presence.detail_records import clock_change_record, job_details
from wakeful.adapters.presence.face import Stage, describe_caller
from wakeful.adapters.presence.options import read_options
from wakeful.adapters.presence.records import (
    execution_record,
    explanation_record,
    health_record,
    job_record,
    reload_record,
)
from wakeful.core.errors import InvalidArgumentError
from wakeful.core.event import (
    ConfigurationRejected,
    ConfigurationReloaded,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    JobChanged,
    SchedulerToggled,
)
from wakeful.core.execution import ExecutionState
from wakeful.core.instant import DAY
from wakeful.data import read_data
from wakeful.services.ports import HistoryQuery

if TYPE_CHECKING:
    from wakeful.adapters.presence.records import Record
    from wakeful.services.scheduler import Scheduler

NAME = "org.wakeful.Scheduler1"
PATH = "/org/wakeful/Scheduler1"
INTERFACE = "org.wakeful.Scheduler1.Manager"
PACE_SECONDS = 0.1
"""How long changes of jobs are gathered, so that a burst comes as one signal a job."""
USUAL_PAGE = 100
LARGEST_PAGE = 1000
LARGEST_JOB_PAGE = 2000
USUAL_SLOTS = 5
USUAL_OUTLOOK = 2 * 366 * DAY
LONGEST_OUTLOOK = 20 * 366 * DAY
"""How far ahead, in microseconds, changes of the clock are looked for."""
_HISTORY_OPTIONS = {
    "job": "s",
    "states": "as",
    "since": "t",
    "until": "t",
    "limit": "u",
    "cursor": "s",
}


class Manager:
    """The manager object: methods and properties as described in the shipped XML."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    @method("ListJobs")
    def list_jobs(self, call: Call, options: dict[str, Any]) -> tuple[list[Record], str]:  # noqa: ARG002 - every handler is given the call
        """List jobs, by page."""
        wanted = read_options(options, {"limit": "u", "after": "s"})
        reports = self._scheduler.jobs()
        if "after" in wanted:
            names = [report.job.name for report in reports]
            if wanted["after"] not in names:
                raise InvalidArgumentError(f"there is no job '{wanted['after']}' to continue after")
            reports = reports[names.index(wanted["after"]) + 1 :]
        limit = min(wanted.get("limit", LARGEST_JOB_PAGE), LARGEST_JOB_PAGE)
        page = reports[:limit]
        cursor = page[-1].job.name if page and len(reports) > limit else ""
        return [job_record(report) for report in page], cursor

    @method("GetJob")
    def get_job(self, call: Call, name: str, options: dict[str, Any]) -> Record:  # noqa: ARG002 - every handler is given the call
        """Show one job."""
        count = min(read_options(options, {"slots": "u"}).get("slots", USUAL_SLOTS), LARGEST_PAGE)
        slots = self._scheduler.slots(name, count)
        notes = self._scheduler.slot_notes(name, slots)
        return job_details(self._scheduler.job(name), slots, notes)

    @method("RunJob")
    async def run_job(self, call: Call, name: str, options: dict[str, Any]) -> str:
        """Start a job."""
        force = read_options(options, {"force": "b"}).get("force", False)
        caller = await describe_caller(call)
        execution = await self._scheduler.run(name, requested_by=caller, force=force)
        return execution.execution_id

    @method("CancelExecution")
    async def cancel(self, call: Call, execution_id: str, options: dict[str, Any]) -> None:
        """Stop an execution."""
        reason = read_options(options, {"reason": "s"}).get("reason")
        if not reason:
            reason = f"cancelled by {await describe_caller(call)}"
        await self._scheduler.cancel(execution_id, reason=reason)

    @method("SetJobEnabled")
    async def set_job_enabled(
        self,
        call: Call,  # noqa: ARG002 - every handler is given the call
        name: str,
        enabled: bool,  # noqa: FBT001 - as on the bus
        options: dict[str, Any],
    ) -> None:
        """Enable or disable a job."""
        read_options(options, {})
        await self._scheduler.set_job_enabled(name, enabled=enabled)

    @method("SetEnabled")
    async def set_enabled(self, call: Call, enabled: bool, options: dict[str, Any]) -> None:  # noqa: ARG002, FBT001 - as on the bus
        """Resume or pause all jobs."""
        read_options(options, {})
        await self._scheduler.set_enabled(enabled=enabled)

    @method("GetHistory")
    async def get_history(self, call: Call, options: dict[str, Any]) -> tuple[list[Record], str]:  # noqa: ARG002 - every handler is given the call
        """List executions, by page."""
        wanted = read_options(options, _HISTORY_OPTIONS)
        limit = min(wanted.get("limit", USUAL_PAGE), LARGEST_PAGE)
        query = HistoryQuery(
            job=wanted.get("job"),
            states=tuple(_state(text) for text in wanted.get("states", [])),
            since=wanted.get("since"),
            until=wanted.get("until"),
            limit=limit + 1,
            before=wanted.get("cursor") or None,
        )
        found = await self._scheduler.history(query)
        page = found[:limit]
        cursor = page[-1].execution_id if page and len(found) > limit else ""
        return [execution_record(execution) for execution in page], cursor

    @method("GetExecution")
    async def get_execution(self, call: Call, execution_id: str, options: dict[str, Any]) -> Record:  # noqa: ARG002 - every handler is given the call
        """Show one execution."""
        read_options(options, {})
        return execution_record(await self._scheduler.execution(execution_id))

    @method("OpenLog")
    async def open_log(self, call: Call, execution_id: str, options: dict[str, Any]) -> BinaryIO:  # noqa: ARG002 - every handler is given the call
        """Hand out the output of an execution."""
        read_options(options, {})
        return await self._scheduler.open_log(execution_id)

    @method("Explain")
    async def explain(self, call: Call, job: str, at: int, options: dict[str, Any]) -> Record:  # noqa: ARG002 - every handler is given the call
        """Say what became of a slot, or what stands in the way of the next one."""
        read_options(options, {})
        return explanation_record(await self._scheduler.explain(job, at or None))

    @method("AnswerMissed")
    async def answer_missed(
        self,
        call: Call,  # noqa: ARG002 - every handler is given the call
        job: str,
        run: bool,  # noqa: FBT001 - as on the bus
        options: dict[str, Any],
    ) -> None:
        """Decide on the missed slot of a job that asks."""
        read_options(options, {})
        await self._scheduler.answer(job, run=run)

    @method("ListClockChanges")
    async def list_clock_changes(
        self,
        call: Call,  # noqa: ARG002 - every handler is given the call
        options: dict[str, Any],
    ) -> tuple[list[Record], list[str]]:
        """List when a change of the clock affects jobs."""
        wanted = read_options(options, {"job": "s", "until": "t"})
        now = self._scheduler.now()
        until = min(wanted.get("until", now + USUAL_OUTLOOK), now + LONGEST_OUTLOOK)
        changes, untold = await self._scheduler.clock_changes(wanted.get("job"), until)
        return [clock_change_record(change) for change in changes], untold

    @method("Reload")
    async def reload(self, call: Call, options: dict[str, Any]) -> Record:  # noqa: ARG002 - every handler is given the call
        """Read the configuration."""
        read_options(options, {})
        return reload_record(await self._scheduler.reload())

    @method("Health")
    def health(self, call: Call, options: dict[str, Any]) -> Record:  # noqa: ARG002 - every handler is given the call
        """Judge whether all is well."""
        read_options(options, {})
        return health_record(self._scheduler.health())

    @property_getter("Version")
    def version(self) -> str:
        """Version of the daemon."""
        return wakeful.__version__

    @property_getter("Enabled")
    def enabled(self) -> bool:
        """Whether jobs run by the clock."""
        return self._scheduler.enabled

    @property_getter("Timezone")
    def timezone(self) -> str:
        """The zone of jobs that name none."""
        return self._scheduler.timezone

    @property_getter("ConfigurationFile")
    def configuration_file(self) -> str:
        """The configuration file."""
        return str(self._scheduler.source.path)

    @property_getter("StateDirectory")
    def state_directory(self) -> str:
        """The folder of the state."""
        return str(self._scheduler.state_directory)

    @property_getter("StartedAt")
    def started_at(self) -> int:
        """When the daemon started."""
        return self._scheduler.started_at

    @property_getter("JobCount")
    def job_count(self) -> int:
        """How many jobs there are."""
        return self._scheduler.job_count

    @property_getter("RunningCount")
    def running_count(self) -> int:
        """How many executions live."""
        return len(self._scheduler.running)


def _state(text: str) -> ExecutionState:
    try:
        return ExecutionState(text)
    except ValueError:
        known = ", ".join(state.value for state in ExecutionState)
        raise InvalidArgumentError(f"there is no state '{text}'", hint=f"known: {known}") from None


class ManagerFace:
    """Shows the manager on the bus, and tells what happens."""

    names = (NAME,)

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._changed: dict[str, None] = {}
        self._flush: asyncio.TimerHandle | None = None

    def appear(self, stage: Stage) -> None:
        """Export the manager."""
        self._stage = stage
        xml = read_data("dbus/org.wakeful.Scheduler1.xml")
        stage.server.export(PATH, Interface.from_xml(xml, Manager(stage.scheduler), INTERFACE))

    def read_event(self, event: Event) -> None:
        """Turn an event into a signal."""
        if isinstance(event, JobChanged):
            self._changed[event.job] = None
            if self._flush is None:
                loop = asyncio.get_running_loop()
                self._flush = loop.call_later(PACE_SECONDS, self._tell_changes)
        elif isinstance(event, ExecutionStarted):
            execution = event.execution
            self._emit(
                "ExecutionStarted",
                execution.execution_id,
                execution.job,
                execution.slot or 0,
                execution.cause.value,
            )
        elif isinstance(event, ExecutionFinished):
            execution = event.execution
            self._emit(
                "ExecutionFinished",
                execution.execution_id,
                execution.job,
                execution.state.value,
                execution_record(execution),
            )
        elif isinstance(event, ConfigurationReloaded):
            self._emit("ConfigReloaded", reload_record(event))
            self._properties_changed("Timezone", "Enabled")
        elif isinstance(event, ConfigurationRejected):
            self._emit("ConfigRejected", [str(problem) for problem in event.problems])
        elif isinstance(event, SchedulerToggled):
            self._properties_changed("Enabled")

    def _tell_changes(self) -> None:
        self._flush = None
        changed, self._changed = self._changed, {}
        for name in changed:
            self._emit("JobChanged", name)

    def _emit(self, member: str, *arguments: object) -> None:
        if self._stage is not None:
            self._stage.server.emit(PATH, INTERFACE, member, *arguments)

    def _properties_changed(self, *names: str) -> None:
        if self._stage is not None:
            self._stage.server.properties_changed(PATH, INTERFACE, names)


FACE = ManagerFace
