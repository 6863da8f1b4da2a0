"""A connection to the system bus that comes back: it is there when the bus is."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wakeful.adapters.dbus.address import SYSTEM
from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusException
from wakeful.core.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0
_GROWTH: Final = 4
_STEADY_SECONDS: Final = 60.0
"""A connection that lasted so long was a good one: the next pause is the first again."""

_log = logging.getLogger(__name__)


class BusLink:
    """Connects in the background, and again after a loss, with growing pauses.

    As long as there is a connection, nothing is done; without a bus, an attempt is a single
    system call every five minutes at last.

    Args:
        begin: Makes use of a new connection.
        lost: Called when it has ended.
        address: `system`, or a D-Bus address.
        first_pause: Seconds until the first new attempt.
        is_quiet: Whether another link tells the log how it stands with the bus.

    Attributes:
        problem: Why there is no connection, for people; empty if there is one.
    """

    def __init__(
        self,
        *,
        begin: Callable[[BusConnection], Awaitable[None]],
        lost: Callable[[], None],
        address: str = SYSTEM,
        first_pause: float = FIRST_PAUSE_SECONDS,
        is_quiet: bool = False,
    ) -> None:
        self._begin = begin
        self._lost = lost
        self._address = address
        self._first_pause = first_pause
        self._is_quiet = is_quiet
        self._connection: BusConnection | None = None
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.problem = "nobody has asked for the system bus yet"

    def start(self) -> None:
        """Begin; returns at once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._stay(), name="system bus")

    async def connection(self) -> BusConnection:
        """Give the connection; waits for an attempt that is under way.

        Raises:
            UnavailableError: There is none; the text says why.
        """
        if self._task is not None:
            await self._tried.wait()
        if self._connection is None:
            raise UnavailableError(self.problem)
        return self._connection

    async def stop(self) -> None:
        """End the connection, and look for no other."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self.problem = "the connection to the system bus was closed"
        self._tried.set()

    async def _stay(self) -> None:
        loop = asyncio.get_running_loop()
        pause = self._first_pause
        while True:
            try:
                connection = await BusConnection.connect(self._address)
            except BusException as exception:
                if not self._tried.is_set() and not self._is_quiet:
                    _log.info("%s", exception)
                self.problem = str(exception)
                self._tried.set()
            else:
                since = loop.time()
                await self._use(connection)
                if loop.time() - since > _STEADY_SECONDS:
                    pause = self._first_pause
            await asyncio.sleep(pause)
            pause = min(pause * _GROWTH, LONGEST_PAUSE_SECONDS)

    async def _use(self, connection: BusConnection) -> None:
        self._connection = connection
        self.problem = ""
        self._tried.set()
        try:
            try:
                await self._begin(connection)
            except BusException as exception:
                _log.warning("the system bus cannot be used: %s", exception)
            self.problem = await connection.closed()
            if not self._is_quiet:
                _log.warning("%s", self.problem)
        finally:
            self._connection = None
            await connection.close()
            self._lost()
