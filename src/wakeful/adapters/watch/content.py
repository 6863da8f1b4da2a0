"""Reading a whole file of bounded size, and telling one content from another."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_BYTES: Final = 16 * 1024 * 1024
"""A larger file is a problem, and is never read."""

_SETTLED_NANOSECONDS: Final = 2_500_000_000
"""The coarsest time stamps, those of FAT, count in steps of 2 s."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found at a path at one moment.

    Attributes:
        content: The bytes; None when there is no file, or when there is a problem.
        problem: Why the file could not be read; mostly empty.
        torn: Whether the file was written to while it was being read.
    """

    content: bytes | None
    problem: str = ""
    torn: bool = False

    @property
    def mark(self) -> str:
        """The same for the same content, absence or problem; different for a different one."""
        return f"problem: {self.problem}" if self.problem else mark_of(self.content)


def mark_of(content: bytes | None) -> str:
    """Return what stands for a content, or for the absence of one, in comparisons."""
    if content is None:
        return "absent"
    return hashlib.blake2b(content, digest_size=16, usedforsecurity=False).hexdigest()


def look_at(path: Path) -> Look:
    """Read a file whole, if it is one and is not larger than `MAXIMUM_BYTES`.

    May block for as long as the file system does. Never raises for what is found.
    """
    try:
        # Opening a named pipe would otherwise wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return Look(None)
    except OSError as error:
        return Look(None, error.strerror or str(error))
    try:
        return _read(descriptor)
    except OSError as error:
        return Look(None, error.strerror or str(error))
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Look:
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        return Look(None, "Not a regular file")
    too_large = Look(None, f"Larger than {MAXIMUM_BYTES // 1024**2} MiB")
    if before.st_size > MAXIMUM_BYTES:
        return too_large
    pieces: list[bytes] = []
    total = 0
    # One byte more than expected, so that a growing file is noticed at its end.
    while piece := os.read(descriptor, max(before.st_size - total, 0) + 1):
        pieces.append(piece)
        total += len(piece)
        if total > MAXIMUM_BYTES:
            return too_large
    return Look(b"".join(pieces), torn=_stamps(before) != _stamps(os.fstat(descriptor)))


def fingerprint(path: Path) -> tuple[int, ...] | None:
    """Return numbers that change whenever the content does, without reading it.

    Returns:
        None when the numbers cannot be relied on, because the file changed so recently that
        its time stamp would not show another change. Without a file, the number of the error.
    """
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    # Only the kernel sets this one; a modification time may come from an archive.
    if abs(time.time_ns() - found.st_ctime_ns) < _SETTLED_NANOSECONDS:
        return None
    return _stamps(found)


def _stamps(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
