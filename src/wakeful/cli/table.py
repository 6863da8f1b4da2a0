"""Tables for people: aligned, as wide as the terminal, in full when nobody watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import click

from wakeful.cli.text import clean, display_width, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP: Final = "  "


class Column(NamedTuple):
    """A column.

    Attributes:
        title: Its heading.
        least: To how many columns of the terminal it may be shortened; 0: it is shown in full.
        optional: Whether it may be left out where there is no room for it.
        right: Whether it is aligned to the right.
    """

    title: str
    least: int = 0
    optional: bool = False
    right: bool = False


class Cell(NamedTuple):
    """A text, and the colour it has where there are colours."""

    text: str
    colour: str = ""


def format_table(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int | None
) -> str:
    """Lay out a table.

    Args:
        columns: From left to right.
        rows: One cell for every column each.
        width: Columns of the terminal; None: as wide as it comes, nothing is shortened.
    """
    cleaned = [[Cell(clean(cell.text), cell.colour) for cell in row] for row in rows]
    shown = list(range(len(columns)))
    widths = [
        max([display_width(column.title), *(display_width(row[place].text) for row in cleaned)])
        for place, column in enumerate(columns)
    ]
    if width is not None:
        shown = _fit(columns, widths, width)
    lines = [_line(columns, [Cell(column.title) for column in columns], widths, shown)]
    lines.extend(_line(columns, row, widths, shown) for row in cleaned)
    return "\n".join(lines)


def _fit(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """Shorten columns until they fit; leave out optional ones, the last first, if need be."""
    shown = list(range(len(columns)))
    while True:
        excess = sum(widths[place] for place in shown) + len(_GAP) * (len(shown) - 1) - width
        spare = {place: widths[place] - columns[place].least for place in shown}
        flexible = [place for place in shown if columns[place].least and spare[place] > 0]
        droppable = [place for place in shown if columns[place].optional]
        if excess <= sum(spare[place] for place in flexible) or not droppable:
            _shrink(columns, widths, flexible, excess)
            return shown
        shown.remove(droppable[-1])


def _shrink(columns: Sequence[Column], widths: list[int], flexible: list[int], excess: int) -> None:
    """Take the excess from the widest columns, one step at a time."""
    while excess > 0:
        candidates = [place for place in flexible if widths[place] > columns[place].least]
        if not candidates:
            return
        widths[max(candidates, key=widths.__getitem__)] -= 1
        excess -= 1


def _line(
    columns: Sequence[Column], cells: Sequence[Cell], widths: Sequence[int], shown: Sequence[int]
) -> str:
    parts: list[str] = []
    for place in shown:
        text = shorten(cells[place].text, widths[place])
        padding = " " * (widths[place] - display_width(text))
        colour = cells[place].colour
        painted = click.style(text, fg=colour) if colour and text else text
        parts.append(padding + painted if columns[place].right else painted + padding)
    return _GAP.join(parts).rstrip()


def format_facts(facts: Sequence[tuple[str, Cell]]) -> str:
    """Lay out labels and values, one pair on a line; values are shown in full."""
    widest = max((display_width(label) for label, _ in facts), default=0)
    lines: list[str] = []
    for label, cell in facts:
        text = clean(cell.text)
        painted = click.style(text, fg=cell.colour) if cell.colour else text
        start = f"{label}:" if label else ""
        padding = " " * (widest + 1 - display_width(start))
        lines.append(f"{start}{padding} {painted}".rstrip())
    return "\n".join(lines)
