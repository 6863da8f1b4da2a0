"""Sleep as logind decides on it: org.freedesktop.login1(5), on the system bus."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.address import SYSTEM
from wakeful.adapters.dbus.errors import BusError, BusException
from wakeful.adapters.power.bus_link import FIRST_PAUSE_SECONDS, BusLink
from wakeful.adapters.power.bus_service import BusService
from wakeful.adapters.power.inhibitor_lock import InhibitorLock
from wakeful.adapters.power.login1 import LOGIND, MANAGER, MANAGER_PATH
from wakeful.adapters.power.mirror import PROPERTIES
from wakeful.core.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.adapters.dbus.connection import BusConnection
    from wakeful.services.power.ports import SleepListener

_REFUSALS: Final = frozenset(
    {
        "org.freedesktop.DBus.Error.AccessDenied",
        "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
    }
)
_HOW_TO_PERMIT: Final = {
    "Inhibit": "polkit decides (org.freedesktop.login1.inhibit-delay-sleep and -block-sleep): "
    "without a session at the machine it needs a rule, or the system instance",
    "Suspend": "polkit decides (org.freedesktop.login1.suspend): "
    "without a session at the machine it needs a rule, or the system instance",
}
_ANSWER_SECONDS: Final = 25.0
"""Polkit is asked before the answer comes."""

_log = logging.getLogger(__name__)


class LogindSleepManager:
    """Implements `services.power.ports.SleepManager`.

    Args:
        address: `system`, or a D-Bus address.
        first_pause: Seconds until the bus is looked for again after it was lost; later pauses
            are longer.
    """

    def __init__(self, address: str = SYSTEM, *, first_pause: float = FIRST_PAUSE_SECONDS) -> None:
        self._link = BusLink(
            begin=self._begin, lost=self._lost, address=address, first_pause=first_pause
        )
        self._logind = BusService(LOGIND, arrived=self._arrived, gone=_no_one_to_tell)
        self._listener: SleepListener | None = None
        self._is_preparing = False
        self._locks: set[InhibitorLock] = set()
        self._requests: set[asyncio.Task[InhibitorLock]] = set()

    def start(self, listener: SleepListener) -> None:
        """See `services.power.ports.SleepManager`. Connects in the background."""
        self._listener = listener
        self._link.start()

    def missing(self) -> str:
        """Say why nobody tells of sleep, for people; empty if logind does."""
        return self._link.problem or self._logind.problem

    async def delay_sleep(self, reason: str) -> InhibitorLock:
        """See `services.power.ports.SleepManager`."""
        return await self._take_lock("delay", reason)

    async def block_sleep(self, reason: str) -> InhibitorLock:
        """See `services.power.ports.SleepManager`."""
        return await self._take_lock("block", reason)

    async def sleep(self) -> None:
        """See `services.power.ports.SleepManager`."""
        await self._ask("Suspend", "b", (False,))

    async def stop(self) -> None:
        """See `services.power.ports.SleepManager`."""
        self._listener = None
        await self._logind.stop()
        await self._link.stop()
        await asyncio.gather(*self._requests, return_exceptions=True)
        for lock in list(self._locks):
            lock.release()

    async def _take_lock(self, mode: str, reason: str) -> InhibitorLock:
        # A task of its own, which nobody cancels: the lock may be on its way to us already.
        request = asyncio.get_running_loop().create_task(
            self._inhibit(mode, reason), name=f"{mode} sleep"
        )
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        try:
            return await asyncio.shield(request)
        except asyncio.CancelledError:
            request.add_done_callback(_give_back)
            raise

    async def _inhibit(self, mode: str, reason: str) -> InhibitorLock:
        body = await self._ask("Inhibit", "ssss", ("sleep", "Wakeful", reason, mode))
        lock = InhibitorLock(body[0], self._locks.discard)
        self._locks.add(lock)
        return lock

    async def _ask(self, member: str, signature: str, arguments: Sequence[Any]) -> list[Any]:
        connection = await self._link.connection()
        try:
            return await connection.call(
                LOGIND,
                MANAGER_PATH,
                MANAGER,
                member,
                signature,
                arguments,
                timeout=_ANSWER_SECONDS,
            )
        except BusException as exception:
            refused = isinstance(exception, BusError) and exception.name in _REFUSALS
            raise UnavailableError(
                f"logind {'refuses' if refused else 'cannot'} {member}: {exception}",
                hint=_HOW_TO_PERMIT[member] if refused else "",
            ) from exception

    async def _begin(self, connection: BusConnection) -> None:
        await connection.subscribe(
            self._prepare_for_sleep,
            sender=LOGIND,
            path=MANAGER_PATH,
            interface=MANAGER,
            member="PrepareForSleep",
        )
        await self._logind.follow(connection)

    async def _arrived(self, connection: BusConnection) -> None:
        body = await connection.call(
            LOGIND, MANAGER_PATH, PROPERTIES, "Get", "ss", (MANAGER, "PreparingForSleep")
        )
        # What happened while nobody could tell us of it.
        is_preparing = bool(body[0].value)
        if is_preparing != self._is_preparing:
            self._tell(is_preparing=is_preparing)
        if self._listener is not None:
            self._listener.returned()

    def _prepare_for_sleep(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        self._tell(is_preparing=body[:1] == [True])

    def _tell(self, *, is_preparing: bool) -> None:
        self._is_preparing = is_preparing
        if self._listener is None:
            return
        if is_preparing:
            self._listener.falling_asleep()
        else:
            self._listener.woke_up()

    def _lost(self) -> None:
        self._logind.lose()


def _no_one_to_tell() -> None:
    """Logind is gone: its locks live on in the files it left, and it may come back."""


def _give_back(request: asyncio.Task[InhibitorLock]) -> None:
    """Release a lock that nobody waits for any more."""
    if not request.cancelled() and request.exception() is None:
        request.result().release()
