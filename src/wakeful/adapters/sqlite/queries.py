"""Every SQL statement of the store, by name; the tables are made in ``migrations``."""

from __future__ import annotations

from typing import Final

UNFINISHED_ONLY: Final = "state IN ('queued', 'running')"
"""Spelled as in the partial index, or SQLite does not see that the index serves."""

FINISHED_ONLY: Final = "state NOT IN ('queued', 'running')"
"""Likewise."""

CLAIM: Final = """
INSERT INTO execution (id, job, cause, slot, queued_at, reason, attempt, requested_by, log)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
WHERE NOT EXISTS (
    SELECT 1 FROM slot WHERE last BETWEEN ?4 AND ?5 AND job = ?2 AND first <= ?4
)
ON CONFLICT DO NOTHING
"""
"""A slot that was closed stays closed. What ends in time to come was closed by a wrong clock."""

CLOSE_SLOTS: Final = """
INSERT INTO slot (last, job, first, count, state, reason, recorded_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

COUNT_CLOSED: Final = """
INSERT INTO tally (job, missed_count, last_slot) VALUES (?, ?, ?)
ON CONFLICT (job) DO UPDATE SET
    missed_count = missed_count + excluded.missed_count,
    last_slot = max(coalesce(last_slot, excluded.last_slot), excluded.last_slot)
"""

START: Final = f"""
UPDATE execution
SET state = 'running', reason = ?, attempt = ?, started_at = ?, pid = ?, log = ?
WHERE id = ? AND {UNFINISHED_ONLY}
"""  # noqa: S608 - made of constants

FINISH: Final = f"""
UPDATE execution
SET state = ?, reason = ?, attempt = ?, started_at = ?, ended_at = ?, exit_status = ?, signal = ?,
    pid = ?, log = ?
WHERE id = ? AND {UNFINISHED_ONLY}
"""  # noqa: S608 - made of constants

COUNT_FINISHED: Final = """
INSERT INTO tally
    (job, run_count, failure_count, finished, succeeded, failed, last_slot, last_execution)
VALUES (?, 1, ?, 1, ?, ?, ?, ?)
ON CONFLICT (job) DO UPDATE SET
    run_count = run_count + 1,
    failure_count = failure_count + excluded.failure_count,
    finished = finished + 1,
    succeeded = succeeded + excluded.succeeded,
    failed = failed + excluded.failed,
    last_slot = coalesce(max(last_slot, excluded.last_slot), last_slot, excluded.last_slot),
    last_execution = max(coalesce(last_execution, ''), excluded.last_execution)
"""

SAVE_JOB: Final = """
INSERT INTO job (name, planning, configured, override, anchor, accounted_until)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
    planning = excluded.planning,
    configured = excluded.configured,
    override = excluded.override,
    anchor = excluded.anchor,
    accounted_until = excluded.accounted_until
"""

RAISE_COUNTS: Final = """
INSERT INTO tally (job, run_count, failure_count, missed_count) VALUES (?, ?, ?, ?)
ON CONFLICT (job) DO UPDATE SET
    run_count = max(run_count, excluded.run_count),
    failure_count = max(failure_count, excluded.failure_count),
    missed_count = max(missed_count, excluded.missed_count)
"""

SAVE_SETTING: Final = """
INSERT INTO setting (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

SETTINGS: Final = "SELECT name, value FROM setting"

SETTING: Final = "SELECT value FROM setting WHERE name = ?"

RECORD_PERIOD: Final = """
INSERT INTO period (kind, since, until, asleep, step, source) VALUES (?, ?, ?, ?, ?, ?)
"""

PERIODS: Final = """
SELECT kind, since, until, asleep, step, source FROM period
WHERE until > :since AND since < :until ORDER BY id DESC LIMIT :limit
"""

ACTIVE_UNTIL: Final = """
SELECT max(
    coalesce((SELECT value FROM setting WHERE name = 'active_until'), 0),
    coalesce((SELECT until FROM period ORDER BY id DESC LIMIT 1), 0),
    coalesce((SELECT max(last_slot) FROM tally), 0),
    coalesce((SELECT queued_at FROM execution ORDER BY id DESC LIMIT 1), 0)
)
"""
"""The last sign of life there is; nobody writes one only to leave it."""

CLOSING_OF_SLOT: Final = """
SELECT job, first, last, count, state, reason FROM slot
WHERE job = :job AND last >= :slot AND first <= :slot ORDER BY last LIMIT 1
"""

LAST_CLOSED_SLOT: Final = """
SELECT CASE WHEN first <= :until AND last > :until THEN first ELSE last END FROM slot
WHERE job = :job AND first <= :until ORDER BY last DESC LIMIT 1
"""

LAST_EXECUTED_SLOT: Final = f"""
SELECT slot FROM execution
WHERE job = :job AND {FINISHED_ONLY} AND id < :before AND slot <= :until
ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - made of constants

EXECUTION_COLUMNS: Final = (
    "id, job, cause, slot, queued_at, state, reason, attempt, started_at, ended_at, exit_status, "
    "signal, requested_by, pid, log"
)
"""In the order in which `rows.execution_of` takes them."""

JOBS: Final = """
SELECT
    name, planning, configured, override, anchor,
    max(accounted_until, coalesce(last_slot, accounted_until)),
    coalesce(run_count, 0), coalesce(failure_count, 0), coalesce(missed_count, 0)
FROM job LEFT JOIN tally ON tally.job = name
"""

LAST_EXECUTIONS: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution
WHERE id IN (SELECT last_execution FROM tally WHERE job IN (SELECT name FROM job))
"""  # noqa: S608 - made of constants

UNFINISHED: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution WHERE {UNFINISHED_ONLY} ORDER BY id
"""  # noqa: S608 - made of constants

EXECUTION: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution WHERE id = ?
"""  # noqa: S608 - made of constants

EXECUTION_OF_SLOT: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution WHERE slot = ? AND job = ?
"""  # noqa: S608 - made of constants

_HISTORY_RANGE: Final = """
id >= :lowest AND id < :before AND queued_at >= :since AND queued_at < :until
AND state IN (:state0, :state1, :state2, :state3, :state4, :state5, :state6)
"""

_HISTORY_ORDER: Final = "ORDER BY id DESC LIMIT :limit"

HISTORY: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution WHERE {_HISTORY_RANGE} {_HISTORY_ORDER}
"""  # noqa: S608 - made of constants

HISTORY_OF_JOB: Final = f"""
SELECT {EXECUTION_COLUMNS} FROM execution
WHERE job = :job AND {FINISHED_ONLY} AND {_HISTORY_RANGE}
UNION ALL
SELECT {EXECUTION_COLUMNS} FROM execution
WHERE job = :job AND {UNFINISHED_ONLY} AND {_HISTORY_RANGE}
{_HISTORY_ORDER}
"""  # noqa: S608 - made of constants

TOTALS: Final = f"""
SELECT
    coalesce(sum(finished), 0) + (SELECT count(*) FROM execution WHERE {UNFINISHED_ONLY}),
    coalesce(sum(succeeded), 0),
    coalesce(sum(failed), 0)
FROM tally
"""  # noqa: S608 - made of constants
