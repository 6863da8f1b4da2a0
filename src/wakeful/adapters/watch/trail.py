"""Which directory entries decide what a path leads to, and which directories hold them."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MOST_LINKS: Final = 40  # as many as the kernel follows


@dataclass(frozen=True, slots=True)
class Trail:
    """The way from the root to a file, through every symbolic link.

    Two equal trails need the same watches. `names` are the paths of all entries passed, those of
    links and of the file included; `directories` are the ones to watch, with device and inode so
    that a directory made anew under its old name makes a different trail.
    """

    names: frozenset[str]
    directories: frozenset[tuple[str, int, int]]

    @property
    def watched(self) -> frozenset[str]:
        """Paths of the directories to watch, free of symbolic links."""
        return frozenset(path for path, _device, _inode in self.directories)


def follow(path: Path) -> Trail:
    """Walk to a file as the kernel does, and stop at the first thing missing.

    Watched are the directory of the file, the directory of each link on the way, and, when
    something is missing, the directory in which it would appear. A watch on a directory also tells
    when the directory itself is removed or renamed. Directories above are left alone: their
    watches would report everything that goes on in `/etc` or in a home directory.
    """
    pending = list(reversed(path.absolute().parts[1:]))
    where = Path("/")
    names: set[str] = set()
    watched: set[Path] = set()
    links = 0
    while pending:
        name = pending.pop()
        if name == "..":
            where = where.parent
            continue
        entry = where / name
        names.add(str(entry))
        try:
            target = entry.readlink() if stat.S_ISLNK(entry.lstat().st_mode) else None
        except OSError:
            watched.add(where)
            break
        if target is not None:
            watched.add(where)
            links += 1
            if links > _MOST_LINKS:
                break
            where = Path("/") if target.is_absolute() else where
            pending.extend(part for part in reversed(target.parts) if part != "/")
        else:
            where = entry
    else:
        watched.add(where.parent)
    return Trail(frozenset(names), frozenset(_identity(directory) for directory in watched))


def _identity(directory: Path) -> tuple[str, int, int]:
    try:
        found = directory.stat()
    except OSError:
        return str(directory), 0, 0
    return str(directory), found.st_dev, found.st_ino
