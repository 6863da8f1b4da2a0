"""Events of the kernel about files, see inotify(7)."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENT: Final = struct.Struct("iIII")
_BUFFER: Final = 65536


def read_events(descriptor: int) -> Iterator[tuple[int, int, str]]:
    """Read what has come, without waiting for more.

    Args:
        descriptor: Of inotify, non-blocking.

    Returns:
        Of each event: the watch it is about, its mask, and the name of the file in the folder
        that is watched; empty if a file is.
    """
    try:
        data = os.read(descriptor, _BUFFER)
    except BlockingIOError:
        return
    position = 0
    while position < len(data):
        watch, mask, _cookie, length = _EVENT.unpack_from(data, position)
        position += _EVENT.size
        yield watch, mask, os.fsdecode(data[position : position + length].rstrip(b"\0"))
        position += length
