"""What is done with the database, given a connection; transactions are the caller's business."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wakeful.adapters.sqlite import queries, rows
from wakeful.services.ports import JobRecord, Memory, PeriodQuery, Totals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.core.plan import Close
    from wakeful.services.ports import HistoryQuery

RECALLED_PERIODS: Final = 1000
"""As many as decisions are based on; older ones are for explanations."""


def claim(
    connection: Connection, executions: Sequence[Execution], closings: Sequence[Close]
) -> frozenset[str]:
    """Do what `Store.claim` says."""
    cursor = connection.cursor()
    recorded = []
    for execution in executions:
        cursor.execute(queries.CLAIM, rows.claimed(execution))
        if cursor.rowcount:
            recorded.append(execution.execution_id)
    now = time.time_ns() // 1000
    for closing in closings:
        cursor.execute(queries.CLOSE_SLOTS, rows.closed(closing, now))
        if cursor.rowcount:  # a span that is there already was counted then
            cursor.execute(queries.COUNT_CLOSED, rows.closed_counted(closing))
    return frozenset(recorded)


def record_started(connection: Connection, executions: Sequence[Execution]) -> None:
    """Do what `Store.record_started` says; what has an outcome already keeps it."""
    connection.executemany(queries.START, map(rows.started, executions))


def record_finished(connection: Connection, executions: Sequence[Execution]) -> None:
    """Do what `Store.record_finished` says."""
    cursor = connection.cursor()
    for execution in executions:
        cursor.execute(queries.FINISH, rows.finished(execution))
        if cursor.rowcount:
            cursor.execute(queries.COUNT_FINISHED, rows.counted(execution))


def save_jobs(connection: Connection, records: Sequence[JobRecord]) -> None:
    """Do what `Store.save_jobs` says."""
    connection.executemany(queries.SAVE_JOB, map(rows.job_given, records))
    connection.executemany(
        queries.RAISE_COUNTS,
        (values for values in map(rows.job_counts, records) if any(values[1:])),
    )


def save_enabled(connection: Connection, *, override: bool | None, configured: bool) -> None:
    """Do what `Store.save_enabled` says."""
    connection.executemany(
        queries.SAVE_SETTING,
        [("enabled_override", override), ("configured_enabled", configured)],
    )


def record_periods(connection: Connection, periods: Sequence[Period]) -> None:
    """Do what `Store.record_periods` says."""
    connection.executemany(queries.RECORD_PERIOD, map(rows.period_given, periods))


def record_active(connection: Connection, until: Instant) -> None:
    """Do what `Store.record_active` says."""
    connection.execute(queries.SAVE_SETTING, ("active_until", until))


def remember_boot(connection: Connection, boot: str) -> bool:
    """Do what `Store.remember_boot` says."""
    known = connection.execute(queries.SETTING, ("boot",)).fetchone()
    if known is not None and known[0] == boot:
        return False
    connection.execute(queries.SAVE_SETTING, ("boot", boot))
    return True


def recall(connection: Connection) -> Memory:
    """Read what the daemon needs to begin."""
    unfinished = _executions(connection, queries.UNFINISHED)
    last = {each.job: each for each in _executions(connection, queries.LAST_EXECUTIONS)}
    # Slots of executions that ended are accounted for in the tally.
    claimed: dict[str, Instant] = {}
    for each in unfinished:
        if each.slot is not None:
            claimed[each.job] = max(each.slot, claimed.get(each.job, each.slot))
    settings = dict(connection.execute(queries.SETTINGS))
    return Memory(
        jobs={
            name: JobRecord(
                name=name,
                planning=planning,
                configured=bool(configured),
                override=_truth(override),
                anchor=anchor,
                accounted_until=max(accounted_until, claimed.get(name, accounted_until)),
                run_count=run_count,
                failure_count=failure_count,
                missed_count=missed_count,
                last=last.get(name),
            )
            for (
                name,
                planning,
                configured,
                override,
                anchor,
                accounted_until,
                run_count,
                failure_count,
                missed_count,
            ) in connection.execute(queries.JOBS)
        },
        unfinished=unfinished,
        enabled_override=_truth(settings.get("enabled_override")),
        configured_enabled=_truth(settings.get("configured_enabled")),
        periods=tuple(periods(connection, PeriodQuery(limit=RECALLED_PERIODS))[::-1]),
        active_until=connection.execute(queries.ACTIVE_UNTIL).fetchone()[0] or None,
    )


def periods(connection: Connection, query: PeriodQuery) -> list[Period]:
    """Do what `Store.periods` says."""
    found = connection.execute(queries.PERIODS, rows.period_values(query))
    return [rows.period_of(row) for row in found]


def closing_of_slot(connection: Connection, job: str, slot: Instant) -> Close | None:
    """Do what `Store.closing_of_slot` says."""
    values = {"job": rows.storable(job), "slot": slot}
    row = connection.execute(queries.CLOSING_OF_SLOT, values).fetchone()
    return None if row is None else rows.closing_of(row)


def execution_of_slot(connection: Connection, job: str, slot: Instant) -> Execution | None:
    """Do what `Store.execution_of_slot` says."""
    row = connection.execute(queries.EXECUTION_OF_SLOT, (slot, rows.storable(job))).fetchone()
    return None if row is None else rows.execution_of(row)


def last_slot(connection: Connection, job: str, until: Instant) -> Instant | None:
    """Do what `Store.last_slot` says."""
    values = rows.last_slot_values(job, until)
    statements = (queries.LAST_CLOSED_SLOT, queries.LAST_EXECUTED_SLOT)
    found = [connection.execute(statement, values).fetchone() for statement in statements]
    return max((row[0] for row in found if row is not None), default=None)


def history(connection: Connection, query: HistoryQuery) -> list[Execution]:
    """Do what `Store.history` says."""
    statement = queries.HISTORY if query.job is None else queries.HISTORY_OF_JOB
    return _executions(connection, statement, rows.history_values(query))


def execution(connection: Connection, execution_id: str) -> Execution | None:
    """Do what `Store.execution` says."""
    row = connection.execute(queries.EXECUTION, (rows.storable(execution_id),)).fetchone()
    return None if row is None else rows.execution_of(row)


def totals(connection: Connection) -> Totals:
    """Do what `Store.totals` says."""
    executions, succeeded, failed = connection.execute(queries.TOTALS).fetchone()
    return Totals(executions=executions, succeeded=succeeded, failed=failed)


def _executions(
    connection: Connection, statement: str, values: Mapping[str, object] | None = None
) -> list[Execution]:
    # Row by row, because SQLite lets other threads run at each: a long page delays nobody.
    return [rows.execution_of(row) for row in connection.execute(statement, values or {})]


def _truth(value: object) -> bool | None:
    return None if value is None else bool(value)
