"""The client of ``org.wakeful.Scheduler1``."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self

from wakeful.adapters.dbus.library import Variant
from wakeful.client import reading
from wakeful.client.errors import DaemonUnreachableError, RequestRefusedError
from wakeful.client.events import EventStream
from wakeful.client.subscription import feed
from wakeful.client.wire import (
    BUS_NAME,
    DEADLINE,
    MANAGER,
    MANAGER_PATH,
    POWER,
    POWER_PATH,
    Options,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from wakeful.client.records import (
        ClockChanges,
        DaemonRecord,
        ExecutionRecord,
        ExplanationRecord,
        HealthRecord,
        HistoryRequest,
        JobDetails,
        JobRecord,
        PeriodRecord,
        PowerRecord,
        ReloadRecord,
    )
    from wakeful.core.instant import Instant

PAGE: Final = 500


class SchedulerClient:
    """A connection to the daemon; made by `connect`, closed by leaving ``async with``.

    Every call raises `DaemonUnreachableError` if the daemon is not there or does not answer in
    time, and another `WakefulError` if it refuses.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @classmethod
    async def connect(cls, address: str, *, start: bool = True, deadline: float = DEADLINE) -> Self:
        """Connect to the daemon on a bus.

        Args:
            address: ``session``, ``system`` or a D-Bus address.
            start: Let the bus start the daemon, if it knows how and it is not running.
            deadline: Seconds for reaching the bus.

        Raises:
            DaemonUnreachableError: There is no bus, or no daemon on it.
        """
        return cls(await Wire.connect(address, start=start, deadline=deadline))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._wire.close()

    async def list_jobs(self) -> list[JobRecord]:
        """Give all jobs, in the order of the configuration."""
        jobs: list[JobRecord] = []
        after = ""
        while True:
            options = {"limit": Variant("u", PAGE)}
            if after:
                options["after"] = Variant("s", after)
            page, cursor = await self._wire.manager("ListJobs", options=options)
            jobs.extend(map(reading.read_job, page))
            if not cursor or cursor == after:
                return jobs
            after = cursor

    async def get_job(self, name: str, *, slots: int | None = None) -> JobDetails:
        """Give everything about one job.

        Args:
            name: The job.
            slots: How many next slots; the daemon's choice unless told.
        """
        options = {} if slots is None else {"slots": Variant("u", slots)}
        (job,) = await self._wire.manager("GetJob", "s", [name], options)
        return reading.read_details(job)

    async def run_job(self, name: str, *, force: bool = False) -> str:
        """Start a job and give the identifier of the execution, while it runs.

        Args:
            name: The job.
            force: Start it also if it is running already.
        """
        options = {"force": Variant("b", force)} if force else {}
        (execution_id,) = await self._wire.manager("RunJob", "s", [name], options)
        return str(execution_id)

    async def cancel(self, execution_id: str, *, reason: str = "") -> None:
        """Begin to stop an execution; ``reason`` is recorded with it."""
        options = {"reason": Variant("s", reason)} if reason else {}
        await self._wire.manager("CancelExecution", "s", [execution_id], options)

    async def set_job_enabled(self, name: str, *, enabled: bool) -> None:
        """Enable or disable a job; returns when that is on disk."""
        await self._wire.manager("SetJobEnabled", "sb", [name, enabled])

    async def set_enabled(self, *, enabled: bool) -> None:
        """Resume or pause all jobs; returns when that is on disk."""
        await self._wire.manager("SetEnabled", "b", [enabled])

    async def history(self, request: HistoryRequest) -> list[ExecutionRecord]:
        """List executions, newest first, in as many calls as it takes."""
        fixed = _history_options(request)
        found: list[ExecutionRecord] = []
        cursor = ""
        while request.limit is None or len(found) < request.limit:
            wanted = PAGE if request.limit is None else min(request.limit - len(found), PAGE)
            options = {**fixed, "limit": Variant("u", wanted)}
            if cursor:
                options["cursor"] = Variant("s", cursor)
            page, following = await self._wire.manager("GetHistory", options=options)
            found.extend(map(reading.read_execution, page))
            if not following or following == cursor:
                break
            cursor = following
        return found[: request.limit]

    async def execution(self, execution_id: str) -> ExecutionRecord:
        """Give one execution."""
        (execution,) = await self._wire.manager("GetExecution", "s", [execution_id])
        return reading.read_execution(execution)

    async def open_log(self, execution_id: str) -> int:
        """Open the output of an execution; the caller closes the file descriptor."""
        (descriptor,) = await self._wire.manager("OpenLog", "s", [execution_id])
        return int(descriptor)

    async def explain(self, job: str, at: Instant | None = None) -> ExplanationRecord:
        """Ask what became of a slot.

        Args:
            job: Its job.
            at: The last slot until then; None for the next one.
        """
        (explanation,) = await self._wire.manager("Explain", "st", [job, at or 0])
        return reading.read_explanation(explanation)

    async def answer_missed(self, job: str, *, run: bool) -> None:
        """Decide on the missed slot of a job that asks; returns when that is on disk."""
        await self._wire.manager("AnswerMissed", "sb", [job, run])

    async def clock_changes(self, job: str = "", *, until: Instant) -> ClockChanges:
        """Ask when changes of the clock affect a job, or any if none is named."""
        options = {"until": Variant("t", until)}
        if job:
            options["job"] = Variant("s", job)
        changes, untold = await self._wire.manager("ListClockChanges", options=options)
        return reading.read_clock_changes(changes, untold)

    async def power(self) -> PowerRecord:
        """Ask about sleep and wake-ups."""
        return reading.read_power(await self._wire.properties(POWER_PATH, POWER))

    async def periods(
        self, *, since: Instant | None = None, limit: int | None = None
    ) -> list[PeriodRecord]:
        """List sleeps, absences and clock steps, newest first; the daemon's choice how many."""
        options: Options = {}
        if since is not None:
            options["since"] = Variant("t", since)
        if limit is not None:
            options["limit"] = Variant("u", limit)
        (periods,) = await self._wire.power("ListPeriods", options)
        return [reading.read_period(one) for one in periods]

    async def reload(self) -> ReloadRecord:
        """Have the configuration read now."""
        (result,) = await self._wire.manager("Reload")
        return reading.read_reload(result)

    async def health(self) -> HealthRecord:
        """Ask whether all is well."""
        (health,) = await self._wire.manager("Health")
        return reading.read_health(health)

    async def daemon(self) -> DaemonRecord:
        """Give the properties of the daemon."""
        return reading.read_daemon(await self._wire.properties(MANAGER_PATH, MANAGER))

    async def daemon_pid(self) -> int | None:
        """Give the process id of the daemon, or None where the bus cannot know it."""
        try:
            (pid,) = await self._wire.bus("GetConnectionUnixProcessID", "s", [BUS_NAME])
        except RequestRefusedError:
            return None
        return int(pid)

    async def owns(self, name: str) -> bool:
        """Say whether the daemon has another name on its bus, too."""
        try:
            (owner,) = await self._wire.bus("GetNameOwner", "s", [name])
        except DaemonUnreachableError:  # what the absence of an owner reads as
            return False
        (daemon,) = await self._wire.bus("GetNameOwner", "s", [BUS_NAME])
        return bool(owner == daemon)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[EventStream]:
        """Receive what happens from now on; nothing is missed once this is entered."""
        stream = EventStream()
        ended = asyncio.create_task(self._wire.report_end(stream))
        try:
            await feed(self._wire, stream)
            yield stream
        finally:
            ended.cancel()


def _history_options(request: HistoryRequest) -> Options:
    """Give the options that stay the same from page to page."""
    options: Options = {}
    if request.job:
        options["job"] = Variant("s", request.job)
    if request.states:
        options["states"] = Variant("as", list(request.states))
    if request.since is not None:
        options["since"] = Variant("t", max(request.since, 0))
    if request.until is not None:
        options["until"] = Variant("t", max(request.until, 0))
    return options
