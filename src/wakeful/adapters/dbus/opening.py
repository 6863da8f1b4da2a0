"""Reaching a bus: from an address to an authenticated socket."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

from wakeful.adapters.dbus.authentication import authenticate
from wakeful.adapters.dbus.errors import BusUnavailable

if TYPE_CHECKING:
    from wakeful.adapters.dbus.address import BusAddress


async def open_socket(address: BusAddress, timeout: float) -> tuple[socket.socket, bool]:  # noqa: ASYNC109 - one deadline over several attempts, with its own message
    """Connect to the first socket of an address that answers.

    Args:
        address: where to go.
        timeout: seconds for all attempts together.

    Returns:
        The authenticated socket and whether file descriptors can be passed on it.

    Raises:
        BusUnavailable: none answers, or the bus refuses us.
    """
    failure = "nothing answers"
    try:
        async with asyncio.timeout(timeout):
            for name in address.sockets:
                try:
                    return await _open(name)
                except OSError as exception:
                    failure = f"{os.fsdecode(name)}: {exception.strerror or exception}"
    except TimeoutError:
        failure = f"no answer within {timeout:g} s"
    raise unavailable(address, failure)


def unavailable(address: BusAddress, failure: str) -> BusUnavailable:
    """Return the exception that says what failed and what to do."""
    return BusUnavailable(
        f"cannot reach {address.label} at {address.text} ({failure}). {address.advice}"
    )


async def _open(name: bytes) -> tuple[socket.socket, bool]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
        await asyncio.get_running_loop().sock_connect(connection, name)
        return connection, await authenticate(connection)
    except BaseException:
        connection.close()
        raise
