"""Use of the machine as logind tells of it: org.freedesktop.login1(5)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.power.bus_service import BusService
from wakeful.adapters.power.login1 import LOGIND, MANAGER, MANAGER_PATH
from wakeful.adapters.power.mirror import Mirror
from wakeful.adapters.power.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.connection import BusConnection
    from wakeful.core.instant import Instant
    from wakeful.core.policy import Occasion

_FRESH_SECONDS: Final = 5.0


class Logind:
    """What logind says; nothing while it is not there.

    Of sessions at a terminal it gives no signals, and of the lid neither: so it is asked again
    when sessions come and go, after a wake-up, and when somebody wants to know.

    Args:
        user: Whose logins count, by number; None: everybody's.
        changed: Called when it may say something else.
        occurred: Called with ``login`` and ``unlock``.

    Attributes:
        service: Its presence on the bus.
    """

    def __init__(
        self,
        user: int | None,
        *,
        changed: Callable[[], None],
        occurred: Callable[[Occasion], None],
    ) -> None:
        self._changed = changed
        self._read_at = float("-inf")
        self._noticed_idle: Instant | None = None
        # Who follows sleep asks it too, and tells the log.
        self.service = BusService(LOGIND, arrived=self._arrived, gone=self._gone, is_quiet=True)
        self._machine = Mirror(
            LOGIND, MANAGER_PATH, MANAGER, changed=self._note, stale=self.service.ask
        )
        self._sessions = Sessions(user, occurred=occurred, changed=self.service.ask)
        self._has_sessions = False

    @property
    def lid_closed(self) -> bool | None:
        """Whether the lid is closed; False also where there is none."""
        return self._machine.flag("LidClosed")

    @property
    def in_use(self) -> bool | None:
        """Whether somebody uses the machine."""
        is_idle = self._machine.flag("IdleHint")
        return None if is_idle is None else not is_idle

    @property
    def idle_since(self) -> Instant | None:
        """Since when nobody does; None if somebody does, too."""
        if not self._machine.flag("IdleHint"):
            return None
        # Without any session logind names its own start, or no time at all.
        said = int(self._machine.number("IdleSinceHint") or 0) or self._noticed_idle or 0
        return max(said, self._sessions.last_end)

    def refresh(self) -> None:
        """Ask again, in the background, if what is known is not fresh; then ``changed`` follows."""
        if self._machine and time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._read_at = time.monotonic()
            self.service.ask()

    async def begin(self, connection: BusConnection) -> None:
        """Follow it on a new connection.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        await self._machine.subscribe(connection)
        await self._sessions.subscribe(connection)
        await connection.subscribe(
            self._prepare_for_sleep,
            sender=LOGIND,
            path=MANAGER_PATH,
            interface=MANAGER,
            member="PrepareForSleep",
        )
        await self.service.follow(connection)

    async def stop(self) -> None:
        """End."""
        await self.service.stop()
        await self._sessions.stop()

    async def _arrived(self, connection: BusConnection) -> None:
        await self._machine.read(connection)
        self._read_at = time.monotonic()
        self._note()
        if not self._has_sessions:
            await self._sessions.read(connection)
            self._has_sessions = True

    def _gone(self) -> None:
        self._has_sessions = False
        self._sessions.clear()
        self._machine.clear()
        self._note()

    def _note(self) -> None:
        if not self._machine.flag("IdleHint"):
            self._noticed_idle = None
        elif self._noticed_idle is None:
            self._noticed_idle = _now()
        self._changed()

    def _prepare_for_sleep(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        if body[:1] == [False]:
            self.service.ask()


def _now() -> Instant:
    return time.time_ns() // 1000
