"""Tables of executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.cli import moments
from wakeful.cli.colours import state_cell
from wakeful.cli.table import Cell, Column, format_table
from wakeful.core.names import IDENTIFIER_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.client.records import ExecutionRecord
    from wakeful.core.instant import Instant

SHORTEST_SHOWN: Final = 13
"""Letters of an identifier that are shown at least: its milliseconds, and some to spare."""
_COLUMNS: Final = (
    Column("EXECUTION"),
    Column("JOB", least=12),
    Column("STATE"),
    Column("STARTED"),
    Column("TOOK", right=True),
    Column("CAUSE", optional=True),
    Column("REASON", least=10, optional=True),
)
_JOB_COLUMN: Final = 1


def execution_table(
    executions: Sequence[ExecutionRecord],
    present: Instant,
    width: int | None,
    *,
    with_job: bool = True,
) -> str:
    """Lay out executions for people; identifiers are cut to what tells them apart."""
    letters = shortest_unique([one.execution_id for one in executions])
    rows = [
        [
            Cell(one.execution_id[:letters]),
            Cell(one.job),
            state_cell(one.state),
            Cell(moments.relative(one.started_at or one.queued_at, present)),
            Cell(_took(one, present)),
            Cell(one.cause),
            Cell(one.reason),
        ]
        for one in executions
    ]
    columns = list(_COLUMNS)
    if not with_job:
        del columns[_JOB_COLUMN]
        for row in rows:
            del row[_JOB_COLUMN]
    return format_table(columns, rows, width=width)


def _took(execution: ExecutionRecord, present: Instant) -> str:
    if execution.started_at is not None and not execution.ended:
        return moments.lasted(max(present - execution.started_at, 0))
    return moments.lasted(execution.duration)


def shortest_unique(identifiers: list[str]) -> int:
    """Give the number of letters that tell these identifiers apart, with some to spare."""
    for length in range(SHORTEST_SHOWN, IDENTIFIER_LENGTH):
        if len({one[:length] for one in identifiers}) == len(set(identifiers)):
            return length
    return IDENTIFIER_LENGTH
