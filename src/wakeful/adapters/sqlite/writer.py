"""The thread that writes: all that is asked for at a moment becomes one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.sqlite.failures import storage_error
from wakeful.adapters.sqlite.lock import held
from wakeful.adapters.sqlite.migration import migrations_in
from wakeful.adapters.sqlite.opening import open_for_writing, prepare_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wakeful.adapters.sqlite.inbox import Inbox, Request
    from wakeful.services.ports import Memory

CHECKPOINT_CHANGES: Final = 500
"""Rows changed until the log is moved into the database; keeps it at a few MiB."""


def serve(
    inbox: Inbox,
    path: Path,
    opening: Request[Memory],
    *,
    patience: float,
    at_end: Callable[[], None],
) -> None:
    """Open a database and do what is asked for until there is an end; all in the thread.

    Args:
        inbox: What to do. An answer is given when what was done is on the disk.
        path: Of the database.
        opening: Completed when it is open; if it could not be opened, that is the end.
        patience: Seconds to wait for another process that has it.
        at_end: Called before it is closed.
    """
    try:
        prepare_directory(path.parent)
        with held(path, patience=patience):
            connection, opening.result = open_for_writing(path, migrations_in())
            try:
                inbox.deliver([opening])
                _serve(connection, path, inbox)
                at_end()
            finally:
                _close(connection)
    except Exception as error:  # noqa: BLE001 - it belongs to who asked
        opening.error = storage_error(error, path)
        inbox.deliver([opening])
        inbox.refuse(opening.error)


def _serve(connection: sqlite3.Connection, path: Path, inbox: Inbox) -> None:
    checkpointed = connection.total_changes
    while batch := inbox.take():
        commit(connection, batch)
        for request in batch:
            if request.error is not None:
                request.error = storage_error(request.error, path)
        inbox.deliver(batch)
        # SQLite would do this within a commit; here nobody waits for it.
        if connection.total_changes - checkpointed >= CHECKPOINT_CHANGES:
            checkpoint(connection, "PASSIVE")
            checkpointed = connection.total_changes


def commit(connection: sqlite3.Connection, batch: Sequence[Request[Any]]) -> None:
    """Carry out requests in one transaction, and leave result or error in each.

    When one fails, everything is taken back and each is carried out by itself, so that the
    others do not suffer. That is slow and rare; savepoints would be paid for by every request,
    and do not survive the errors that make SQLite roll back by itself.
    """
    operating = False
    try:
        connection.execute("BEGIN IMMEDIATE")
        operating = True
        for request in batch:
            request.result = request.operation(connection)
        operating = False
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - it belongs to who asked
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        if operating and len(batch) > 1:
            for request in batch:
                commit(connection, [request])
        else:
            for request in batch:
                request.error = error


def checkpoint(connection: sqlite3.Connection, mode: str) -> None:
    """Move what is in the log into the database; what cannot be moved now stays in the log."""
    with contextlib.suppress(sqlite3.Error):  # the log is as durable
        connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()


def _close(connection: sqlite3.Connection) -> None:
    try:
        checkpoint(connection, "TRUNCATE")
    finally:
        connection.close()
