"""The daemon on the bus: connected, its names taken, its faces shown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING

from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusException, BusUnavailable, NameTaken
from wakeful.adapters.dbus.server import ObjectServer
from wakeful.adapters.presence.face import Face, Stage, describe_error
from wakeful.core.errors import NameTakenError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wakeful.core.event import Event
    from wakeful.services.registry import Registry
    from wakeful.services.scheduler import Scheduler

_log = logging.getLogger(__name__)
MOMENT_SECONDS = 0.002
SLICE_SECONDS = 0.002
"""How long telling may keep the loop from everything else."""


class BusService:
    """Serves the scheduler on one bus.

    Args:
        connection: To the bus.
        faces: All faces there are.
    """

    def __init__(self, connection: BusConnection, faces: Registry[Face]) -> None:
        self._connection = connection
        self._server = ObjectServer(connection, describe_error)
        # The names are ours before there is anything to show: who calls early, waits.
        self._server.hold()
        self._faces = [faces.get(name) for name in sorted(faces.names())]
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: deque[Event] = deque()
        self._telling: asyncio.Handle | None = None

    @classmethod
    async def connect(cls, address: str, faces: Registry[Face]) -> BusService:
        """Connect to a bus and take the names of all faces, before anything else is done.

        Raises:
            NameTakenError: Another daemon is at work there.
            UnavailableError: The bus cannot be reached.
        """
        try:
            connection = await BusConnection.connect(address)
        except BusUnavailable as error:
            raise UnavailableError(str(error)) from error
        service = cls(connection, faces)
        try:
            for face in service._faces:
                for name in face.names:
                    await connection.request_name(name)
        except NameTaken as error:
            await connection.close()
            raise NameTakenError(str(error), hint="the daemon is running already") from error
        except BusException as error:
            await connection.close()
            raise UnavailableError(str(error)) from error
        return service

    def appear(self, scheduler: Scheduler) -> None:
        """Show all faces; from now on calls are answered."""
        stage = Stage(
            scheduler,
            self._server,
            lambda name: self._in_background(self._connection.request_name(name), name),
            lambda name: self._in_background(self._connection.release_name(name), name),
        )
        for face in self._faces:
            face.appear(stage)
        self._server.release()

    def read_event(self, event: Event) -> None:
        """Tell the bus what happened, a moment later; a reader of the bulletin.

        Turning events into signals costs more than starting processes: when a thousand jobs
        are due, their processes come first.
        """
        self._events.append(event)
        if self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(MOMENT_SECONDS, self._tell)

    def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE_SECONDS
        try:
            while self._events and loop.time() < end:
                event = self._events.popleft()
                for face in self._faces:
                    face.read_event(event)
        finally:
            # An event that cannot be told, which the loop logs, must not silence those after it.
            self._telling = loop.call_soon(self._tell) if self._events else None

    async def gone(self) -> str:
        """Wait until the bus is gone, and say why."""
        return await self._connection.closed()

    async def close(self) -> None:
        """Send what is still to be sent, and leave."""
        await self._server.close()
        if self._telling is not None:
            self._telling.cancel()
        for event in self._events:
            for face in self._faces:
                face.read_event(event)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(BusException):
            await self._connection.flush()
        await self._connection.close()

    def _in_background(self, change: Coroutine[None, None, None], name: str) -> None:
        async def carry_out() -> None:
            try:
                await change
            except BusException as error:
                _log.warning("the bus name %s: %s", name, error)

        task = asyncio.get_running_loop().create_task(carry_out(), name=f"name {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
