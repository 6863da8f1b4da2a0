"""The few lines of text at the beginning of every D-Bus connection."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

_LONGEST_LINE: Final = 16 * 1024


async def authenticate(connection: socket.socket) -> bool:
    """Prove who we are by the credentials of the socket.

    Returns:
        Whether file descriptors can be passed on this connection.

    Raises:
        OSError: the bus refuses us or speaks something else.
    """
    loop = asyncio.get_running_loop()
    identity = str(os.geteuid()).encode().hex().encode()
    await loop.sock_sendall(connection, b"\0AUTH EXTERNAL " + identity + b"\r\n")
    answer = await _line(connection)
    if not answer.startswith(b"OK"):
        raise PermissionError(f"the bus refuses user {os.geteuid()}")
    await loop.sock_sendall(connection, b"NEGOTIATE_UNIX_FD\r\n")
    passes_descriptors = (await _line(connection)).startswith(b"AGREE_UNIX_FD")
    await loop.sock_sendall(connection, b"BEGIN\r\n")
    return passes_descriptors


async def _line(connection: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    received = b""
    while not received.endswith(b"\r\n"):
        # The bus says nothing more than this line until it is answered, so no byte of what
        # follows can be swallowed here.
        part = await loop.sock_recv(connection, 1024)
        if not part:
            raise ConnectionResetError("the bus closed the connection during authentication")
        received += part
        if len(received) > _LONGEST_LINE:
            raise ConnectionAbortedError("the bus sent an endless line during authentication")
    return received
