"""Opening the database so that what is recorded stays, and stays private."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import stat
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from wakeful.adapters.sqlite import migration, operations
from wakeful.adapters.sqlite.damage import (
    LOG_SUFFIX,
    SIDE_SUFFIXES,
    check_if_suspect,
    is_damage,
    set_aside,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wakeful.adapters.sqlite.migration import Migration
    from wakeful.services.ports import Memory

BUSY_SECONDS: Final = 5.0
"""How long to wait for a program that holds the database, such as a backup."""

RESERVED_LOG_BYTES: Final = 4 * 1024 * 1024
"""Reserved for the write-ahead log; about what it grows to before it is used anew."""

_OTHERS: Final = 0o077
"""The part of a mode that is about everybody but the owner."""

logger = logging.getLogger(__name__)


def open_for_writing(path: Path, steps: Sequence[Migration]) -> tuple[sqlite3.Connection, Memory]:
    """Open or create a database, bring its format up to date, and read what is remembered.

    A damaged database is set aside and a new one created, for a daemon that runs jobs without
    knowing their past is worth more than one that does not start. Damaged is what cannot be read
    here: the header, the schema, all that is remembered of jobs and unfinished executions.
    Only a database in which damage was met before is checked as a whole.

    Raises:
        StorageError: It is from a newer version.
        sqlite3.Error, OSError: It cannot be opened.
    """
    try:
        return _open(path, steps)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        set_aside(path, error)
        return _open(path, steps)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a database that is open for writing already, without being able to change it."""
    return sqlite3.connect(
        f"file:{quote(os.fspath(path))}?mode=ro",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )


def _open(path: Path, steps: Sequence[Migration]) -> tuple[sqlite3.Connection, Memory]:
    _keep_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # First of all, so that a database that is refused stays as it is.
        migration.check_not_newer(migration.version_of(connection), path, steps)
        check_if_suspect(connection, path)
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            logger.warning("The file system of %s allows no write-ahead log: %s", path, mode)
        # A commit returns when it is on the disk, and not before.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer does it, unhurried
        migration.migrate(connection, path, steps)
        _reserve_log(path)
        return connection, operations.recall(connection)
    except BaseException:
        connection.close()
        raise


def _reserve_log(path: Path) -> None:
    """Give the write-ahead log its length from the start.

    As long as each commit makes the file longer, each has to wait for the journal of the file
    system as well: more than twice as long. SQLite does not mind what lies beyond its last
    frame (https://www.sqlite.org/fileformat2.html#the_write_ahead_log): it never shortens the
    file while it is open, and begins anew at its start.
    """
    with contextlib.suppress(OSError):  # no log, no room, or a file system that cannot do it
        descriptor = os.open(f"{path}{LOG_SUFFIX}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.posix_fallocate(descriptor, 0, RESERVED_LOG_BYTES)
        finally:
            os.close(descriptor)


def prepare_directory(directory: Path) -> None:
    """Create it for its owner only; one that exists was made by somebody who chose its mode."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def _keep_private(path: Path) -> None:
    """Give the files the mode 0600; SQLite gives new side files the mode of the database."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    for file in (path, *_side_files(path)):
        with contextlib.suppress(FileNotFoundError):
            mode = file.stat().st_mode
            if stat.S_ISREG(mode) and mode & _OTHERS:
                file.chmod(0o600)


def _side_files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in SIDE_SUFFIXES]
