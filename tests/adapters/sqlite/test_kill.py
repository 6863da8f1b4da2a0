"""What was acknowledged is there after the process was killed at any instant."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from wakeful.services.ports import HistoryQuery

CLAIMING = Path(__file__).with_name("claiming.py")
LIVES = 12
"""Ranks: what is recorded of an execution never goes down."""
RANKS = {"queued": 0, "running": 1, "succeeded": 2}
SAID = {"claimed": 0, "started": 1, "finished": 2}


def live_and_die(path, life, seconds):
    """Run a process, kill it some time after it began, and give what it said."""
    command = [sys.executable, str(CLAIMING), str(path), str(life)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        said += process.stdout.readlines()
    # The last line may be cut off.
    return [line.split() for line in said if line.endswith("\n")]


async def test_nothing_acknowledged_is_lost_by_a_kill(open_store, path):
    instants = random.Random(4711)
    acknowledged = {}
    for life in range(LIVES):
        for word, execution_id in live_and_die(path, life, instants.uniform(0, 0.12)):
            acknowledged[execution_id] = max(SAID[word], acknowledged.get(execution_id, 0))

        store, memory = await open_store()
        recorded = {}
        before = None
        while page := await store.history(HistoryQuery(limit=10_000, before=before)):
            recorded |= {each.execution_id: RANKS[each.state] for each in page}
            before = page[-1].execution_id

        lost = {name for name, rank in acknowledged.items() if recorded.get(name, -1) < rank}
        assert not lost
        assert len(memory.unfinished) == sum(rank < 2 for rank in recorded.values())
        totals = await store.totals()
        assert totals.executions == len(recorded)
        assert totals.succeeded == sum(rank == 2 for rank in recorded.values())
        await store.close()
    assert len(acknowledged) > LIVES
    assert not list(path.parent.glob("*.damaged-*"))
