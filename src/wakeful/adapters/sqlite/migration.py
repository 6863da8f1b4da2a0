"""Bringing a database to the present format, step by step, each with a way back."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Not importlib.resources, which costs more to import than all the rest of opening.
MIGRATIONS: Final = Path(__file__).with_name("migrations")
_FILE_NAME: Final = re.compile(r"(\d{4})_\w+\.sql")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Attributes:
        version: The format it leads to, kept in ``PRAGMA user_version``; the first is 1.
        script: SQL statements, run in one transaction with the change of version.
    """

    version: int
    script: str


def migrations_in(folder: Path = MIGRATIONS) -> list[Migration]:
    """Read the steps from files named ``0001_what.sql``, in order.

    Raises:
        ValueError: A number is missing or there twice.
    """
    steps = [
        Migration(int(match[1]), file.read_text())
        for file in sorted(folder.iterdir())
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered one after the other")
    return steps


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> None:
    """Apply the steps that a database has not seen yet.

    Before each, a database with content is copied to ``<name>.backup-v<version it has>``.

    Args:
        connection: In autocommit mode, outside a transaction.
        path: Of the database, for naming the copy.
        steps: All steps, in order.

    Raises:
        StorageError: The database is from a newer version of Wakeful; it was not changed.
        sqlite3.Error: A step failed; the database is as the step before left it.
    """
    present = version_of(connection)
    check_not_newer(present, path, steps)
    worth_keeping = _has_content(connection)
    for step in steps[present:]:
        if worth_keeping:
            copy = _back_up(connection, path, step.version - 1)
            logger.info("Bringing %s to format %d; %s keeps it", path, step.version, copy)
        _apply(connection, step)


def check_not_newer(present: int, path: Path, steps: Sequence[Migration]) -> None:
    """Refuse a database of a format that the steps do not lead to.

    Raises:
        StorageError: So it is.
    """
    if present > len(steps):
        raise StorageError(
            f"{path} was written by a newer version of Wakeful "
            f"(format {present}, this one knows {len(steps)})",
            hint="install that version again, or start with another state directory",
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Give the format of a database; 0 for a new one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _has_content(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{step.script}\n;PRAGMA user_version = {step.version:d};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    copy = path.with_name(f"{path.name}.backup-v{version}")
    unfinished = path.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(unfinished)) as target:
            connection.backup(target)
        # Under its final name it is whole.
        unfinished.replace(copy)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return copy
