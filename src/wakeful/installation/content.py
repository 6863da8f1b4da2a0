"""The content of what is installed: templates filled in for this installation of Wakeful."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.data import data_path, read_data
from wakeful.installation.errors import InstallationError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

UNIT_TEMPLATE = "systemd/user/wakeful.service"
ACTIVATION_TEMPLATE = "dbus/services/org.wakeful.Scheduler1.service"
SCHEMA = "config.schema.json"
_WITHOUT_SCRIPTS = {
    "wakefuld": ("-m", "wakeful"),
    "wakeful": ("-c", "from wakeful.cli.root import main; main()"),
}
_PLAIN = re.compile(r"[\w./+-]+", re.ASCII)
_REFUSED = re.compile(r"""["'\\]""")


def unit_text(arguments: Sequence[str], aliases: Collection[str], *, may_wake: bool) -> str:
    """Give the unit.

    Args:
        arguments: Of the daemon.
        aliases: The other names it is to have; lines for more are left out.
        may_wake: Whether the service manager can let it wake the machine.

    Raises:
        InstallationError: A path cannot be written in a unit.
    """
    daemon = command_line_of_unit([*find_program("wakefuld"), *arguments])
    client = command_line_of_unit(find_program("wakeful"))
    lines = [
        line
        for line in read_data(UNIT_TEMPLATE).splitlines()
        if (not line.startswith("Alias=") or line.removeprefix("Alias=") in aliases)
        and (may_wake or not line.startswith("AmbientCapabilities="))
    ]
    text = "\n".join([*lines, ""])
    return text.replace("@WAKEFULD@", daemon).replace("@WAKEFUL@", client)


def activation_text(arguments: Sequence[str]) -> str:
    """Give the file for the bus; ``arguments`` are those of the daemon.

    Raises:
        InstallationError: A path cannot be written in it.
    """
    daemon = command_line_of_bus([*find_program("wakefuld"), *arguments])
    return read_data(ACTIVATION_TEMPLATE).replace("@WAKEFULD@", daemon)


def first_configuration() -> str:
    """Give a configuration to begin with: no jobs, and one as an example."""
    document: dict[str, object] = {}
    with contextlib.suppress(FileNotFoundError):  # editors complete nothing then, that is all
        document["$schema"] = data_path(SCHEMA).as_uri()
    document["schedules"] = {
        "// example": {
            "name": "hello",
            "cron": "0 9 * * MON-FRI",
            "command": ["echo", "Good morning"],
        },
        "jobs": [],
    }
    return json.dumps(document, indent=2) + "\n"


def find_program(name: str) -> tuple[str, ...]:
    """Find one of our programs, of the very installation that runs now.

    Returns:
        What to start: its path, or the interpreter and what it needs to run it.
    """
    # As it was called, not where links lead: those of pipx stay when what is behind them changes.
    started = Path(os.path.abspath(sys.argv[0]))  # noqa: PTH100 - resolve() follows links
    folders = [
        *([started.parent] if started.name in _WITHOUT_SCRIPTS else []),
        Path(sysconfig.get_path("scripts")),
        Path(sys.executable).parent,
        Path(sysconfig.get_path("scripts", f"{os.name}_user")),
    ]
    for folder in folders:
        path = folder / name
        if path.is_file() and os.access(path, os.X_OK):
            return (str(path),)
    return (sys.executable, *_WITHOUT_SCRIPTS[name])


def command_line_of_unit(words: Sequence[str]) -> str:
    """Write a command as systemd.service(5) reads it.

    In the path of the program a dollar sign is a dollar sign; elsewhere it has to be doubled.
    Quotes and backslashes are refused there, however they are written: a shell finds the program.
    """
    if _REFUSED.search(words[0]):
        words = ("/bin/sh", "-c", 'exec "$0" "$@"', *words)
    program, *arguments = map(_quote_for_unit, words)
    return " ".join([program, *(word.replace("$", "$$") for word in arguments)])


def command_line_of_bus(words: Sequence[str]) -> str:
    """Write a command as dbus-daemon(1) reads it: as a shell would, in a desktop entry."""
    return " ".join(shlex.quote(_printable(word)).replace("\\", r"\\") for word in words)


def _quote_for_unit(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    escaped = _printable(word).replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    return f'"{escaped}"'


def _printable(word: str) -> str:
    if not word.isprintable():
        raise InstallationError(
            f"the path {word!r} has characters that cannot be written into the unit",
            hint="install Wakeful in another folder",
        )
    return word
