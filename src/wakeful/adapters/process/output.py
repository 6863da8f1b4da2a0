"""The output of executions: kept within its limit from outside, while the job writes it itself."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

LONGEST_END: Final = 65536
"""Bytes of the end that are kept, if the limit is at least twice that."""

_LEAST_SLACK: Final = 4096  # room for the line of text between beginning and end
_MOST_ROUNDS: Final = 16


class OutputLog:
    """The file with the output of one execution, and what of it was left out so far.

    A job appends to its file directly: that costs nothing, and it goes on when the daemon is
    gone. What is too much is cut out of the middle: the beginning and the end stay, with a line
    between them that says how much is missing. All methods wait for the disk; one thread at a time
    may call them.

    Args:
        path: Absolute.
        limit: Bytes that the file may have in the end, apart from the line in the middle.
    """

    __slots__ = ("_end", "_left_out", "_prefix", "limit", "path")

    def __init__(self, path: str, limit: int) -> None:
        self.path = path
        self.limit = limit
        self._end = min(LONGEST_END, limit // 2)
        self._left_out = 0
        self._prefix = 0  # the beginning that is final: what comes first and the line after it

    def trim_running(self) -> None:
        """Cut out what is too much, of a file that is still written to.

        What is written within the few microseconds between the last look at the end of the file
        and its truncation is lost; it is counted as left out, to within what the kernel lets see.

        Raises:
            OSError: The file could not be read or changed.
        """
        self._trim(max(self._end, _LEAST_SLACK))

    def trim(self) -> None:
        """Give the file its final form.

        Raises:
            OSError: The file could not be read or changed.
        """
        self._trim(0)

    def append(self, line: str) -> None:
        """Add a line of our own; not if the file is gone.

        Raises:
            OSError: It could not be written.
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)

    def _trim(self, slack: int) -> None:
        if self._excess(os.stat(self.path).st_size) <= slack:  # noqa: PTH116 - a path that is text
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            size = os.fstat(descriptor).st_size
            if self._excess(size) > slack:
                self._cut(descriptor, size, live=slack > 0)
        finally:
            os.close(descriptor)

    def _excess(self, size: int) -> int:
        return size - self._prefix - (self._end if self._prefix else self.limit)

    def _cut(self, descriptor: int, size: int, *, live: bool) -> None:
        first = self.limit - self._end
        source = size - self._end
        self._left_out += source - (self._prefix or first)
        line = f"\n[wakeful: {self._left_out} bytes of output left out here]\n".encode()
        # The end is read before anything is written: the line may lie over its beginning.
        end = os.pread(descriptor, self._end, source)
        source += len(end)
        target = first
        for part in (line, end):
            target += os.pwrite(descriptor, part, target)
        self._prefix = first + len(line)
        if live:
            for _ in range(_MOST_ROUNDS):
                more = os.pread(descriptor, LONGEST_END, source)
                if not more:
                    break
                source += len(more)
                target += os.pwrite(descriptor, more, target)
            self._left_out += max(os.fstat(descriptor).st_size - source, 0)
        os.ftruncate(descriptor, target)


def trim_all(logs: Iterable[OutputLog], *, running: bool) -> None:
    """Cut out what is too much in several files; what goes wrong with one is written to the log."""
    for log in logs:
        try:
            if running:
                log.trim_running()
            else:
                log.trim()
        except FileNotFoundError:
            continue  # somebody removed it, which is their right
        except OSError as error:
            _log.warning("cannot keep the output %s within its limit: %s", log.path, error.strerror)


def close_with_line(log: OutputLog, line: str) -> None:
    """Bring a file into its final form once more, and add a line of our own."""
    trim_all((log,), running=False)
    try:
        log.append(line)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("cannot write to %s: %s", log.path, error.strerror)
