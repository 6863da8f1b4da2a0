"""One watcher for all children: learns from SIGCHLD which of them have ended, and how."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from wakeful.adapters.libc import Libc
from wakeful.core.execution import ProcessExit

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

Watched = TypeVar("Watched")

_log = logging.getLogger(__name__)

_SIGNAL_INFO_SIZE: Final = 128  # struct signalfd_siginfo
_SUCCESS: Final = ProcessExit(exit_status=0)


class Reaper(Generic[Watched]):
    """Reaps children of this process on the event loop, as many as there are in one go.

    Any thing can stand for a child; it is handed back when the child has ended. A child that
    nobody announced is an orphan that came to us as the subreaper, and is reaped in silence,
    unless it is in our own process group: then another part of the program has started it and
    waits for it. Whoever starts children in a group of their own elsewhere must not rely on
    their exit status while a reaper is at work.

    SIGCHLD is blocked in this thread, and so in all that it starts, and read from a descriptor:
    however many children end while the loop is busy, that is one pending signal. A handler would
    interrupt us for each of them, and each would write to the pipe through which asyncio learns of
    signals; it is full after 278, and then others, SIGTERM for one, are lost. The handler is there
    only for threads that were started before and do not block the signal.

    Args:
        loop: The loop of the main thread, for only there signals arrive.
        ended: Called on the loop with all children that have ended since the last call; with an
            empty list if only orphans have.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        ended: Callable[[list[tuple[Watched, ProcessExit]]], None],
    ) -> None:
        self._loop = loop
        self._ended = ended
        self.children: Final[dict[int, Watched]] = {}
        """The children that are announced and not yet reaped. Add to it right after the start:
        what runs on the loop thread cannot be overtaken by the reaper."""
        self._own_group = os.getpgrp()
        self._descriptor: int | None = None
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        try:
            self._descriptor = Libc().signal_descriptor(signal.SIGCHLD)
        except OSError as error:
            _log.info("no signalfd (%s): children are told by a handler", error.strerror)
        else:
            loop.add_reader(self._descriptor, self._read)
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            self._was_blocked = signal.SIGCHLD in before

    def close(self) -> None:
        """Stop; children that end from now on stay unreaped."""
        self._loop.remove_signal_handler(signal.SIGCHLD)
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            if not self._was_blocked:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def _read(self) -> None:
        if self._descriptor is not None:
            try:
                os.read(self._descriptor, _SIGNAL_INFO_SIZE)
            except BlockingIOError:
                return
            self._reap()

    def _reap(self) -> None:
        # One signal may stand for many children, and a signal may come for a child that an
        # earlier call has reaped already: see signal(7), standard signals do not queue.
        children = self.children
        ended: list[tuple[Watched, ProcessExit]] = []
        reaped = False
        while (pid := _waiting()) is not None:
            if pid not in children and self._is_foreign(pid):
                # It hides all that come after it in the list of the kernel.
                ended += self._reap_each()
                break
            try:
                _, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue  # somebody else was faster
            reaped = True
            watched = children.pop(pid, None)
            if watched is not None:
                ended.append((watched, ending_of(status)))
        if reaped or ended:
            self._ended(ended)

    def _is_foreign(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self._own_group
        except ProcessLookupError:
            return False

    def _reap_each(self) -> list[tuple[Watched, ProcessExit]]:
        ended: list[tuple[Watched, ProcessExit]] = []
        for pid in list(self.children):
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:  # reaped behind our back; how it ended is lost
                ended.append((self.children.pop(pid), ProcessExit()))
                continue
            if found:
                ended.append((self.children.pop(pid), ending_of(status)))
        return ended


def _waiting() -> int | None:
    """Give a child that has ended and is not yet reaped."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None


def ending_of(status: int) -> ProcessExit:
    """Read a wait status, see wait(2)."""
    if status == 0:
        return _SUCCESS
    code = os.waitstatus_to_exitcode(status)
    return ProcessExit(signal=-code) if code < 0 else ProcessExit(exit_status=code)
