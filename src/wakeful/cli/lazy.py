"""A group of commands that loads a command when it is used, not before."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem


class LazyCommand(NamedTuple):
    """A command by where it lives.

    Attributes:
        module: Below ``wakeful.cli``.
        attribute: Its name there.
        summary: One line for the list of commands.
    """

    module: str
    attribute: str
    summary: str

    def load(self) -> click.Command:
        """Import it."""
        command = getattr(importlib.import_module(f"wakeful.cli.{self.module}"), self.attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table of the root is ours
        return command


class LazyGroup(click.Group):
    """Commands in the order given; listing, helping and completing loads none of them."""

    def __init__(self, *, lazy: Mapping[str, LazyCommand], **settings: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(**settings)
        self._lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name all commands."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load a command; None if there is none of that name."""
        known = self._lazy.get(cmd_name)
        return None if known is None else known.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command a command line asks for; a near miss gets a suggestion."""
        name = args[0]
        if name in self._lazy or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from wakeful.core.problem import nearest  # noqa: PLC0415 - only for a mistake

        hint = nearest(name, self._lazy)
        text = f"there is no command '{name}'" + (f", {hint}" if hint else "")
        raise click.UsageError(text.rstrip("?"), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in self._lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names of commands and options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when completing

        found = [
            CompletionItem(name, help=one.summary)
            for name, one in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)
