"""The thread that watches: arms the right watches, and looks at the files when they report."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Final

from wakeful.adapters.watch.mounts import is_remote
from wakeful.adapters.watch.sources import TICK_SECONDS, DirectoryEvents, Polling, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wakeful.adapters.watch.observed import News, ObservedFile

REMOTE_SECONDS: Final = 2.0
"""How often to compare on a network file system, where each time may ask the server."""

RETRY_SECONDS: Final = 60.0
"""How often to try again to get events after they were refused."""

logger = logging.getLogger(__name__)


class Observer:
    """Observes files until halted, whatever happens to them and to their directories."""

    def __init__(
        self,
        files: Sequence[ObservedFile],
        *,
        report: Callable[[ObservedFile, News], None],
        armed: Callable[[], None],
        mountinfo: Path,
    ) -> None:
        """Prepare; nothing is touched before `run`.

        Args:
            files: What to observe.
            report: Called in the thread of `run` with all that is new.
            armed: Called there each time watches are in place and all files were compared.
            mountinfo: The kernel's list of mounts.
        """
        self._files: Final = files
        self._report: Final = report
        self._armed: Final = armed
        self._mountinfo: Final = mountinfo
        self._wake: Final = threading.Event()
        self._halted = False
        self._complained = False

    def halt(self) -> None:
        """Make `run` return soon: at once, unless a file system hangs. Any thread may call."""
        self._halted = True
        self._wake.set()

    def nudge(self) -> None:
        """Compare now, not at the next event. Any thread may call."""
        self._wake.set()

    def run(self) -> None:
        """Observe until halted."""
        last = ""
        while not self._halted:
            try:
                self._round()
            except Exception as error:  # whatever it is, the daemon goes on and so must this
                if last != (last := repr(error)):
                    logger.exception("Watching files failed; it is tried again every second")
                self._wake.wait(TICK_SECONDS)
                self._wake.clear()

    def _round(self) -> None:
        """Arm watches, compare, and observe until other watches are needed."""
        self._follow_again()
        with self._open() as source:
            self._wake.clear()
            for file in self._files:
                self._examine(file)
            if self._follow_again():
                return  # something moved before it was watched
            self._armed()
            self._observe(source)

    def _observe(self, source: Source) -> None:
        compare_at = time.monotonic() + source.interval
        while not self._halted and time.monotonic() < source.valid_until:
            due = [file.due for file in self._files if file.due is not None]
            try:
                touched = source.wait(min([compare_at, *due]))
            except RuntimeError as error:
                # Such as a name in the directory that is not text.
                logger.info("A watch broke and is set up anew: %s", error)
                return
            self._wake.clear()
            if not touched:
                compare_at = time.monotonic() + source.interval
            for file in self._files:
                if file.needs_look(touched):
                    self._examine(file)
            if self._needs_other_watches(touched):
                return

    def _needs_other_watches(self, touched: frozenset[str]) -> bool:
        names = frozenset().union(*(file.trail.names for file in self._files))
        if touched and touched.isdisjoint(names):
            return False
        watched = frozenset().union(*(file.trail.watched for file in self._files))
        # A directory made anew may get the inode of the old one, and then only its event tells.
        return self._follow_again() or not touched.isdisjoint(watched)

    def _follow_again(self) -> bool:
        moved = [file.follow_again() for file in self._files]  # all of them, not up to the first
        return any(moved)

    def _examine(self, file: ObservedFile) -> None:
        news = file.examine()
        if news is not None:
            self._report(file, news)

    def _open(self) -> Source:
        """Choose events or polling. Events may need what the system does not give."""
        directories = frozenset().union(*(file.trail.watched for file in self._files))
        mounts = self._mounts()
        if any(is_remote(directory, mounts) for directory in directories):
            return Polling(self._wake, interval=REMOTE_SECONDS, valid_for=math.inf)
        try:
            source = DirectoryEvents(directories, self._wake)
        except FileNotFoundError:
            # Gone since it was found, so look for another soon.
            return Polling(self._wake, interval=TICK_SECONDS / 10, valid_for=0)
        except (OSError, RuntimeError, ValueError, ImportError) as error:
            self._complain(error)
            return Polling(self._wake, interval=TICK_SECONDS, valid_for=RETRY_SECONDS)
        if self._complained:
            logger.info("Changes of files are reported by the kernel again")
            self._complained = False
        return source

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            logger.error(
                "The kernel does not report changes of files (%s). They are compared every second"
                " instead. If a limit was reached, raise fs.inotify.max_user_watches and"
                " fs.inotify.max_user_instances with sysctl.",
                error,
            )
        self._complained = True

    def _mounts(self) -> str:
        try:
            return self._mountinfo.read_text(errors="surrogateescape")
        except OSError:
            return ""
