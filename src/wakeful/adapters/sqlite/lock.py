"""One daemon to one database."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RETRY_SECONDS: Final = 0.05


@contextlib.contextmanager
def held(path: Path, *, patience: float) -> Iterator[None]:
    """Hold the lock of a database; it ends with the process in any case.

    SQLite would let two daemons write in turns, and each would take the unfinished executions
    of the other for lost ones. The lock is a file of its own because closing the database
    itself, opened a second time, would drop the locks of SQLite.

    Args:
        path: Of the database.
        patience: Seconds to wait for a daemon that is about to end.

    Raises:
        StorageError: Another process keeps it.
        OSError: The lock cannot be made.
    """
    file = path.with_name(f"{path.name}.lock")
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                raise StorageError(
                    f"{path} is in use by another daemon (process {holder or 'unknown'})",
                    hint="stop that one first, or choose another state directory",
                ) from None
            time.sleep(_RETRY_SECONDS)
        else:
            return
