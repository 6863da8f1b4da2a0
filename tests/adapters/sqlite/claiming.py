"""A process that records executions until it is killed, and prints what was acknowledged.

Usage: claiming.py DATABASE ROUND
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from wakeful.adapters.sqlite import SqliteStore
from wakeful.core.execution import Cause, Execution, ExecutionState

ATTENDANTS = 4


def say(*words):
    os.write(1, (" ".join(words) + "\n").encode())


async def attend(store, life, job):
    """Record executions of one job, one after the other."""
    for slot in range(1_000_000):
        born = Execution(
            execution_id=f"{life:04d}-{slot:06d}-{job}",
            job=f"{life}-{job}",
            cause=Cause.SCHEDULE,
            slot=slot,
            queued_at=slot,
        )
        await store.claim([born], [])
        say("claimed", born.execution_id)
        running = born.running(pid=1, at=slot)
        await store.record_started([running])
        say("started", born.execution_id)
        await store.record_finished([running.ended(ExecutionState.SUCCEEDED, at=slot)])
        say("finished", born.execution_id)


async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    await asyncio.gather(*(attend(store, int(sys.argv[2]), f"job{n}") for n in range(ATTENDANTS)))


asyncio.run(main())
