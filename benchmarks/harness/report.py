"""The table for people and the file for programs."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness.figures import Row

RESULTS = Path(__file__).parents[1] / "results"
HEADINGS = ("what", "ours", "floor or peer", "ratio", "target", "met?", "note")
_WORDS = {True: "yes", False: "NO", None: ""}


def table(rows: Sequence[Row]) -> str:
    """Write rows as a table that is also Markdown."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    other = f"{row.other_name}: {row.other}" if row.other else row.other_name
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    target = str(row.target) if row.target else ""
    return row.what, str(row.ours), other, ratio, target, _WORDS[row.met], row.note


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def save(rows: Sequence[Row], path: Path | None, *, quick: bool, load: float) -> Path:
    """Write rows to a JSON file.

    Args:
        rows: What was measured.
        path: Where to; by default a new file in the folder of results.
        quick: Whether it was a quick run.
        load: The load average before the run.

    Returns:
        The path.
    """
    now = datetime.now(UTC)
    path = path or RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "at": now.isoformat(timespec="seconds"),
        "quick": quick,
        "python": platform.python_version(),
        "kernel": platform.release(),
        "processors": os.cpu_count(),
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "rows": [row.document() for row in rows],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return path
