"""Telling whether a directory is on a file system whose other writers the kernel cannot see."""

from __future__ import annotations

import re
from typing import Final

# Inotify reports what happens through this kernel; on these, somebody else may write.
_REMOTE: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "fuse",
        "gfs2",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "prl_fs",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    }
)
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def is_remote(directory: str, mountinfo: str) -> bool:
    """Tell whether a directory needs polling because inotify cannot see every change in it.

    Args:
        directory: an absolute path without symbolic links.
        mountinfo: the text of `/proc/self/mountinfo`. Lines that make no sense are skipped.
    """
    longest, kind = -1, ""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:  # noqa: PLR2004 - the mount point is the fifth field
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        # Of several mounts on one point the last one listed covers the others.
        if len(point) >= longest and _is_below(directory, point):
            longest, kind = len(point), after.split(" ", 1)[0]
    return kind in _REMOTE or kind.startswith("fuse.")


def _is_below(directory: str, point: str) -> bool:
    return point in {"/", directory} or directory.startswith(point + "/")
