"""Colours: what stands out on a terminal."""

from __future__ import annotations

from typing import Final

from wakeful.cli.table import Cell

GOOD: Final = "green"
BAD: Final = "red"
BUSY: Final = "cyan"
CAUTION: Final = "yellow"
FAINT: Final = "bright_black"

_STATES: Final = {
    "queued": BUSY,
    "running": BUSY,
    "succeeded": GOOD,
    "failed": BAD,
    "timed-out": BAD,
    "cancelled": CAUTION,
    "lost": BAD,
}


def state_cell(state: str) -> Cell:
    """Show the state of an execution."""
    return Cell(state, _STATES.get(state, ""))
