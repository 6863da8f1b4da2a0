from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from wakeful.cli.root import COMMANDS, root

SLOW = ("wakeful.adapters", "dbus_fast", "dbus_next", "asyncio", "pydantic", "wakeful.services")


def loaded_by(*words):
    program = (
        "import json, sys; from wakeful.cli.root import run; run(sys.argv[1:]);"
        " print(); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=True,
        env={"WAKEFUL_BUS": "unix:path=/nowhere"},
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("words", [["--help"], ["--version"], [], ["nonsense"]])
def test_what_needs_no_daemon_loads_no_bus_library(words):
    assert [name for name in loaded_by(*words) if name.startswith(SLOW)] == []


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "job"],
        ["next"],
        ["why", "job", "02:30"],
        ["answer", "job", "run"],
        ["dst"],
        ["power"],
    ],
)
def test_a_listing_loads_no_more_than_it_needs(words):
    loaded = loaded_by(*words)
    unwanted = ("pydantic", "wakeful.services", "wakeful.config", "apscheduler", "sqlite3")
    assert [name for name in loaded if name.startswith((*unwanted, "wakeful.installation"))] == []


@pytest.mark.parametrize("name", [*COMMANDS])
def test_every_command_is_what_the_list_says(name):
    command = COMMANDS[name].load()
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help
    with root.make_context("wakeful", [name], resilient_parsing=True) as context:
        assert root.get_command(context, name) is command
