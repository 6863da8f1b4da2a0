"""What it costs to put an execution on record: claimed and finished, safe from a power cut."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from typing import TYPE_CHECKING

from benchmarks.harness.figures import Figure, Limit, Row
from wakeful.adapters.sqlite import SqliteStore
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.names import execution_identifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.harness.setting import Setting

_LIMITS = {1: Limit(150, "µs"), 100: Limit(20, "µs")}
_TABLE = """\
CREATE TABLE execution (
  id TEXT PRIMARY KEY, job TEXT, slot INTEGER, state TEXT, queued INTEGER, ended INTEGER, log TEXT,
  UNIQUE (job, slot)
) WITHOUT ROWID, STRICT"""


class Floor:
    """Two statements an execution, on one connection in one thread.

    Args:
        path: Of its database.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)

    def record(self, group: list[Execution]) -> None:
        """Put a group on record twice: at its beginning and at its end."""
        self._commit(
            "INSERT INTO execution VALUES (?, ?, ?, 'queued', ?, NULL, ?)",
            [(one.execution_id, one.job, one.slot, one.queued_at, one.log) for one in group],
        )
        self._commit(
            "UPDATE execution SET state = 'succeeded', ended = ? WHERE id = ?",
            [(one.queued_at + 1, one.execution_id) for one in group],
        )

    def _commit(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(statement, rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """End."""
        self._connection.close()


def measure(setting: Setting) -> list[Row]:
    """Measure, with the bare database in turns."""
    return asyncio.run(_measure(setting))


async def _measure(setting: Setting) -> list[Row]:
    store = SqliteStore(setting.folder / "wakeful.db")
    floor = Floor(setting.folder / "floor.db")
    await store.open()
    rows: list[Row] = []
    births = _births()
    for size, groups in ((1, setting.choose(100, 1000)), (100, setting.choose(10, 60))):
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(groups):
            group = list(itertools.islice(births, size))
            begin = time.perf_counter()
            await store.claim(group, [])
            await store.record_finished([_ended(one) for one in group])
            middle = time.perf_counter()
            floor.record(group)
            ours.append((middle - begin) / size)
            theirs.append((time.perf_counter() - middle) / size)
        # A recorded execution is two commits; the limit is for one.
        rows.append(
            Row(
                what=f"recording in groups of {size}: one commit of one execution",
                ours=Figure.of(ours, "µs", scale=5e5),
                other=Figure.of(theirs, "µs", scale=5e5),
                other_name="bare SQLite",
                target=_LIMITS[size],
            )
        )
        rows.append(
            Row(
                what=f"recording in groups of {size}: executions a second",
                ours=Figure.of([1 / one for one in ours], "/s"),
                other=Figure.of([1 / one for one in theirs], "/s"),
                other_name="bare SQLite",
            )
        )
    await store.close()
    floor.close()
    return rows


def _births() -> Iterator[Execution]:
    begin = time.time_ns() // 1000
    for number in itertools.count():
        identifier = execution_identifier(begin + number * 1000, number)
        yield Execution(
            execution_id=identifier,
            job=f"job-{number % 1000:05}",
            cause=Cause.SCHEDULE,
            slot=begin + number,
            queued_at=begin + number,
            log=f"/var/lib/wakeful/logs/{identifier}.log",
        )


def _ended(execution: Execution) -> Execution:
    at = execution.queued_at + 1
    return execution.running(pid=1, at=at).ended(ExecutionState.SUCCEEDED, at=at, exit_status=0)
