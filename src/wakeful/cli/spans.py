"""Spans of time on the command line: the option ``--since``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wakeful.cli import moments

if TYPE_CHECKING:
    from wakeful.cli.settings import Function
    from wakeful.core.instant import Instant


def _read_since(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> Instant | None:
    if value is None:
        return None
    try:
        return moments.parse_since(value, moments.now())
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def since_option(function: Function) -> Function:
    """Give a command the option ``--since``, as the argument ``since``: an instant or None."""
    option = click.option(
        "--since",
        metavar="TIME",
        callback=_read_since,
        help="Only from then on: a duration back from now (2h, 3d), or a date or time"
        " (2026-01-01).",
    )
    return option(function)
