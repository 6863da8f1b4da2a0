"""``wakeful completion``: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from wakeful.core.errors import UnavailableError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL, to be read by it when it starts.

    For bash: put 'eval "$(wakeful completion bash)"' into ~/.bashrc.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise UnavailableError(f"there is no completion for {shell}")
    program = context.find_root().info_name or "wakeful"
    variable = f"_{program}_COMPLETE".replace("-", "_").upper()
    click.echo(kind(context.find_root().command, {}, program, variable).source())
