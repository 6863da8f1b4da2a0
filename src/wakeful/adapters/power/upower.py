"""Power as UPower tells of it: org.freedesktop.UPower of its manual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.adapters.power.bus_service import BusService
from wakeful.adapters.power.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.connection import BusConnection

UPOWER: Final = "org.freedesktop.UPower"
UPOWER_PATH: Final = "/org/freedesktop/UPower"
DEVICE: Final = "org.freedesktop.UPower.Device"
DEVICE_PATH: Final = "/org/freedesktop/UPower/devices/DisplayDevice"
"""All batteries together."""


class UPower:
    """What UPower says; nothing while it is not there.

    Args:
        changed: Called when it may say something else.

    Attributes:
        service: Its presence on the bus.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.service = BusService(UPOWER, arrived=self._arrived, gone=self._gone)
        ask = self.service.ask
        self._machine = Mirror(UPOWER, UPOWER_PATH, UPOWER, changed=changed, stale=ask)
        self._battery = Mirror(UPOWER, DEVICE_PATH, DEVICE, changed=changed, stale=ask)

    @property
    def is_known(self) -> bool:
        """Whether it says whether the machine is on mains power."""
        return self._machine.flag("OnBattery") is not None

    @property
    def on_ac(self) -> bool | None:
        """Whether the machine is on mains power."""
        on_battery = self._machine.flag("OnBattery")
        return None if on_battery is None else not on_battery

    @property
    def battery(self) -> float | None:
        """Charge in percent; None if there is no battery, too."""
        return self._battery.number("Percentage") if self._battery.flag("IsPresent") else None

    @property
    def lid_closed(self) -> bool | None:
        """Whether the lid is closed; None if there is none, too."""
        return self._machine.flag("LidIsClosed") if self._machine.flag("LidIsPresent") else None

    async def begin(self, connection: BusConnection) -> None:
        """Follow it on a new connection.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        await self._machine.subscribe(connection)
        await self._battery.subscribe(connection)
        await self.service.follow(connection)

    async def _arrived(self, connection: BusConnection) -> None:
        await self._battery.read(connection)
        await self._machine.read(connection)
        self._changed()

    def _gone(self) -> None:
        self._machine.clear()
        self._battery.clear()
        self._changed()
