"""Between the objects of the core and the rows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.names import execution_identifier
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Close, SlotState
from wakeful.core.schedule import SlotSpan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.services.ports import HistoryQuery, JobRecord, PeriodQuery

Row = tuple[Any, ...]

LONGEST_PAGE: Final = 10_000
"""Executions in one answer, whatever was asked for."""

_STATES: Final = {state.value: state for state in ExecutionState}
_CAUSES: Final = {cause.value: cause for cause in Cause}
_FAILED: Final = frozenset({ExecutionState.FAILED, ExecutionState.TIMED_OUT})
_FAILURES: Final = _FAILED | {ExecutionState.LOST}
_EARLIEST: Final = -(2**63)
_LATEST: Final = 2**63 - 1
_BEYOND_IDENTIFIERS: Final = "\U0010ffff"
_LAST_MILLISECOND: Final = 2**50 - 1
"""What the time in an identifier can hold."""


def storable(text: str) -> str:
    r"""Give a text that SQLite takes.

    Bytes of paths and program names that are no UTF-8 come as lone surrogates; they are written
    as ``\udc80``: a record with a flaw is better than none.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def execution_of(row: Row) -> Execution:
    """Make an execution from the columns of `queries.EXECUTION_COLUMNS`."""
    return Execution(
        execution_id=row[0],
        job=row[1],
        cause=_CAUSES[row[2]],
        slot=row[3],
        queued_at=row[4],
        state=_STATES[row[5]],
        reason=row[6],
        attempt=row[7],
        started_at=row[8],
        ended_at=row[9],
        exit_status=row[10],
        signal=row[11],
        requested_by=row[12],
        pid=row[13],
        log=row[14],
    )


def claimed(execution: Execution) -> Row:
    """Give the values for `queries.CLAIM`."""
    return (
        execution.execution_id,
        storable(execution.job),
        execution.cause.value,
        execution.slot,
        execution.queued_at,
        storable(execution.reason),
        execution.attempt,
        storable(execution.requested_by),
        storable(execution.log),
    )


def closed(closing: Close, recorded_at: int) -> Row:
    """Give the values for `queries.CLOSE_SLOTS`."""
    span = closing.span
    return (
        span.last,
        storable(closing.job),
        span.first,
        span.count,
        closing.state.value,
        str(closing.reason),
        recorded_at,
    )


def closed_counted(closing: Close) -> Row:
    """Give the values for `queries.COUNT_CLOSED`."""
    missed = closing.span.count if closing.state is SlotState.MISSED else 0
    return storable(closing.job), missed, closing.span.last


def started(execution: Execution) -> Row:
    """Give the values for `queries.START`."""
    return (
        storable(execution.reason),
        execution.attempt,
        execution.started_at,
        execution.pid,
        storable(execution.log),
        execution.execution_id,
    )


def finished(execution: Execution) -> Row:
    """Give the values for `queries.FINISH`."""
    return (
        execution.state.value,
        storable(execution.reason),
        execution.attempt,
        execution.started_at,
        execution.ended_at,
        execution.exit_status,
        execution.signal,
        execution.pid,
        storable(execution.log),
        execution.execution_id,
    )


def counted(execution: Execution) -> Row:
    """Give the values for `queries.COUNT_FINISHED`."""
    state = execution.state
    return (
        storable(execution.job),
        state in _FAILURES,
        state is ExecutionState.SUCCEEDED,
        state in _FAILED,
        execution.slot,
        execution.execution_id,
    )


def job_given(record: JobRecord) -> Row:
    """Give the values for `queries.SAVE_JOB`."""
    return (
        storable(record.name),
        storable(record.planning),
        record.configured,
        record.override,
        record.anchor,
        record.accounted_until,
    )


def job_counts(record: JobRecord) -> Row:
    """Give the values for `queries.RAISE_COUNTS`."""
    return (
        storable(record.name),
        record.run_count,
        record.failure_count,
        record.missed_count,
    )


def period_given(period: Period) -> Row:
    """Give the values for `queries.RECORD_PERIOD`."""
    return (
        period.kind.value,
        period.since,
        period.until,
        period.asleep,
        period.step,
        storable(period.source),
    )


def period_of(row: Row) -> Period:
    """Make a period from the columns of `queries.PERIODS`."""
    kind, since, until, asleep, step, source = row
    return Period(
        kind=PeriodKind(kind), since=since, until=until, asleep=asleep, step=step, source=source
    )


def period_values(query: PeriodQuery) -> Mapping[str, object]:
    """Give the values for `queries.PERIODS`."""
    return {
        "since": _EARLIEST if query.since is None else max(query.since, _EARLIEST),
        "until": _LATEST if query.until is None else min(query.until, _LATEST),
        "limit": max(0, min(query.limit, LONGEST_PAGE)),
    }


def closing_of(row: Row) -> Close:
    """Make a closing from the columns of `queries.CLOSING_OF_SLOT`."""
    job, first, last, count, state, reason = row
    return Close(job, SlotSpan(first, last, count), SlotState(state), reason)


def last_slot_values(job: str, until: int) -> Mapping[str, object]:
    """Give the values for `queries.LAST_CLOSED_SLOT` and `queries.LAST_EXECUTED_SLOT`."""
    return {"job": storable(job), "until": until, "before": _BEYOND_IDENTIFIERS}


def history_values(query: HistoryQuery) -> Mapping[str, object]:
    """Give the values for `queries.HISTORY` and `queries.HISTORY_OF_JOB`.

    The instants are bound twice: as a range of identifiers, which is what the indexes are
    sorted by but holds milliseconds only, and exactly.
    """
    since = _EARLIEST if query.since is None else max(query.since, _EARLIEST)
    until = _LATEST if query.until is None else min(query.until, _LATEST)
    before = _BEYOND_IDENTIFIERS if query.before is None else storable(query.before)
    states = query.states or tuple(ExecutionState)
    every = [state.value for state in set(states)]
    every += every[:1] * (len(_STATES) - len(every))
    return {
        "job": None if query.job is None else storable(query.job),
        "lowest": "" if query.since is None else _first_identifier(since),
        "before": before if query.until is None else min(before, _first_identifier(until + 999)),
        "since": since,
        "until": until,
        "limit": max(0, min(query.limit, LONGEST_PAGE)),
        **{f"state{number}": state for number, state in enumerate(every)},
    }


def _first_identifier(instant: int) -> str:
    """Give a bound below every identifier of the millisecond that contains an instant."""
    milliseconds = min(max(instant // 1000, 0), _LAST_MILLISECOND)
    return execution_identifier(milliseconds * 1000, 0)
