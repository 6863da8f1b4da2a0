"""Reading the output of an execution while it is written, and while it is cut.

The daemon keeps output within its limit by cutting bytes out of the middle of the file, and puts
a line with their number in their place. A reader that only counted its way through the file would
then go on at the wrong place; this one counts what the job wrote.
"""

from __future__ import annotations

import os
import re
import time
from typing import Final, NamedTuple

_PIECE: Final = 1 << 16
_SEARCHED: Final = 8 << 20
_LONGEST_LINE: Final = 96
_REMEMBERED: Final = 64
_MOST_ATTEMPTS: Final = 20
_SETTLING: Final = 0.005
_LINE: Final = re.compile(rb"\n\[wakeful: ([1-9]\d{0,17}) bytes of output left out here\]\n")


class _Cut(NamedTuple):
    """Where bytes are missing in a file: the line about them, and their number."""

    start: int
    end: int
    missing: int


class LogReader:
    """Reads from a file descriptor, which stays the caller's, from the beginning.

    Within the limit of the output every byte is given, once and unchanged. Where the daemon cut
    out bytes that had not been read yet, a line says how many.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._written = 0
        """How much of what the job wrote has been given, or was missing."""
        self._last = b""
        self._cut: _Cut | None = None

    def read(self) -> bytes:
        """Give the next bytes; none if there are no more at present."""
        for _ in range(_MOST_ATTEMPTS):
            cut = self._current_cut()
            if cut != self._cut:
                # The line is written first; give the daemon time to move the rest as well.
                time.sleep(_SETTLING)
                self._cut = cut
            if cut is not None and cut.start <= self._written < cut.start + cut.missing:
                return self._skip(cut)
            piece = self._piece(cut)
            if self._current_cut() == cut:
                self._written += len(piece)
                self._last = (self._last + piece[-_REMEMBERED:])[-_REMEMBERED:]
                return piece
        return b""

    def _piece(self, cut: _Cut | None) -> bytes:
        """Read ahead, up to the line if there is one."""
        if cut is not None:
            return os.pread(self._descriptor, self._room(cut), self._offset(cut))
        piece = os.pread(self._descriptor, _PIECE + _LONGEST_LINE, self._written)
        line = _LINE.search(piece)
        if line is None or line.start() > _PIECE:
            return piece[:_PIECE]
        self._cut = self._found(line, self._written)
        return piece[: line.start()]

    def _skip(self, cut: _Cut) -> bytes:
        missing = cut.start + cut.missing - self._written
        self._written += missing
        return b"\n[wakeful: %d bytes of output left out here]\n" % missing

    def _offset(self, cut: _Cut) -> int:
        if self._written < cut.start:
            return self._written
        return cut.end + self._written - cut.start - cut.missing

    def _room(self, cut: _Cut) -> int:
        """Give how much can be read in one go without running into the line."""
        return _PIECE if self._written >= cut.start else min(cut.start - self._written, _PIECE)

    def _current_cut(self) -> _Cut | None:
        """See what is missing now: the line stays in its place, the number in it grows."""
        cut = self._cut
        if cut is None:
            return None if self._intact() else self._search()
        line = _LINE.match(os.pread(self._descriptor, _LONGEST_LINE, cut.start))
        if line is None:
            return self._search() or cut
        return self._found(line, cut.start)

    def _intact(self) -> bool:
        """Whether what was read last is still where it was."""
        if os.fstat(self._descriptor).st_size < self._written:
            return False
        before = os.pread(self._descriptor, len(self._last), self._written - len(self._last))
        return before == self._last

    def _search(self) -> _Cut | None:
        size = os.fstat(self._descriptor).st_size
        start = max(size - _SEARCHED, 0)
        lines = list(_LINE.finditer(os.pread(self._descriptor, _SEARCHED, start)))
        if not lines:
            return None
        return self._found(lines[-1], start)

    @staticmethod
    def _found(line: re.Match[bytes], base: int) -> _Cut:
        return _Cut(base + line.start(), base + line.end(), int(line[1]))
