"""Watching over a process that is not our child: when it ends, and how, if the kernel can tell."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import time
from typing import TYPE_CHECKING, Final

from wakeful.adapters.process.reaper import ending_of
from wakeful.adapters.process.survivors import EXEC_SECONDS, mark_of, status_of
from wakeful.core.execution import ProcessExit

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_INFO: Final = struct.Struct("=QQ11Ii")
"""``struct pidfd_info`` in its first form, of 64 bytes; its last member is the wait status."""
_PIDFD_INFO_EXIT: Final = 1 << 3
_READ_WRITE: Final = 3
_PIDFD_GET_INFO: Final = _READ_WRITE << 30 | _INFO.size << 16 | 0xFF << 8 | 11
"""``_IOWR(0xFF, 11, struct pidfd_info)`` of linux/pidfd.h."""

_NEVER: Final = ProcessExit()
_NOT_YET: Final = ProcessExit()

_RETRY_SECONDS: Final = 0.01
_MOST_RETRIES: Final = 100


class Adopted:
    """A process that an earlier life of the daemon started, until it has ended.

    Args:
        loop: The event loop.
        pid: Its number.
        execution_id: The mark that it must carry.
        ended: Called once, on the loop, when it has ended.

    Raises:
        ProcessLookupError: It is gone, and the number belongs to nobody or to somebody else.
        OSError: It cannot be watched; a limit of the system is reached.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pid: int,
        *,
        execution_id: str,
        ended: Callable[[ProcessExit], None],
    ) -> None:
        self._loop = loop
        self._ended = ended
        self._retries = 0
        self._retry: asyncio.TimerHandle | None = None
        self._descriptor: int | None = os.pidfd_open(pid)
        # The descriptor is bound to whoever has the number now; so look after binding it, and
        # make sure then that it has not ended in between, for the number could be used again.
        status = status_of(pid)
        self.leads: Final = status is not None and status.session == pid
        """Whether it is the main process of its execution, the leader of the session. How another
        one ends says nothing about the execution, and is reported as unknown."""
        mark = mark_of(pid)
        if mark == "":
            time.sleep(EXEC_SECONDS)  # blocks, but nearly never: it is in the middle of execve(2)
            mark = mark_of(pid)
        if mark != execution_id or _has_ended(self._descriptor):
            os.close(self._descriptor)
            raise ProcessLookupError(f"process {pid} does not belong to execution {execution_id}")
        loop.add_reader(self._descriptor, self._end)

    def signal(self, number: int) -> bool:
        """Send it a signal; tell whether it was there to receive it."""
        if self._descriptor is None:
            return False
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop watching."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _end(self) -> None:
        if self._descriptor is None:
            return
        # Readable for good from now on; how it ended is told once its parent has reaped it.
        self._loop.remove_reader(self._descriptor)
        status = exit_status_of(self._descriptor)
        if status is _NOT_YET and self._retries < _MOST_RETRIES:
            self._retries += 1
            self._retry = self._loop.call_later(_RETRY_SECONDS, self._end)
            return
        self.close()
        self._ended(status if self.leads else _NEVER)


def exit_status_of(descriptor: int) -> ProcessExit:
    """Ask the kernel how a process ended: ioctl PIDFD_GET_INFO, Linux 6.15 and newer.

    Gives an unknown ending if it cannot tell, or not yet.
    """
    request = _INFO.pack(_PIDFD_INFO_EXIT, *(0,) * 13)
    try:
        answer = _INFO.unpack(fcntl.ioctl(descriptor, _PIDFD_GET_INFO, request))
    except OSError:
        # The kernel does not know the call, or not the exit of a process that is gone: ESRCH
        # before 6.15. Waiting would change neither.
        return _NEVER
    if answer[0] & _PIDFD_INFO_EXIT:
        return ending_of(answer[-1])
    return _NOT_YET


def _has_ended(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
