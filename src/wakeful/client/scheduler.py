"""The client of ``org.wakeful.Scheduler1``."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusError, BusException, BusGone
from wakeful.adapters.dbus.library import Variant
from wakeful.client import reading
from wakeful.client.errors import RequestRefusedError
from wakeful.client.events import (
    EventStream,
    read_owner_change,
    read_property_change,
    read_signal,
)
from wakeful.client.failures import absent, understand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from types import TracebackType

    from wakeful.client.events import Event
    from wakeful.client.records import (
        DaemonRecord,
        ExecutionRecord,
        HealthRecord,
        HistoryRequest,
        JobDetails,
        JobRecord,
        ReloadRecord,
    )

BUS_NAME: Final = "org.wakeful.Scheduler1"
MANAGER_PATH: Final = "/org/wakeful/Scheduler1"
MANAGER: Final = "org.wakeful.Scheduler1.Manager"
DEADLINE: Final = 10.0
"""Seconds a call may take; nothing the daemon does for us takes longer than a disk."""
START_DEADLINE: Final = 30.0
"""Seconds the bus may take to start the daemon."""
PAGE: Final = 500
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_BUS: Final = "org.freedesktop.DBus"
_BUS_PATH: Final = "/org/freedesktop/DBus"
_NO_FLAGS: Final = 0
_NO_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"
_PAUSE: Final = 0.05

Options = dict[str, Variant]


class SchedulerClient:
    """A connection to the daemon; made by `connect`, closed by leaving ``async with``.

    Every call raises `DaemonUnreachableError` if the daemon is not there or does not answer in
    time, and another `WakefulError` if it refuses.
    """

    def __init__(self, connection: BusConnection, address: str) -> None:
        self._connection = connection
        self._address = address

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
        try:
            connection = await BusConnection.connect(address, timeout=deadline)
        except BusException as error:
            raise understand(error, address) from error
        client = cls(connection, address)
        try:
            await client._find_daemon(start=start)
        except BaseException:
            await connection.close()
            raise
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.close()

    async def list_jobs(self) -> list[JobRecord]:
        """Give all jobs, in the order of the configuration."""
        jobs: list[JobRecord] = []
        after = ""
        while True:
            options = {"limit": Variant("u", PAGE)}
            if after:
                options["after"] = Variant("s", after)
            page, cursor = await self._manager("ListJobs", options=options)
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
        (job,) = await self._manager("GetJob", "s", [name], options)
        return reading.read_details(job)

    async def run_job(self, name: str, *, force: bool = False) -> str:
        """Start a job and give the identifier of the execution, while it runs.

        Args:
            name: The job.
            force: Start it also if it is running already.
        """
        options = {"force": Variant("b", force)} if force else {}
        (execution_id,) = await self._manager("RunJob", "s", [name], options)
        return str(execution_id)

    async def cancel(self, execution_id: str, *, reason: str = "") -> None:
        """Begin to stop an execution; ``reason`` is recorded with it."""
        options = {"reason": Variant("s", reason)} if reason else {}
        await self._manager("CancelExecution", "s", [execution_id], options)

    async def set_job_enabled(self, name: str, *, enabled: bool) -> None:
        """Enable or disable a job; returns when that is on disk."""
        await self._manager("SetJobEnabled", "sb", [name, enabled])

    async def set_enabled(self, *, enabled: bool) -> None:
        """Resume or pause all jobs; returns when that is on disk."""
        await self._manager("SetEnabled", "b", [enabled])

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
            page, following = await self._manager("GetHistory", options=options)
            found.extend(map(reading.read_execution, page))
            if not following or following == cursor:
                break
            cursor = following
        return found[: request.limit]

    async def execution(self, execution_id: str) -> ExecutionRecord:
        """Give one execution."""
        (execution,) = await self._manager("GetExecution", "s", [execution_id])
        return reading.read_execution(execution)

    async def open_log(self, execution_id: str) -> int:
        """Open the output of an execution; the caller closes the file descriptor."""
        (descriptor,) = await self._manager("OpenLog", "s", [execution_id])
        return int(descriptor)

    async def reload(self) -> ReloadRecord:
        """Have the configuration read now."""
        (result,) = await self._manager("Reload")
        return reading.read_reload(result)

    async def health(self) -> HealthRecord:
        """Ask whether all is well."""
        (health,) = await self._manager("Health")
        return reading.read_health(health)

    async def daemon(self) -> DaemonRecord:
        """Give the properties of the daemon."""
        (properties,) = await self._call(
            BUS_NAME, MANAGER_PATH, _PROPERTIES, "GetAll", "s", [MANAGER]
        )
        return reading.read_daemon(properties)

    async def daemon_pid(self) -> int | None:
        """Give the process id of the daemon, or None where the bus cannot know it."""
        try:
            (pid,) = await self._call(
                _BUS, _BUS_PATH, _BUS, "GetConnectionUnixProcessID", "s", [BUS_NAME]
            )
        except RequestRefusedError:
            return None
        return int(pid)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[EventStream]:
        """Receive what happens from now on; nothing is missed once this is entered."""
        stream = EventStream()
        ended = asyncio.create_task(self._report_end(stream))
        try:
            await self._feed(stream)
            yield stream
        finally:
            ended.cancel()

    async def _feed(self, stream: EventStream) -> None:
        """Subscribe to everything that is an event.

        The rules are never removed: they end with the connection, as the client does.
        """

        def into(read: Callable[[str, list[Any]], Event | None]) -> Callable[..., None]:
            def receive(_sender: str, _path: str, member: str, body: list[Any]) -> None:
                event = read(member, body)
                if event is not None:
                    stream.put(event)

            return receive

        subscribe = self._connection.subscribe
        try:
            await subscribe(
                into(read_signal), sender=BUS_NAME, path=MANAGER_PATH, interface=MANAGER
            )
            await subscribe(
                into(lambda _member, body: read_property_change(body)),
                sender=BUS_NAME,
                path=MANAGER_PATH,
                interface=_PROPERTIES,
                member="PropertiesChanged",
                argument0=MANAGER,
            )
            await subscribe(
                into(lambda _member, body: read_owner_change(body)),
                sender=_BUS,
                member="NameOwnerChanged",
                argument0=BUS_NAME,
            )
        except BusException as error:
            raise understand(error, self._address) from error

    async def _report_end(self, stream: EventStream) -> None:
        """End the stream when the connection ends."""
        reason = await self._connection.closed()
        stream.put(understand(BusGone(reason), self._address))

    async def _find_daemon(self, *, start: bool) -> None:
        """Make sure that somebody owns the name.

        Calls proper never start the daemon: one that was stopped while we wait for it must
        stay stopped.
        """
        (owned,) = await self._call(_BUS, _BUS_PATH, _BUS, "NameHasOwner", "s", [BUS_NAME])
        if owned:
            return
        if not start:
            raise absent(self._address)
        await self._call(
            _BUS,
            _BUS_PATH,
            _BUS,
            "StartServiceByName",
            "su",
            [BUS_NAME, _NO_FLAGS],
            deadline=START_DEADLINE,
        )

    async def _manager(
        self,
        member: str,
        signature: str = "",
        arguments: Sequence[Any] = (),
        options: Options | None = None,
    ) -> list[Any]:
        return await self._call(
            BUS_NAME,
            MANAGER_PATH,
            MANAGER,
            member,
            signature + "a{sv}",
            [*arguments, options or {}],
        )

    async def _call(  # noqa: PLR0917 - in the order a D-Bus call is always written
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str,
        body: Sequence[Any],
        *,
        deadline: float = DEADLINE,
    ) -> list[Any]:
        patience = asyncio.get_running_loop().time() + deadline
        while True:
            try:
                return await self._connection.call(
                    destination, path, interface, member, signature, body, deadline, autostart=False
                )
            except BusException as error:
                # A daemon that is just starting has its name a moment before its objects.
                starting = isinstance(error, BusError) and error.name == _NO_OBJECT
                if not starting or asyncio.get_running_loop().time() > patience:
                    raise understand(error, self._address) from error
            await asyncio.sleep(_PAUSE)


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
