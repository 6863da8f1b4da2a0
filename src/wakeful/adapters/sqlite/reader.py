"""The thread that reads: however long a query takes, claims do not wait for it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from wakeful.adapters.sqlite.failures import storage_error
from wakeful.adapters.sqlite.opening import open_for_reading

if TYPE_CHECKING:
    from pathlib import Path

    from wakeful.adapters.sqlite.inbox import Inbox


def serve(inbox: Inbox, path: Path) -> None:
    """Answer queries until there is an end, with a connection that cannot write."""
    try:
        connection = open_for_reading(path)
    except Exception as error:  # noqa: BLE001 - it belongs to who asked
        _refuse(inbox, path, error)
        return
    with closing(connection):
        while batch := inbox.take():
            for request in batch:
                try:
                    request.result = request.operation(connection)
                except Exception as error:  # noqa: BLE001 - it belongs to who asked
                    request.error = storage_error(error, path)
                inbox.deliver([request])


def _refuse(inbox: Inbox, path: Path, error: Exception) -> None:
    while batch := inbox.take():
        for request in batch:
            request.error = storage_error(error, path)
        inbox.deliver(batch)
