"""Being told by the kernel that a file is written to, see inotify(7)."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from wakeful.adapters.libc import IN_IGNORED, IN_MODIFY, IN_ONESHOT, Libc

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_EVENT: Final = struct.Struct("iIII")
_BUFFER: Final = 65536


class WriteEvents:
    """Tells once that a file was written to; then it has to be asked again.

    So a job that writes without end costs no more than one event for each time we ask.

    Args:
        loop: The loop on which ``written`` is called.
        written: Called with the number that `arm` gave.

    Raises:
        OSError: A limit of the system is reached, or it has no inotify.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, written: Callable[[int], None]) -> None:
        self._loop = loop
        self._written = written
        self._libc = Libc()
        self._descriptor = self._libc.inotify()
        loop.add_reader(self._descriptor, self._read)

    def arm(self, path: str) -> int:
        """Ask to be told of the next write to a file. Returns at once.

        Raises:
            OSError: The file is gone, or a limit of the system is reached.
        """
        return self._libc.add_watch(self._descriptor, path, IN_MODIFY | IN_ONESHOT)

    def disarm(self, watch: int) -> None:
        """Ask no more; nothing happens if it has been told already."""
        try:
            self._libc.remove_watch(self._descriptor, watch)
        except OSError:
            return

    def close(self) -> None:
        """End."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return
        position = 0
        while position < len(data):
            watch, mask, _cookie, length = _EVENT.unpack_from(data, position)
            position += _EVENT.size + length
            # Each event is followed by "ignored", for the watch ends with it.
            if not mask & IN_IGNORED:
                self._written(watch)
