"""The page of the commands, from what their ``--help`` is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from generator.text import code, prose, table
from wakeful import app
from wakeful.__main__ import main as daemon
from wakeful.cli import exits
from wakeful.cli.root import PROGRAM, root

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION: Final = """\
`wakeful` asks the daemon, over the bus; `wakefuld` is the daemon. Every command knows `--help`.

With `--json` there is one JSON document on standard output; messages go to standard error."""
_EXITS: Final = (
    (exits.DONE, "Done. With `--wait` or `--follow`: the execution succeeded."),
    (exits.FAILED, "The request failed: no such job, a job that failed, a refusal."),
    (exits.USAGE, "Wrong usage: an unknown command or option, a missing argument."),
    (exits.UNREACHABLE, "The daemon cannot be reached."),
    (exits.INTERRUPTED, "Interrupted with Ctrl-C."),
)
_DAEMON_EXITS: Final = (
    (app.EXIT_DONE, "Told to stop; or another daemon is at work on the same bus."),
    (app.EXIT_FAILED, "It could not start: no bus, or a state folder that cannot be used."),
    (exits.USAGE, "Wrong usage."),
    (app.EXIT_BUS_GONE, "The bus went away."),
)
_VARIABLES: Final = (
    ("WAKEFUL_BUS", "As `--bus` of `wakeful`."),
    (exits.DEBUG_VARIABLE, "If set, an unforeseen error of `wakeful` shows where it happened."),
    ("NO_COLOR", "If set, no colours."),
    ("DBUS_SESSION_BUS_ADDRESS", "The session bus."),
    (
        "DBUS_SYSTEM_BUS_ADDRESS",
        "The system bus, where `wakefuld` hears of sleep, power and network.",
    ),
    ("WAKEFUL_DBUS_LIBRARY", "`dbus-fast` or `dbus-next`: do not choose by what is installed."),
    ("XDG_CONFIG_HOME", "`wakefuld` reads `wakeful/config.json` there; else in `~/.config`."),
    ("XDG_STATE_HOME", "`wakefuld` keeps its state in `wakeful/` there; else in `~/.local/state`."),
    ("CONFIGURATION_DIRECTORY", "Set by systemd: the folder of `config.json`."),
    ("STATE_DIRECTORY", "Set by systemd: the folder of the state."),
)


def page() -> Iterator[str]:
    """Give title and sections."""
    context = click.Context(root, info_name=PROGRAM)
    yield "# Command line"
    yield _INTRODUCTION
    yield "## Exit statuses"
    yield _statuses(PROGRAM, _EXITS)
    yield _statuses("wakefuld", _DAEMON_EXITS)
    yield "## Environment"
    yield table(("Variable", "Meaning"), [(code(name), said) for name, said in _VARIABLES])
    yield "## `wakeful`"
    yield _usage(PROGRAM, root) + " COMMAND …\n```"
    yield "These options stand before the command."
    yield _options(root)
    names = root.list_commands(context)
    yield "Commands: " + ", ".join(f"[`{name}`](#wakeful-{name})" for name in names) + "."
    for name in names:
        command = root.get_command(context, name)
        assert command is not None  # noqa: S101 - it is listed
        yield f"## `wakeful {name}`"
        yield _usage(f"{PROGRAM} {name}", command) + "\n```"
        yield prose(command.help or "")
        if options := _options(command):
            yield options
    yield "## `wakefuld`"
    yield _usage("wakefuld", daemon) + "\n```"
    yield prose(daemon.help or "") + " The same as `python -m wakeful`."
    yield _options(daemon)


def _statuses(program: str, statuses: tuple[tuple[int, str], ...]) -> str:
    rows = [(code(str(status)), meaning) for status, meaning in statuses]
    return table((f"Of `{program}`", "Meaning"), rows)


def _usage(path: str, command: click.Command) -> str:
    arguments = [_argument(one) for one in command.params if isinstance(one, click.Argument)]
    has_options = any(isinstance(one, click.Option) for one in command.params)
    words = [path, *(["[OPTION …]"] if has_options else []), *arguments]
    return "```text\n" + " ".join(words)


def _argument(argument: click.Argument) -> str:
    word = argument.metavar or str(argument.name).upper()
    if isinstance(argument.type, click.Choice):
        word = "|".join(map(str, argument.type.choices))
    return word if argument.required else f"[{word}]"


def _options(command: click.Command) -> str:
    options = [one for one in command.params if isinstance(one, click.Option)]
    if not options:
        return ""
    return table(("Option", "Meaning"), [(_written(one), _meaning(one)) for one in options])


def _written(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value(option)}"
    names = sorted(option.opts, key=len)
    return ", ".join(code(name + value) for name in names)


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    if isinstance(option.type, click.IntRange):
        return "NUMBER"
    if isinstance(option.type, click.Path):
        return "FILE" if option.type.file_okay else "FOLDER"
    return str(option.type.name).upper()


def _meaning(option: click.Option) -> str:
    text = (option.help or "").partition("  [")[0]
    if option.show_default:
        text += f" Default: `{option.default}`."
    return text
