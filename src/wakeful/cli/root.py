"""The command ``wakeful``: its global options, and the list of its commands."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final

import click

from wakeful import __version__
from wakeful.cli.exits import USAGE, guarded
from wakeful.cli.lazy import LazyCommand, LazyGroup
from wakeful.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "wakeful"
COMPLETE_VARIABLE: Final = "_WAKEFUL_COMPLETE"
_ADDRESS: Final = re.compile(r"session|system|[a-z][a-z0-9+-]*:.+")

COMMANDS: Final = {
    "list": LazyCommand("listing", "list_jobs", "List the jobs."),
    "show": LazyCommand("listing", "show_job", "Show everything about one job."),
    "run": LazyCommand("running", "run_job", "Run a job now."),
    "cancel": LazyCommand("running", "cancel", "Stop an execution, or all of a job."),
    "enable": LazyCommand("toggling", "enable", "Let a job run by the clock."),
    "disable": LazyCommand("toggling", "disable", "Keep a job from running by the clock."),
    "pause": LazyCommand("toggling", "pause", "Keep all jobs from running by the clock."),
    "resume": LazyCommand("toggling", "resume", "Let jobs run by the clock again."),
    "history": LazyCommand("history", "history", "List executions, newest first."),
    "logs": LazyCommand("logs", "logs", "Print the output of an execution."),
    "next": LazyCommand("upcoming", "upcoming", "List what will run next."),
    "simulate": LazyCommand("simulating", "simulation", "Show what would run, and be missed."),
    "why": LazyCommand("explaining", "why", "Say why a job did or did not run."),
    "answer": LazyCommand("answering", "answer_missed", "Decide on a missed run of a job."),
    "dst": LazyCommand("clock_changes", "dst", "List when changes of the clock affect jobs."),
    "status": LazyCommand("status", "status", "Show the scheduler at a glance."),
    "health": LazyCommand("status", "health", "Say whether all is well."),
    "power": LazyCommand("power", "power", "Show sleep, wake-ups and steps of the clock."),
    "doctor": LazyCommand("examining", "doctor", "Look for what is wrong with the set-up."),
    "watch": LazyCommand("watching", "watch", "Print events as they happen."),
    "reload": LazyCommand("configuration", "reload_configuration", "Read the configuration now."),
    "check-config": LazyCommand(
        "checking", "check_config", "Look for mistakes in a configuration."
    ),
    "schema": LazyCommand("describing", "schema", "Print the JSON Schema of the configuration."),
    "install-user": LazyCommand("installing", "install", "Install the service of this user."),
    "uninstall-user": LazyCommand("installing", "uninstall", "Remove the service of this user."),
    "completion": LazyCommand("completing", "completion", "Print a completion script for a shell."),
}


def _check_bus(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not _ADDRESS.fullmatch(value):
        raise click.BadParameter(
            f"'{value}' is neither 'session' nor 'system' nor an address such as unix:path=/run/bus"
        )
    return value


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--bus",
    envvar="WAKEFUL_BUS",
    metavar="session|system|ADDRESS",
    callback=_check_bus,
    help="The bus of the scheduler; the session bus unless told.  [env: WAKEFUL_BUS]",
)
@click.option("--system", is_flag=True, help="Short for --bus system.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR in the environment.")
@click.version_option(__version__, "--version", prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def root(
    context: click.Context, *, bus: str | None, system: bool, as_json: bool, no_color: bool
) -> None:
    """Look after the jobs of the Wakeful scheduler."""
    by_variable = context.get_parameter_source("bus") is click.core.ParameterSource.ENVIRONMENT
    if system and bus not in {None, "system"} and not by_variable:
        raise click.UsageError("--system and --bus name two buses", context)
    if no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    context.obj = _settings(bus, system=system, by_variable=by_variable, as_json=as_json)
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


def _settings(bus: str | None, *, system: bool, by_variable: bool, as_json: bool) -> Settings:
    if system:
        return Settings("system", as_json, ("--system",))
    if bus is None:
        return Settings(json=as_json)
    return Settings(bus, as_json, () if by_variable else ("--bus", bus))


def run(arguments: Sequence[str]) -> int:
    """Run the program with arguments, and give its exit code."""

    def program() -> None:
        instruction = os.environ.get(COMPLETE_VARIABLE)
        if instruction:
            from click.shell_completion import shell_complete  # noqa: PLC0415 - slow, and rare

            raise click.exceptions.Exit(
                shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, instruction)
            )
        with root.make_context(PROGRAM, list(arguments)) as context:
            root.invoke(context)

    return guarded(program)


def main() -> None:
    """Run the program, and end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # A terminal that cannot show a character must not end the program.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # what the interpreter opens is a TextIOWrapper
    sys.exit(run(sys.argv[1:]))
