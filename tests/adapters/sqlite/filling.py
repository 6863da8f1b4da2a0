"""A process that fills the disk it writes to; prints what came of it as JSON.

Usage: filling.py MOUNT_POINT, on a small file system of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path

from wakeful.adapters.sqlite import SqliteStore
from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause, Execution
from wakeful.services.ports import HistoryQuery

DISK = Path(sys.argv[1])


def execution(number):
    return Execution(
        execution_id=f"{number:026d}",
        job="backup",
        cause=Cause.SCHEDULE,
        slot=number,
        queued_at=number,
        log="x" * 500,
    )


async def main():
    ballast = DISK / "ballast"
    ballast.write_bytes(b"x" * 300_000)
    store = SqliteStore(DISK / "wakeful.db")
    await store.open()
    acknowledged = []
    for number in itertools.count():
        try:
            acknowledged += await store.claim([execution(number)], [])
        except StorageError as error:
            refused, told = number, str(error)
            break
    found = await store.history(HistoryQuery(limit=10_000))
    kept = {each.execution_id for each in found} == set(acknowledged)
    ballast.unlink()
    again = await store.claim([execution(refused)], [])
    await store.close()

    store = SqliteStore(DISK / "wakeful.db")
    memory = await store.open()
    await store.close()
    files = sorted(os.listdir(DISK))  # noqa: PTH208 - names only, and nothing else runs
    answer = {
        "told": told,
        "acknowledged": len(acknowledged),
        "kept": kept,
        "again": len(again),
        "after": len(memory.unfinished),
        "files": files,
    }
    sys.stdout.write(json.dumps(answer))


asyncio.run(main())
