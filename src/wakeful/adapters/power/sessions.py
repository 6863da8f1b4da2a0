"""Sessions of logind: who logs in, and who unlocks the screen; org.freedesktop.login1(5)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.errors import BusException
from wakeful.adapters.power.login1 import LOGIND, MANAGER, MANAGER_PATH, SESSION
from wakeful.adapters.power.mirror import PROPERTIES, changes, read_properties
from wakeful.core.instant import SECOND
from wakeful.core.policy import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.connection import BusConnection
    from wakeful.core.instant import Instant

_JUST_NOW: Final = 30 * SECOND
"""A session so young, when we ask for the first time, is what the daemon was started for: the
manager of a user comes with the first login."""

_log = logging.getLogger(__name__)


class Sessions:
    """Tells of logins and unlocked screens.

    A screen is unlocked when the desktop says so (``LockedHint``), or when it is told to be and
    never said that it was locked.

    Args:
        user: Whose sessions count, by number; None: everybody's.
        occurred: Called with ``login`` and ``unlock``.
        changed: Called when sessions came or went.

    Attributes:
        last_end: When a session ended last; 0: none did.
    """

    def __init__(
        self,
        user: int | None,
        *,
        occurred: Callable[[Occasion], None],
        changed: Callable[[], None],
    ) -> None:
        self._user = user
        self._is_first = True
        self._occurred = occurred
        self._changed = changed
        self.last_end: Instant = 0
        self._is_locked: dict[str, bool] = {}
        self._connection: BusConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self, connection: BusConnection) -> None:
        """Receive signals on a new connection.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        self._connection = connection
        manager = {"sender": LOGIND, "path": MANAGER_PATH, "interface": MANAGER}
        await connection.subscribe(self._came, **manager, member="SessionNew")
        await connection.subscribe(self._went, **manager, member="SessionRemoved")
        await connection.subscribe(
            self._told_to_unlock, sender=LOGIND, interface=SESSION, member="Unlock"
        )
        await connection.subscribe(
            self._properties_changed,
            sender=LOGIND,
            interface=PROPERTIES,
            member="PropertiesChanged",
            argument0=SESSION,
        )

    async def read(self, connection: BusConnection) -> None:
        """Ask which sessions there are.

        Raises:
            BusException: There is no answer.
        """
        body = await connection.call(LOGIND, MANAGER_PATH, MANAGER, "ListSessions")
        for _, uid, _, _, path in body[0]:
            if self._user in {None, uid}:
                began = await self._learn(connection, path)
                if self._is_first and began is not None and began > _now() - _JUST_NOW:
                    self._occurred(Occasion.LOGIN)
        self._is_first = False

    def clear(self) -> None:
        """Forget all sessions: logind is gone, and will tell anew."""
        self._is_locked.clear()

    async def stop(self) -> None:
        """End."""
        self._connection = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _learn(self, connection: BusConnection, path: str) -> Instant | None:
        """Take in a session; say when it began, or None if it does not count or is known."""
        try:
            known = await read_properties(connection, LOGIND, path, SESSION)
        except BusException as exception:
            _log.debug("the session %s has gone already: %s", path, exception)
            return None
        if self._user not in {None, known.get("User", (None,))[0]} or path in self._is_locked:
            return None
        # Not "greeter", "lock-screen", "background" and "manager"; but "user-early" and the like.
        if not str(known.get("Class", "")).startswith("user"):
            return None
        self._is_locked[path] = known.get("LockedHint") is True
        return int(known.get("Timestamp", 0))

    def _came(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        if self._connection is None:
            return
        task = asyncio.get_running_loop().create_task(
            self._log_in(self._connection, body[1]), name="new session"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _log_in(self, connection: BusConnection, path: str) -> None:
        if await self._learn(connection, path) is not None:
            self._occurred(Occasion.LOGIN)
            self._changed()

    def _went(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        if self._connection is not None and self._is_locked.pop(body[1], None) is not None:
            self.last_end = _now()
            self._changed()

    def _told_to_unlock(self, _sender: str, path: str, _member: str, _body: list[Any]) -> None:
        if self._connection is not None and self._is_locked.get(path) is False:
            self._occurred(Occasion.UNLOCK)

    def _properties_changed(self, _sender: str, path: str, _member: str, body: list[Any]) -> None:
        is_locked = changes(body)[0].get("LockedHint")
        if self._connection is None or is_locked is None or path not in self._is_locked:
            return
        was_locked, self._is_locked[path] = self._is_locked[path], is_locked is True
        if was_locked and not is_locked:
            self._occurred(Occasion.UNLOCK)


def _now() -> Instant:
    return time.time_ns() // 1000
