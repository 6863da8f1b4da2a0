"""Cells of the table: what happened, in few words, and how that is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from benchmarks.comparison.situations import PEERS, SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOT_RUN = "not run"
MOST_TIMES = 4
"""More are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a peer does in a situation.

    Attributes:
        text: What ran, when and how often, and what is told of the rest.
        measured: Whether it was seen; otherwise it is what the peer's own documentation says.
    """

    text: str
    measured: bool = True

    def __str__(self) -> str:
        return f"{self.text} ({'M' if self.measured else 'D'})"


@dataclass(frozen=True, slots=True)
class Column:
    """What one peer does, with its version."""

    version: str
    cells: Mapping[int, Cell]


def require(holds: object, text: str) -> None:
    """Stop where what a cell takes for granted is not so.

    Raises:
        RuntimeError: It does not hold.
    """
    if not holds:
        raise RuntimeError(text)


def times(starts: Sequence[datetime], form: str = "") -> str:
    """Say when something ran; starts in the same second are put together.

    Args:
        starts: When, as the wall clock showed it, in order.
        form: How to write one of them; otherwise the time, with seconds if there are any.
    """
    seconds = [one.replace(microsecond=0) for one in starts]
    groups = [
        (same[0], len(same))
        for _, one in groupby(seconds, datetime.timestamp)
        if (same := list(one))
    ]
    if not groups:
        return NOT_RUN
    if len(groups) > MOST_TIMES and all(count == 1 for _, count in groups):
        first, last = (_time(one, form) for one in (seconds[0], seconds[-1]))
        return f"{len(groups)} times, {first} to {last}"
    told = [
        _time(when, form) + (f" ({count} times)" if count > 1 else "") for when, count in groups
    ]
    return ", ".join(told)


def _time(when: datetime, form: str) -> str:
    return when.strftime(form or ("%H:%M:%S" if when.second else "%H:%M"))


def table(columns: Mapping[str, Column]) -> str:
    """Write the columns as a table in Markdown."""
    heads = [columns[peer].version if peer in columns else peer for peer in PEERS]
    lines = [f"| # | Situation | {' | '.join(heads)} |", "| --- " * (len(PEERS) + 2) + "|"]
    for number, title in SITUATIONS.items():
        cells = [
            str(columns[peer].cells.get(number, "")) if peer in columns else "" for peer in PEERS
        ]
        lines.append(f"| {number} | {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def load(path: Path) -> dict[str, Column]:
    """Read what was seen in earlier runs."""
    if not path.exists():
        return {}
    return {
        peer: Column(
            kept["version"],
            {int(number): Cell(**cell) for number, cell in kept["cells"].items()},
        )
        for peer, kept in json.loads(path.read_text()).items()
    }


def save(path: Path, columns: Mapping[str, Column]) -> None:
    """Keep what was seen."""
    document = {
        peer: {
            "version": columns[peer].version,
            "cells": {
                str(number): {"text": cell.text, "measured": cell.measured}
                for number, cell in sorted(columns[peer].cells.items())
            },
        }
        for peer in PEERS
        if peer in columns
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
