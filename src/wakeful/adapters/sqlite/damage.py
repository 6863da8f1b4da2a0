"""Databases whose content is broken: noticing it, and getting out of the way."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING, Final

from wakeful.adapters.aside import name_aside

if TYPE_CHECKING:
    from pathlib import Path

LOG_SUFFIX: Final = "-wal"
"""Of the write-ahead log."""
SIDE_SUFFIXES: Final = (LOG_SUFFIX, "-shm")
"""Of the files that SQLite keeps beside a database."""

_PRIMARY: Final = 0xFF
"""The low byte of an error code says what, the others say where."""
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

logger = logging.getLogger(__name__)


def primary_code(error: sqlite3.Error) -> int:
    """Give the SQLite error code without the details; 0 if there is none."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY


def is_damage(error: BaseException) -> bool:
    """Say whether an error means that the content of the database is broken."""
    return isinstance(error, sqlite3.Error) and primary_code(error) in _DAMAGED


def suspect(path: Path) -> None:
    """Have the database checked as a whole when it is opened next."""
    with contextlib.suppress(OSError):  # a disk that fails altogether is told of anyway
        _mark(path).touch(mode=0o600)


def check_if_suspect(connection: sqlite3.Connection, path: Path) -> None:
    """Check a database as a whole if damage was met in it.

    Not done otherwise, for it reads the whole file: 45 ms for 100 000 executions.

    Raises:
        sqlite3.DatabaseError: It is damaged; `is_damage` says so.
    """
    if not _mark(path).exists():
        return
    verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    _mark(path).unlink(missing_ok=True)
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def set_aside(path: Path, why: object) -> None:
    """Rename a database with its side files, so that SQLite can still make sense of them."""
    aside = name_aside(path)
    # The log first: left with a new database, it would be taken for the new one's.
    for suffix in (*SIDE_SUFFIXES, ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    _mark(path).unlink(missing_ok=True)
    logger.error("%s is damaged (%s): set aside as %s, starting anew", path, why, aside.name)


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")
