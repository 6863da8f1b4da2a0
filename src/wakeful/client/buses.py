"""What is there on a bus, for those who look for what is missing."""

from __future__ import annotations

from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusException
from wakeful.client.failures import understand
from wakeful.client.wire import BUS, BUS_PATH

SECONDS = 5.0


async def services_on(address: str) -> frozenset[str]:
    """Give the names that are owned on a bus, or would be as soon as somebody asks for them.

    Args:
        address: ``session``, ``system`` or a D-Bus address.

    Raises:
        DaemonUnreachableError: There is no bus.
        WakefulError: It does not answer.
    """
    try:
        connection = await BusConnection.connect(address, timeout=SECONDS)
        try:
            found: set[str] = set()
            for member in ("ListNames", "ListActivatableNames"):
                (names,) = await connection.call(BUS, BUS_PATH, BUS, member, timeout=SECONDS)
                found.update(map(str, names))
        finally:
            await connection.close()
    except BusException as error:
        raise understand(error, address) from error
    return frozenset(name for name in found if not name.startswith(":"))
