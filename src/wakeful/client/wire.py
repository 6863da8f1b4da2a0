"""The wire to the daemon: a connection on which calls are made and what fails is understood."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Self

from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusError, BusException, BusGone
from wakeful.client.failures import absent, understand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.adapters.dbus.library import Variant
    from wakeful.client.events import EventStream
    from wakeful.core.errors import WakefulError

BUS_NAME: Final = "org.wakeful.Scheduler1"
MANAGER_PATH: Final = "/org/wakeful/Scheduler1"
MANAGER: Final = "org.wakeful.Scheduler1.Manager"
POWER_PATH: Final = "/org/wakeful/Scheduler1/power"
POWER: Final = "org.wakeful.Scheduler1.Power"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
BUS: Final = "org.freedesktop.DBus"
BUS_PATH: Final = "/org/freedesktop/DBus"
DEADLINE: Final = 10.0
"""Seconds a call may take; nothing the daemon does for us takes longer than a disk."""
START_DEADLINE: Final = 30.0
"""Seconds the bus may take to start the daemon."""
_NO_FLAGS: Final = 0
_NO_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"
_PAUSE: Final = 0.05

Options = dict[str, "Variant"]


class Wire:
    """A connection to the bus of the daemon.

    Every call raises `DaemonUnreachableError` if the daemon is not there or does not answer in
    time, and another `WakefulError` if it refuses.

    Args:
        connection: To the bus.
        address: The bus, as the user named it.
    """

    def __init__(self, connection: BusConnection, address: str) -> None:
        self.connection = connection
        self._address = address

    @classmethod
    async def connect(cls, address: str, *, start: bool, deadline: float) -> Self:
        """Connect to the daemon; see `wakeful.client.scheduler.SchedulerClient.connect`."""
        try:
            connection = await BusConnection.connect(address, timeout=deadline)
        except BusException as error:
            raise understand(error, address) from error
        wire = cls(connection, address)
        try:
            await wire._find_daemon(start=start)
        except BaseException:
            await connection.close()
            raise
        return wire

    async def close(self) -> None:
        """End the connection."""
        await self.connection.close()

    async def _find_daemon(self, *, start: bool) -> None:
        """Make sure that somebody owns the name.

        Calls proper never start the daemon: one that was stopped while we wait for it must
        stay stopped.
        """
        (owned,) = await self.bus("NameHasOwner", "s", [BUS_NAME])
        if owned:
            return
        if not start:
            raise absent(self._address)
        await self.bus("StartServiceByName", "su", [BUS_NAME, _NO_FLAGS], deadline=START_DEADLINE)

    async def manager(
        self,
        member: str,
        signature: str = "",
        arguments: Sequence[Any] = (),
        options: Options | None = None,
    ) -> list[Any]:
        """Call a method of the manager."""
        body = [*arguments, options or {}]
        return await self.call(BUS_NAME, MANAGER_PATH, MANAGER, member, signature + "a{sv}", body)

    async def power(self, member: str, options: Options | None = None) -> list[Any]:
        """Call a method of the power object."""
        return await self.call(BUS_NAME, POWER_PATH, POWER, member, "a{sv}", [options or {}])

    async def properties(self, path: str, interface: str) -> dict[str, Variant]:
        """Give all properties of an object."""
        (properties,) = await self.call(BUS_NAME, path, PROPERTIES, "GetAll", "s", [interface])
        found: dict[str, Variant] = properties
        return found

    async def bus(
        self, member: str, signature: str, body: Sequence[Any], *, deadline: float = DEADLINE
    ) -> list[Any]:
        """Call a method of the bus itself."""
        return await self.call(BUS, BUS_PATH, BUS, member, signature, body, deadline=deadline)

    async def call(  # noqa: PLR0917 - in the order a D-Bus call is always written
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
        """Call a method."""
        patience = asyncio.get_running_loop().time() + deadline
        while True:
            try:
                return await self.connection.call(
                    destination, path, interface, member, signature, body, deadline, autostart=False
                )
            except BusException as error:
                # A daemon that is just starting has its name a moment before its objects.
                starting = isinstance(error, BusError) and error.name == _NO_OBJECT
                if not starting or asyncio.get_running_loop().time() > patience:
                    raise self.understand(error) from error
            await asyncio.sleep(_PAUSE)

    def understand(self, error: BusException) -> WakefulError:
        """Turn what the bus layer raised into an error with a sentence for people."""
        return understand(error, self._address)

    async def report_end(self, stream: EventStream) -> None:
        """End a stream of events when the connection ends."""
        reason = await self.connection.closed()
        stream.put(self.understand(BusGone(reason)))
