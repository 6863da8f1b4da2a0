"""Telling people what went wrong with the database."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from wakeful.adapters.sqlite.damage import is_damage, primary_code, suspect
from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_ALMOST_NOTHING: Final = 65536
"""Bytes: with less than this free, a failed write failed for want of space."""

_DAMAGE_TOLD: Final = (
    "{path} is damaged ({error})",
    "restart the daemon: it sets a damaged database aside and starts a new one",
)
_BUSY_TOLD: Final = ("{path} is held by another program", "end the program that has it open")
_TOLD: Final = {
    sqlite3.SQLITE_CORRUPT: _DAMAGE_TOLD,
    sqlite3.SQLITE_NOTADB: _DAMAGE_TOLD,
    sqlite3.SQLITE_BUSY: _BUSY_TOLD,
    sqlite3.SQLITE_LOCKED: _BUSY_TOLD,
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened",
        "check that it is there, a file, and permitted",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk holding {path} failed ({error})",
        "look into the kernel's log",
    ),
}
"""Message and hint by error code."""


def storage_error(error: Exception, path: Path) -> Exception:
    """Turn what was raised while working with a database into what callers expect.

    If it was damage, the database is checked when it is opened next.

    Returns:
        A `StorageError` with the cause, or the error itself if it is none of the storage.
    """
    if isinstance(error, StorageError):
        return error
    told: StorageError
    if isinstance(error, sqlite3.Error):
        if is_damage(error):
            suspect(path)
        told = _of_database(error, path)
    elif isinstance(error, OSError):
        told = _of_system(error, path)
    elif isinstance(error, OverflowError | UnicodeError):
        told = StorageError(f"{path} cannot hold a value: {error}")
    elif isinstance(error, LookupError):
        told = StorageError(f"{path} holds a word that has no meaning here: {error}")
    else:
        return error
    told.__cause__ = error
    return told


def _of_system(error: OSError, path: Path) -> StorageError:
    """Tell of an error of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return _unwritable(path)
    return StorageError(f"{path} cannot be used: {error.strerror or error}")


def _of_database(error: sqlite3.Error, path: Path) -> StorageError:
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _disk_is_full(path)):
        return _full(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return _unwritable(path)
    told, hint = _TOLD.get(code, ("{path} could not be used: {error}", ""))
    return StorageError(told.format(path=path, error=error), hint=hint)


def _full(path: Path) -> StorageError:
    return StorageError(f"the disk holding {path} is full", hint="free some space on it")


def _unwritable(path: Path) -> StorageError:
    return StorageError(
        f"{path} cannot be written",
        hint="check the permissions of it and its directory, and that the disk is not read-only",
    )


def _disk_is_full(path: Path) -> bool:
    try:
        free = os.statvfs(path.parent)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize < _ALMOST_NOTHING
