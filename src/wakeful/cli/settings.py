"""Settings: what the global options say, for all commands."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_USUAL_WIDTH: Final = 80
"""For a terminal that does not know its own."""

Function = TypeVar("Function", bound="Callable[..., Any]")


class Settings(NamedTuple):
    """What the global options say.

    Attributes:
        bus: ``session``, ``system`` or a D-Bus address.
        json: Whether standard output is for programs.
        place: The options with which this bus was named.
    """

    bus: str = "session"
    json: bool = False
    place: tuple[str, ...] = ()

    def command(self, *words: str) -> str:
        """Write a command for the same daemon, ready to be typed."""
        return shlex.join(["wakeful", *self.place, *words])


def _ask_for_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and isinstance(context.obj, Settings):
        context.obj = context.obj._replace(json=True)


def json_option(function: Function) -> Function:
    """Give a command the option ``--json``; it reads the answer from its settings."""
    option = click.option(
        "--json",
        "as_json",
        is_flag=True,
        expose_value=False,
        callback=_ask_for_json,
        help="Print one JSON document.",
    )
    return option(function)


def terminal_width() -> int | None:
    """Give the width of the terminal; None if standard output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_WIDTH


def note(text: str) -> None:
    """Tell the person something that is not part of the answer."""
    click.echo(text, err=True)
