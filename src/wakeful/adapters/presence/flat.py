"""The methods of the flat face: plain arguments in, objects for JSON out."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from wakeful.adapters.presence.flat_records import (
    execution_entry,
    health_entry,
    job_entry,
)
from wakeful.core.errors import InvalidArgumentError, WakefulError
from wakeful.core.instant import to_iso
from wakeful.services.ports import HistoryQuery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wakeful.services.scheduler import Scheduler

    Answer = dict[str, Any]
    FlatMethod = Callable[..., Awaitable[Answer]]

USUAL_HISTORY = 20
RECENT = 10
LARGEST_HISTORY = 1000
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


def truth(value: object) -> bool:
    """Read a switch: a boolean, a number, or a text such as ``false``.

    Raises:
        InvalidArgumentError: It is none of these.
    """
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise InvalidArgumentError(f"{value!r} is neither true nor false")


async def answer(outcome: Awaitable[dict[str, Any]]) -> str:
    """Turn an outcome into the JSON that a client gets; also what goes wrong."""
    try:
        result = await outcome
    except WakefulError as error:
        result = {"success": False, "error": str(error)}
    return json.dumps(result, ensure_ascii=False, allow_nan=False)


class FlatMethods:
    """All methods by their snake_case names. The first argument is who calls."""

    def __init__(self, scheduler: Scheduler, service_name: str) -> None:
        self._scheduler = scheduler
        self._service_name = service_name
        methods: tuple[FlatMethod, ...] = (
            self.run_job,
            self.list_jobs,
            self.get_history,
            self.toggle_job,
            self.toggle_scheduler,
            self.enable_job,
            self.disable_job,
            self.get_config,
            self.update_config,
            self.reload_config,
            self.get_state,
            self.write_state,
            self.ping,
            self.get_status,
            self.get_stats,
            self.health_check,
            self.shutdown,
        )
        self._by_name = {method.__name__: method for method in methods}
        self._by_name |= {
            "".join(part.title() for part in name.split("_")): method
            for name, method in self._by_name.items()
        }

    async def call_by_name(self, name: str, arguments: str, caller: str) -> Answer:
        """Call a method with arguments in JSON: an array, an object, or a single value.

        Raises:
            InvalidArgumentError: There is no such method, or these are not its arguments.
        """
        found = self._by_name.get(name)
        if found is None:
            raise InvalidArgumentError(f"Unknown handler: {name}")
        positional, named = _parse_arguments(arguments)
        signature = inspect.signature(found)
        try:
            bound = signature.bind(caller, *positional, **named)
        except TypeError:
            known = ", ".join(list(signature.parameters)[1:]) or "nothing"
            raise InvalidArgumentError(f"{name} takes {known}") from None
        return await found(*bound.args, **bound.kwargs)

    async def run_job(self, caller: str, job_name: str) -> Answer:
        """Start a job; answers while it runs."""
        execution = await self._scheduler.run(_text(job_name, "job_name"), requested_by=caller)
        return {"success": True, "job": job_name, "execution_id": execution.execution_id}

    def job_entries(self) -> list[Answer]:
        """List all jobs."""
        return [job_entry(report) for report in self._scheduler.jobs()]

    async def list_jobs(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """List all jobs, in an object."""
        return {"jobs": self.job_entries()}

    async def history_entries(self, limit: object = USUAL_HISTORY) -> list[Answer]:
        """List executions, newest first."""
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise InvalidArgumentError(f"limit must be a number from 0, not {limit!r}")
        found = await self._scheduler.history(HistoryQuery(limit=min(limit, LARGEST_HISTORY)))
        previews = await self._scheduler.previews(found)
        skills = {report.job.name: report.job.skill for report in self._scheduler.jobs()}
        return [
            execution_entry(execution, skills.get(execution.job, ""), preview)
            for execution, preview in zip(found, previews, strict=True)
        ]

    async def get_history(self, caller: str, limit: int = USUAL_HISTORY) -> Answer:  # noqa: ARG002 - one signature for all
        """List executions, in an object."""
        return {"success": True, "history": await self.history_entries(limit)}

    async def toggle_job(self, caller: str, job_name: str, enabled: object) -> Answer:  # noqa: ARG002 - one signature for all
        """Enable or disable a job."""
        wanted = truth(enabled)
        await self._scheduler.set_job_enabled(_text(job_name, "job_name"), enabled=wanted)
        message = f"Job {job_name} {'enabled' if wanted else 'disabled'}"
        return {"success": True, "job": job_name, "enabled": wanted, "message": message}

    async def enable_job(self, caller: str, job_name: str) -> Answer:
        """Enable a job."""
        return await self.toggle_job(caller, job_name, enabled=True)

    async def disable_job(self, caller: str, job_name: str) -> Answer:
        """Disable a job."""
        return await self.toggle_job(caller, job_name, enabled=False)

    async def toggle_scheduler(self, caller: str, enabled: object) -> Answer:  # noqa: ARG002 - one signature for all
        """Resume or pause all jobs."""
        wanted = truth(enabled)
        await self._scheduler.set_enabled(enabled=wanted)
        message = f"Scheduler {'enabled' if wanted else 'disabled'}"
        return {"success": True, "enabled": wanted, "message": message}

    async def config_value(self, section: str, key: str | None) -> object:
        """Read a value of the configuration."""
        wanted = None if key is None else _text(key, "key")
        return await self._scheduler.source.section(_text(section, "section"), wanted)

    async def get_config(
        self,
        caller: str,  # noqa: ARG002 - one signature for all
        section: str = "schedules",
        key: str | None = None,
    ) -> Answer:
        """Read a value of the configuration, in an object."""
        return {"success": True, "value": await self.config_value(section, key)}

    async def update_config(self, caller: str, section: str, key: str, value: object) -> Answer:  # noqa: ARG002 - one signature for all
        """Change a value of the configuration and put it in force."""
        await self._scheduler.update_configuration(
            _text(section, "section"), _text(key, "key"), value
        )
        message = f"Updated {section}.{key}"
        return {
            "success": True,
            "section": section,
            "key": key,
            "value": value,
            "message": message,
        }

    async def reload_config(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Read the configuration now."""
        outcome = await self._scheduler.reload()
        return {
            "success": True,
            "message": f"Configuration reloaded, {self._scheduler.job_count} jobs",
            "added": outcome.added,
            "removed": outcome.removed,
            "changed": outcome.changed,
            "problems": [str(problem) for problem in outcome.problems],
        }

    async def get_state(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Give everything at once, for a screen."""
        scheduler = self._scheduler
        state = {
            "enabled": scheduler.enabled,
            "timezone": scheduler.timezone,
            "execution_mode": scheduler.execution_mode,
            "jobs": self.job_entries(),
            "history": await self.history_entries(),
            "total_history": scheduler.totals.executions,
            "updated_at": to_iso(scheduler.now()),
        }
        return {"success": True, "state": state}

    async def write_state(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Write state.json now."""
        await self._scheduler.write_state()
        return {"success": True, "file": str(self._scheduler.state_directory / "state.json")}

    async def ping(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Answer."""
        return {"success": True, "message": "pong"}

    def stats(self) -> Answer:
        """Give the daemon's state."""
        scheduler = self._scheduler
        reports = scheduler.jobs()
        return {
            "running": True,
            "uptime": scheduler.uptime,
            "service_name": self._service_name,
            "jobs_executed": scheduler.totals.executions,
            "jobs_failed": scheduler.totals.failed,
            "enabled": scheduler.enabled,
            "execution_mode": scheduler.execution_mode,
            "timezone": scheduler.timezone,
            "jobs": [report.job.name for report in reports],
            "job_count": len(reports),
        }

    async def get_stats(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Give the daemon's state."""
        return self.stats()

    async def get_status(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Give the daemon's state and the last executions."""
        return self.stats() | {"recent_executions": await self.history_entries(RECENT)}

    async def health_check(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Judge whether all is well."""
        return health_entry(self._scheduler.health(), self._scheduler.now())

    async def shutdown(self, caller: str) -> Answer:  # noqa: ARG002 - one signature for all
        """Stop the daemon; the answer goes out first."""
        self._scheduler.shutdown()
        return {"success": True, "message": "Shutdown initiated"}


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name} must be a text")
    return value


def _parse_arguments(text: str) -> tuple[list[Any], dict[str, Any]]:
    if not text.strip():
        return [], {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"the arguments are not JSON: {error}") from None
    if isinstance(parsed, dict):
        return [], parsed
    return (parsed if isinstance(parsed, list) else [parsed]), {}
