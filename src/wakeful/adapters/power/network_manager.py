"""The network as NetworkManager tells of it: org.freedesktop.NetworkManager of its manual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.adapters.power.bus_service import BusService
from wakeful.adapters.power.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.connection import BusConnection

NETWORK_MANAGER: Final = "org.freedesktop.NetworkManager"
NETWORK_MANAGER_PATH: Final = "/org/freedesktop/NetworkManager"
_CONNECTED_SITE: Final = 60  # NM_STATE_CONNECTED_SITE; above it is the whole world
_PORTAL: Final = 2  # NM_CONNECTIVITY_PORTAL
_METERED: Final = {1: True, 2: False, 3: True, 4: False}  # NMMetered; guesses count


class NetworkManager:
    """What NetworkManager says; nothing while it is not there. It is never started by us.

    Args:
        changed: Called when it may say something else.

    Attributes:
        service: Its presence on the bus.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.service = BusService(NETWORK_MANAGER, arrived=self._arrived, gone=self._gone)
        self._network = Mirror(
            NETWORK_MANAGER,
            NETWORK_MANAGER_PATH,
            NETWORK_MANAGER,
            changed=changed,
            stale=self.service.ask,
            autostart=False,
        )

    @property
    def online(self) -> bool | None:
        """Whether there is a network; None if others have to tell.

        That it has not connected anything says little: others may have, on networks that it
        leaves alone.
        """
        if self._network.number("Connectivity") == _PORTAL:
            return False
        state = self._network.number("State")
        return True if state is not None and state >= _CONNECTED_SITE else None

    @property
    def metered(self) -> bool | None:
        """Whether the network is metered, as far as is known."""
        return _METERED.get(int(self._network.number("Metered") or 0))

    async def begin(self, connection: BusConnection) -> None:
        """Follow it on a new connection.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        await self._network.subscribe(connection)
        await self.service.follow(connection)

    async def _arrived(self, connection: BusConnection) -> None:
        await self._network.read(connection)
        self._changed()

    def _gone(self) -> None:
        self._network.clear()
        self._changed()
