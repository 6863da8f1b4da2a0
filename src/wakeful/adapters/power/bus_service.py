"""A service on the bus, through its restarts."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.errors import BusError, BusException, BusGone
from wakeful.adapters.dbus.matching import BUS_NAME, BUS_PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wakeful.adapters.dbus.connection import BusConnection

_ABSENT: Final = frozenset(
    {
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.ServiceUnknown",
    }
)

_log = logging.getLogger(__name__)


class BusService:
    """Says when a service is there, and when it is gone.

    Args:
        name: Its name on the bus.
        arrived: Asks the service what has to be known, whenever it has come anew. What it raises
            of the bus becomes the ``problem``.
        gone: Called when the service or the bus has gone.
        is_quiet: Whether somebody else tells the log how it stands with the service.

    Attributes:
        problem: Why the service is of no use, for people; empty if it is.
    """

    def __init__(
        self,
        name: str,
        *,
        arrived: Callable[[BusConnection], Awaitable[None]],
        gone: Callable[[], None],
        is_quiet: bool = False,
    ) -> None:
        self._name = name
        self._arrived = arrived
        self._gone = gone
        self._level = logging.DEBUG if is_quiet else logging.INFO
        self._connection: BusConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self.problem = f"{name} has not been asked yet"

    async def follow(self, connection: BusConnection) -> None:
        """Follow the service on a new connection; it is asked in the background.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        self._connection = connection
        await connection.subscribe(
            self._owner_changed,
            sender=BUS_NAME,
            path=BUS_PATH,
            interface=BUS_NAME,
            member="NameOwnerChanged",
            argument0=self._name,
        )
        self.ask()

    async def answered(self) -> None:
        """Wait until it has answered, or it is known that it does not."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def ask(self) -> None:
        """Ask the service anew, in the background; what is under way is given up."""
        if self._connection is None:
            return
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(
            self._ask(self._connection), name=f"ask {self._name}"
        )

    def lose(self) -> None:
        """Take note that the connection has ended."""
        self._connection = None
        self.problem = "the system bus is gone"
        if self._task is not None:
            self._task.cancel()
        self._gone()

    async def stop(self) -> None:
        """End."""
        self._connection = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def _owner_changed(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        if self._connection is None:
            return
        if body[2]:
            _log.log(self._level, "%s is there", self._name)
            self.ask()
            return
        _log.log(self._level, "%s is gone", self._name)
        self.problem = f"{self._name} has left the bus"
        if self._task is not None:
            self._task.cancel()
        self._gone()

    async def _ask(self, connection: BusConnection) -> None:
        try:
            await self._arrived(connection)
        except BusGone:
            return
        except BusException as exception:
            is_absent = isinstance(exception, BusError) and exception.name in _ABSENT
            self.problem = f"{self._name} is not there" if is_absent else str(exception)
            _log.log(self._level, "%s cannot be asked: %s", self._name, exception)
        else:
            self.problem = ""
