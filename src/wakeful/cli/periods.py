"""Periods of sleep, of absence and of a clock that was set, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.cli import moments
from wakeful.cli.table import Cell, Column, format_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.cli.documents import Document
    from wakeful.client.records import PeriodRecord

_COLUMNS: Final = (
    Column("WHAT"),
    Column("FROM"),
    Column("UNTIL"),
    Column("FOR", right=True),
    Column("NOTICED BY", optional=True),
)
_WORDS: Final = {"asleep": "asleep", "off": "off", "clock-step": "clock set"}


def period_table(periods: Sequence[PeriodRecord], width: int | None) -> str:
    """Lay out periods for people."""
    rows = [
        (
            Cell(_WORDS.get(one.kind, one.kind)),
            Cell(moments.exact(one.since)),
            Cell(moments.exact(one.until)),
            Cell(_length(one)),
            Cell(one.source),
        )
        for one in periods
    ]
    return format_table(_COLUMNS, rows, width=width)


def period_text(period: PeriodRecord, zone: str) -> str:
    """Describe a period in words, without a full stop."""
    begin, end = moments.exact(period.since, zone), moments.exact(period.until, zone)
    if period.kind == "clock-step":
        return f"the clock was set {moments.stepped(period.step or 0)}, from {begin} to {end}"
    return f"{_WORDS.get(period.kind, period.kind)} from {begin} to {end}"


def period_document(period: PeriodRecord, zone: str = "") -> Document:
    """Describe a period for programs."""
    return {
        "kind": period.kind,
        "since": moments.iso(period.since, zone),
        "until": moments.iso(period.until, zone),
        "asleep_ms": moments.milliseconds(period.asleep),
        "step_ms": moments.milliseconds(period.step),
        "source": period.source or None,
    }


def _length(period: PeriodRecord) -> str:
    if period.kind == "clock-step":
        sign = "-" if (period.step or 0) < 0 else "+"
        return f"{sign}{moments.lasted(abs(period.step or 0))}"
    return moments.lasted(max(period.until - period.since, 0))
