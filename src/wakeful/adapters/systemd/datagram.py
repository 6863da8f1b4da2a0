"""Datagram sockets to systemd's daemons, which wait a little and not forever."""

from __future__ import annotations

import socket
import struct
from typing import Final

_TIMEVAL: Final = struct.Struct("@ll")


def datagram_socket(*, longest_wait_seconds: float) -> socket.socket:
    """Open a socket for sending.

    The queue of a receiver is short (net.unix.max_dgram_qlen, often 10) and full as soon as it is
    busy for a moment. The kernel does the waiting (SO_SNDTIMEO, socket(7)), because poll(2) knows
    nothing of that queue unless the socket is connected, and a connected one would not survive a
    restart of the receiver. When it has waited enough, sending fails with BlockingIOError.

    Args:
        longest_wait_seconds: For one datagram.
    """
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    seconds, fraction = divmod(longest_wait_seconds, 1)
    limit = _TIMEVAL.pack(int(seconds), int(fraction * 1_000_000))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return opened
