"""The thread that reads: however long a query takes, claims do not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.adapters.sqlite.failures import storage_error
from wakeful.adapters.sqlite.opening import open_for_reading

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

    from wakeful.adapters.sqlite.inbox import Inbox


def serve(inbox: Inbox, path: Path) -> None:
    """Answer queries until there is an end, with a connection that cannot write."""
    connection: Connection | None = None
    while batch := inbox.take():
        for request in batch:
            try:
                # Here, so that a failure to open concerns one query and not all to come.
                connection = connection or open_for_reading(path)
                request.result = request.operation(connection)
            except Exception as error:  # noqa: BLE001 - it belongs to who asked
                request.error = storage_error(error, path)
            inbox.deliver([request])
    if connection is not None:
        connection.close()
