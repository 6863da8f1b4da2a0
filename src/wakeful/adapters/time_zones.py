"""The time zones of the system: noticing that they change, and forgetting what was read of them."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.adapters.inotify import read_events
from wakeful.adapters.libc import Libc

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_LOCAL: Final = Path("/etc/localtime")
_RULES: Final = "tzdata.zi"
"""The rules of all zones in one file; it changes with each release of the tz database."""
_WRITTEN, _MOVED_TO, _CREATED, _DELETED = 0x8, 0x80, 0x100, 0x200
_CHANGES: Final = _WRITTEN | _MOVED_TO | _CREATED | _DELETED
"""Not that a file is opened, as every program does with these: nobody is to be woken by that."""
PAUSE_SECONDS: Final = 0.5
"""An update writes many files; what it came to is looked at when it has ended."""


class TimeZoneWatch:
    """Notices that the zone of the system changes, or the rules of zones.

    Args:
        changed: Called when that has happened.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._files = [_LOCAL, *(Path(folder) / _RULES for folder in zoneinfo.TZPATH[:1])]
        self._contents = [_content_of(path) for path in self._files]
        self._descriptor = -1
        self._look: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; what changed since this was made is noticed, too."""
        libc = Libc()
        try:
            self._descriptor = libc.inotify()
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)
            for folder in {path.parent for path in self._files}:
                libc.add_watch(self._descriptor, str(folder), _CHANGES)
        except OSError as error:
            _log.warning("a change of the time zone will not be noticed: %s", error)
        self._compare()

    def _read(self) -> None:
        names = {path.name for path in self._files}
        told = [name for _, _, name in read_events(self._descriptor)]
        if self._look is None and not names.isdisjoint(told):
            loop = asyncio.get_running_loop()
            self._look = loop.call_later(PAUSE_SECONDS, self._compare)

    def _compare(self) -> None:
        self._look = None
        contents = [_content_of(path) for path in self._files]
        if contents != self._contents:
            self._contents = contents
            self._changed()

    def stop(self) -> None:
        """End."""
        if self._look is not None:
            self._look.cancel()
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def _content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def forget_zones() -> None:
    """Have the files of zones read anew, by ourselves and by the C library (tzset(3))."""
    zoneinfo.ZoneInfo.clear_cache()
    time.tzset()
