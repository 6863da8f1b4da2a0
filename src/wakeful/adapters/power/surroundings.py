"""The surroundings of the daemon, put together from whoever knows of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Final

from wakeful.adapters.dbus.address import SYSTEM
from wakeful.adapters.power.bus_link import FIRST_PAUSE_SECONDS, BusLink
from wakeful.adapters.power.kernel_news import power_news, route_news
from wakeful.adapters.power.logind import Logind
from wakeful.adapters.power.network_manager import NetworkManager
from wakeful.adapters.power.power_supply import Power, read_power
from wakeful.adapters.power.routes import has_route
from wakeful.adapters.power.upower import UPower
from wakeful.core.errors import UnavailableError
from wakeful.core.policy import Occasion
from wakeful.core.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wakeful.adapters.dbus.connection import BusConnection

_WITHOUT: Final = {
    "system bus": "logins, unlocked screens, the lid, idleness and metered networks are not known",
    "logind": "logins, unlocked screens and idleness are not known",
    "UPower": "power is read from the kernel instead, and the lid from logind",
    "NetworkManager": "whether a network is metered is not known; the kernel's routes tell "
    "whether there is one",
}


class MachineSurroundings:
    """Implements `services.power.ports.SurroundingsWatch`.

    Nothing is connected and nothing is listened to before `start`.

    Args:
        user: Whose logins and unlocked screens count, by number; None: everybody's.
        address: `system`, or a D-Bus address.
        first_pause: Seconds until the bus is looked for again after it was lost.
        read_power: Reads power where UPower is not there.
        has_route: Says whether there is a network where NetworkManager does not.
    """

    def __init__(
        self,
        *,
        user: int | None,
        address: str = SYSTEM,
        first_pause: float = FIRST_PAUSE_SECONDS,
        read_power: Callable[[], Power] = read_power,
        has_route: Callable[[], bool] = has_route,
    ) -> None:
        self._read_power = read_power
        self._has_route = has_route
        self._upower = UPower(self._look)
        self._network = NetworkManager(self._look)
        self._logind = Logind(user, changed=self._look, occurred=self._occur)
        self._link = BusLink(
            begin=self._begin,
            lost=self._lost,
            address=address,
            first_pause=first_pause,
            is_quiet=True,  # who follows sleep has a link too, and tells the log
        )
        self._routes = route_news(self._look)
        self._supplies = power_news(self._look)
        self._changed: Callable[[], None] | None = None
        self._occurred: Callable[[Occasion], None] | None = None
        self._last = Surroundings()
        self._last_by_upower = False
        self._begun = asyncio.Event()

    @property
    def present(self) -> Surroundings:
        """See `services.power.ports.SurroundingsWatch`."""
        if self._changed is not None:
            self._logind.refresh()
        return self._gather(load=_load())

    def start(self, changed: Callable[[], None], occurred: Callable[[Occasion], None]) -> None:
        """See `services.power.ports.SurroundingsWatch`. Connects in the background."""
        self._routes.open()
        self._supplies.open()
        self._last = self._gather(load=None)
        self._changed = changed
        self._occurred = occurred
        self._link.start()

    async def look_around(self) -> None:
        """See `services.power.ports.SurroundingsWatch`."""
        with contextlib.suppress(UnavailableError):  # then the kernel is all there is to ask
            await self._link.connection()
            await self._begun.wait()
            for part in (self._logind, self._upower, self._network):
                await part.service.answered()

    def missing(self) -> Mapping[str, str]:
        """See `services.power.ports.SurroundingsWatch`."""
        if self._link.problem:
            problems = {"system bus": self._link.problem}
        else:
            problems = {
                "logind": self._logind.service.problem,
                "UPower": self._upower.service.problem,
                "NetworkManager": self._network.service.problem,
            }
        return {
            part: f"{problem.rstrip('.')}; without it {_WITHOUT[part]}"
            for part, problem in problems.items()
            if problem
        }

    async def stop(self) -> None:
        """See `services.power.ports.SurroundingsWatch`."""
        self._changed = None
        self._occurred = None
        self._routes.close()
        self._supplies.close()
        await self._upower.service.stop()
        await self._network.service.stop()
        await self._logind.stop()
        await self._link.stop()

    async def _begin(self, connection: BusConnection) -> None:
        try:
            await self._logind.begin(connection)
            await self._upower.begin(connection)
            await self._network.begin(connection)
        finally:
            self._begun.set()

    def _lost(self) -> None:
        for part in (self._logind, self._upower, self._network):
            part.service.lose()

    def _gather(self, *, load: float | None) -> Surroundings:
        upower, logind = self._upower, self._logind
        power = Power(upower.on_ac, upower.battery) if upower.is_known else self._read_power()
        lid_closed = upower.lid_closed
        online = self._network.online
        return Surroundings(
            on_ac=power.on_ac,
            battery=power.battery,
            lid_closed=logind.lid_closed if lid_closed is None else lid_closed,
            idle_since=logind.idle_since,
            in_use=logind.in_use,
            metered=self._network.metered,
            online=self._has_route() if online is None else online,
            load=load,
        )

    def _look(self) -> None:
        """Find out what is different, and tell it."""
        if self._changed is None:
            return
        by_upower = self._upower.is_known
        if by_upower:
            self._supplies.close()
        else:
            self._supplies.open()
        before, now = self._last, self._gather(load=None)
        # Another source may see the same plug in another way.
        same_source = by_upower == self._last_by_upower
        self._last, self._last_by_upower = now, by_upower
        if now != before:
            self._changed()
        if same_source and {before.on_ac, now.on_ac} == {True, False}:
            self._occur(Occasion.AC if now.on_ac else Occasion.BATTERY)
        if now.online and before.online is False:
            self._occur(Occasion.NETWORK)

    def _occur(self, occasion: Occasion) -> None:
        if self._occurred is not None:
            self._occurred(occasion)


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
