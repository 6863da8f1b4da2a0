"""The flat face: com.aiworkflow.BotCron, for programs made for the original cron daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wakeful.adapters.dbus.binding import Call, Interface, method, property_getter
from wakeful.adapters.presence.face import Stage, describe_caller
from wakeful.adapters.presence.flat import FlatMethods, answer
from wakeful.core.errors import WakefulError
from wakeful.core.event import (
    ConfigurationReloaded,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    JobToggled,
    SchedulerToggled,
    StatusChanged,
)
from wakeful.core.execution import ExecutionState
from wakeful.data import read_data

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.services.scheduler import Scheduler

NAME = "com.aiworkflow.BotCron"
ALIAS = "com.aiworkflow.CronScheduler"


def _path(name: str) -> str:
    return "/" + name.replace(".", "/")


class BotCron:
    """The flat object. Every answer is JSON; what goes wrong is said in it, not as an error."""

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self._scheduler = scheduler
        self._methods = FlatMethods(scheduler, name)

    @method("CallMethod")
    async def call_method(self, call: Call, name: str, arguments: str) -> str:
        """Call any method by name."""
        caller = await describe_caller(call)
        return await answer(self._methods.call_by_name(name, arguments, caller))

    @method("run_job", "RunJob")
    async def run_job(self, call: Call, job_name: str) -> str:
        """Start a job."""
        caller = await describe_caller(call)
        return await answer(self._methods.run_job(caller, job_name))

    @method("list_jobs", "ListJobs")
    async def list_jobs(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """List jobs; an array."""
        return _json(self._methods.job_entries())

    @method("get_history", "GetHistory", also=("",))
    async def get_history(self, call: Call, limit: int = 20) -> str:  # noqa: ARG002 - every handler is given the call
        """List executions; an array."""
        try:
            return _json(await self._methods.history_entries(limit))
        except WakefulError as error:
            return _json({"success": False, "error": str(error)})

    @method("toggle_job", "ToggleJob", also=("sb",))
    async def toggle_job(self, call: Call, job_name: str, enabled: str | bool) -> str:  # noqa: ARG002, FBT001 - as on the bus
        """Enable or disable a job."""
        return await answer(self._methods.toggle_job("", job_name, enabled))

    @method("enable_job", "EnableJob")
    async def enable_job(self, call: Call, job_name: str) -> str:  # noqa: ARG002 - every handler is given the call
        """Enable a job."""
        return await answer(self._methods.enable_job("", job_name))

    @method("disable_job", "DisableJob")
    async def disable_job(self, call: Call, job_name: str) -> str:  # noqa: ARG002 - every handler is given the call
        """Disable a job."""
        return await answer(self._methods.disable_job("", job_name))

    @method("toggle_scheduler", "ToggleScheduler", also=("s",))
    async def toggle_scheduler(self, call: Call, enabled: str | bool) -> str:  # noqa: ARG002, FBT001 - as on the bus
        """Resume or pause all jobs."""
        return await answer(self._methods.toggle_scheduler("", enabled))

    @method("get_config", "GetConfig", also=("s",))
    async def get_config(self, call: Call, section: str, key: str = "") -> str:  # noqa: ARG002 - every handler is given the call
        """Read a value of the configuration; the bare value."""
        try:
            return _json(await self._methods.config_value(section, key or None))
        except WakefulError as error:
            return _json({"success": False, "error": str(error)})

    @method("update_config", "UpdateConfig")
    async def update_config(self, call: Call, section: str, key: str, value: str) -> str:  # noqa: ARG002 - every handler is given the call
        """Change a value of the configuration; what is not JSON is a text."""
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = value
        return await answer(self._methods.update_config("", section, key, parsed))

    @method("reload_config", "ReloadConfig")
    async def reload_config(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Read the configuration now."""
        return await answer(self._methods.reload_config(""))

    @method("get_state", "GetState")
    async def get_state(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Give the whole state."""
        return await answer(self._methods.get_state(""))

    @method("write_state", "WriteState")
    async def write_state(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Write state.json now."""
        return await answer(self._methods.write_state(""))

    @method("Ping")
    def ping(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Answer."""
        return "pong"

    @method("GetStatus")
    async def get_status(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Give the daemon's state."""
        return _json(await self._methods.get_status(""))

    @method("GetStats")
    async def get_stats(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Give the daemon's state without executions."""
        return _json(await self._methods.get_stats(""))

    @method("HealthCheck")
    async def health_check(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Judge whether all is well."""
        return _json(await self._methods.health_check(""))

    @method("Shutdown")
    async def shutdown(self, call: Call) -> str:  # noqa: ARG002 - every handler is given the call
        """Stop the daemon."""
        return _json(await self._methods.shutdown(""))

    @property_getter("Running")
    def running(self) -> bool:
        """Whether the daemon takes work."""
        return True

    @property_getter("Uptime")
    def uptime(self) -> float:
        """Seconds since the start, sleep included."""
        return self._scheduler.uptime

    @property_getter("Stats")
    def stats(self) -> str:
        """What GetStats answers."""
        return _json(self._methods.stats())


class BotCronFace:
    """Shows the flat object under its name, and under the older one where that is wanted."""

    names = (NAME,)

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._shown: list[str] = []

    def appear(self, stage: Stage) -> None:
        """Export the object."""
        self._stage = stage
        self._show(NAME, stage)
        if stage.scheduler.cron_scheduler_alias:
            self._show(ALIAS, stage)
            stage.claim_name(ALIAS)

    def _show(self, name: str, stage: Stage) -> None:
        xml = read_data("dbus/com.aiworkflow.BotCron.xml")
        xml = xml.replace(NAME, name).replace(_path(NAME), _path(name))
        stage.server.export(
            _path(name), Interface.from_xml(xml, BotCron(stage.scheduler, name), name)
        )
        self._shown.append(name)

    def _follow_alias(self, stage: Stage) -> None:
        wanted = stage.scheduler.cron_scheduler_alias
        if wanted and ALIAS not in self._shown:
            self._show(ALIAS, stage)
            stage.claim_name(ALIAS)
        elif not wanted and ALIAS in self._shown:
            stage.server.unexport(_path(ALIAS))
            self._shown.remove(ALIAS)
            stage.release_name(ALIAS)

    def read_event(self, event: Event) -> None:
        """Turn an event into signals."""
        match event:
            case ExecutionStarted(execution):
                self._emit("JobStarted", execution.job, execution.execution_id)
                self._event("job_started", _summary(execution))
            case ExecutionFinished(execution):
                self._finished(execution)
            case SchedulerToggled(enabled):
                self._emit("SchedulerToggled", enabled)
                self._event("scheduler_toggled", {"enabled": enabled})
            case JobToggled(job, enabled):
                self._event("job_toggled", {"job": job, "enabled": enabled})
            case StatusChanged(status):
                self._emit("StatusChanged", status)
            case ConfigurationReloaded():
                if self._stage is not None:
                    self._follow_alias(self._stage)
                summary = {
                    "added": event.added,
                    "removed": event.removed,
                    "changed": event.changed,
                    "problems": [str(problem) for problem in event.problems],
                }
                self._emit("ConfigReloaded", _json(summary))
                self._event("config_reloaded", summary)
            case _:
                pass

    def _finished(self, execution: Execution) -> None:
        summary = _summary(execution)
        if execution.state is ExecutionState.SUCCEEDED:
            self._emit("JobCompleted", execution.job, execution.execution_id, _json(summary))
            self._event("job_completed", summary)
        else:
            error = execution.reason or execution.state.value
            self._emit("JobFailed", execution.job, execution.execution_id, error)
            self._event("job_failed", summary | {"error": error})

    def _event(self, kind: str, data: dict[str, Any]) -> None:
        self._emit("Event", kind, _json(data))

    def _emit(self, member: str, *arguments: object) -> None:
        if self._stage is not None:
            for name in self._shown:
                self._stage.server.emit(_path(name), name, member, *arguments)


def _summary(execution: Execution) -> dict[str, Any]:
    duration = execution.duration
    return {
        "job": execution.job,
        "execution_id": execution.execution_id,
        "status": execution.state.value,
        "cause": execution.cause.value,
        "exit_status": execution.exit_status,
        "duration_ms": None if duration is None else duration // 1000,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


FACE = BotCronFace
