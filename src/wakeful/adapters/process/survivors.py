"""Finding the processes of executions in /proc, see proc(5). All of it takes time: for a thread."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.adapters.process.environment import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_MARK = MARKER + b"="
EXEC_SECONDS = 0.01
"""How long to wait for the environment of a process in the middle of execve(2)."""
_BUFFER = 65536
_ENDED = ("Z", "X", "x")


@dataclass(frozen=True, slots=True)
class Status:
    """What /proc/PID/stat says of a process.

    Attributes:
        state: One letter.
        started: In clock ticks since boot.
    """

    pid: int
    state: str
    group: int
    session: int
    started: int

    @property
    def identity(self) -> tuple[int, int]:
        """What names the process for good; its number alone is used again."""
        return self.pid, self.started

    @property
    def is_kernel(self) -> bool:
        """Whether it is one of the kernel's own; those have no session."""
        return self.session == 0

    @property
    def alive(self) -> bool:
        """Whether it can still do something."""
        return self.state not in _ENDED


@dataclass(frozen=True, slots=True)
class Member:
    """A living process of an execution."""

    execution_id: str
    status: Status


def status_of(pid: int) -> Status | None:
    """Read what a process is; None if there is none of that number."""
    try:
        content = _read(f"/proc/{pid}/stat")
    except OSError:
        return None
    # The name in parentheses may contain anything, parentheses too.
    fields = content[content.rfind(b")") + 2 :].split()
    return Status(
        pid=pid,
        state=fields[0].decode(),
        group=int(fields[2]),
        session=int(fields[3]),
        started=int(fields[19]),
    )


def mark_of(pid: int) -> str | None:
    """Read which execution a process belongs to.

    None if it belongs to none, is gone, or is not ours to look at. Empty if there is no
    environment to be seen: so it is with zombies, with the kernel's own processes, and with any
    process for a moment in the middle of execve(2); see `EXEC_SECONDS`.
    """
    try:
        content = _read(f"/proc/{pid}/environ")
    except OSError:
        return None
    if not content:
        return ""
    start = 0 if content.startswith(_MARK) else content.find(b"\0" + _MARK) + 1
    if start == 0 and not content.startswith(_MARK):
        return None
    start += len(_MARK)
    end = content.find(b"\0", start)
    return content[start : end if end >= 0 else None].decode(errors="replace")


def children() -> list[int]:
    """Give the children of this process, zombies too.

    Needs a kernel with CONFIG_PROC_CHILDREN; gives none without it.
    """
    found: list[int] = []
    for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - numbers, not paths
        try:
            found += map(int, _read(f"/proc/self/task/{thread}/children").split())
        except OSError:
            continue  # the thread has ended
    return found


def members(
    execution_ids: Collection[str], sessions: Mapping[int, str] | None = None
) -> list[Member]:
    """Find all living processes of executions, the leaders of their sessions first.

    Args:
        execution_ids: Whose processes; they are known by the mark in their environment.
        sessions: Sessions that belong to executions: their processes are found even if they have
            written over their environment or changed their user, if they do not carry the mark
            of another execution.
    """
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - numbers
    owners = sessions or {}
    found: list[Member] = []
    unseen: list[Status] = []
    for pid in pids:
        mark = mark_of(pid)
        if (mark and mark not in execution_ids) or (mark is None and not owners):
            continue
        status = status_of(pid)
        if status is None or not status.alive:
            continue
        execution_id = mark or owners.get(status.session, "")
        if execution_id in execution_ids:
            found.append(Member(execution_id, status))
        elif mark is not None and not status.is_kernel:
            unseen.append(status)
    found += [member for member in _look_again(unseen) if member.execution_id in execution_ids]
    found.sort(key=lambda member: (member.status.pid != member.status.session, member.status.pid))
    return found


def strays(is_main: Callable[[int], bool]) -> list[Member]:
    """Find living children of this process that nobody here has started: orphans of executions.

    Those without a mark have an empty `Member.execution_id`. What is in our own process group is
    passed over: another part of the program has started it.

    Args:
        is_main: Tells whether a process is the main process of an execution.
    """
    own_group = os.getpgrp()
    found: list[Member] = []
    unseen: list[Status] = []
    for pid in children():
        if is_main(pid):
            continue
        status = status_of(pid)
        if status is None or not status.alive or status.group == own_group:
            continue
        mark = mark_of(pid)
        if mark == "":
            unseen.append(status)
        else:
            found.append(Member(mark or "", status))
    return found + _look_again(unseen)


def _look_again(unseen: Collection[Status]) -> list[Member]:
    """Give those that were in the middle of execve(2), and those that have no environment."""
    if not unseen:
        return []
    time.sleep(EXEC_SECONDS)
    return [
        Member(mark_of(status.pid) or "", status) for status in unseen if _is_still_alive(status)
    ]


def open_process(status: Status) -> int | None:
    """Open a pidfd of exactly that process, never of another that has got its number since.

    Returns:
        The descriptor, or None if the process has ended.
    """
    try:
        descriptor = os.pidfd_open(status.pid)
    except OSError:
        return None
    # The descriptor is bound to whoever has the number now; so look after binding it.
    if not _is_still_alive(status):
        os.close(descriptor)
        return None
    return descriptor


def send_signal(status: Status, number: int) -> bool:
    """Send a signal to exactly that process.

    Returns:
        Whether it was there, and ours to send signals to.
    """
    descriptor = open_process(status)
    if descriptor is None:
        return False
    try:
        signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _is_still_alive(status: Status) -> bool:
    current = status_of(status.pid)
    return current is not None and current.identity == status.identity and current.alive


def _read(path: str) -> bytes:
    # Unbuffered and without a file object: a scan opens hundreds of these.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = part = os.read(descriptor, _BUFFER)
        # Lists come in pieces of a page, however much is asked for: only nothing is the end.
        while part:
            part = os.read(descriptor, _BUFFER)
            content += part
        return content
    finally:
        os.close(descriptor)
