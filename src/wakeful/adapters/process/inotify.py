"""Being told by the kernel that a file is written to, see inotify(7)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wakeful.adapters.inotify import read_events
from wakeful.adapters.libc import IN_IGNORED, IN_MODIFY, IN_ONESHOT, Libc

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


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
        for watch, mask, _ in read_events(self._descriptor):
            # Each event is followed by "ignored", for the watch ends with it.
            if not mask & IN_IGNORED:
                self._written(watch)
