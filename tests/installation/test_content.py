from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wakeful.installation import InstallationError
from wakeful.installation.content import (
    command_line_of_bus,
    command_line_of_unit,
    find_program,
    unit_text,
)

ODD = r"""/opt/a b/100%/"quoted"/it's/$HOME/back\slash/é/-x"""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/usr/bin/wakefuld"], "/usr/bin/wakefuld"),
        (["/a b/wakefuld"], '"/a b/wakefuld"'),
        (["/100%/wakefuld"], '"/100%%/wakefuld"'),
        (["/$x/wakefuld", "--config", "/$x/c"], '"/$x/wakefuld" --config "/$$x/c"'),
        (["/w", r"a\b", 'c"d'], r'/w "a\\b" "c\"d"'),
        (["/it's/w", "-x"], r"""/bin/sh -c "exec \"$$0\" \"$$@\"" "/it's/w" -x"""),
    ],
)
def test_a_command_is_written_as_units_read_it(words, line):
    assert command_line_of_unit(words) == line


@pytest.mark.parametrize("word", ["/a\nb", "/a\tb", "/a\x7fb", "/a\udce9b"])
def test_what_a_line_cannot_hold_is_refused(word):
    for write in (command_line_of_unit, command_line_of_bus):
        with pytest.raises(InstallationError, match="cannot be written"):
            write([word])


def test_the_bus_starts_a_program_whatever_its_path(own_bus, tmp_path):
    folder = tmp_path / ODD.strip("/").replace("/", "+")
    folder.mkdir()
    program, proof = folder / "program", tmp_path / "proof"
    program.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" > "{proof}.new"; mv "{proof}.new" "{proof}"; exit 1\n'
    )
    program.chmod(0o755)
    line = command_line_of_bus([str(program), "--config", ODD])
    (own_bus.services / "org.test.Odd.service").write_text(
        f"[D-BUS Service]\nName=org.test.Odd\nExec={line}\n"
    )
    call = ["busctl", f"--address={own_bus.address}", "call", "org.test.Odd", "/", "a.b", "C"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=30)
    assert proof.read_text() == f"--config|{ODD}|", done.stderr


def test_a_program_is_found_beside_the_one_that_runs(tmp_path, monkeypatch):
    for name in ("wakeful", "wakefuld"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "wakeful"), "install-user"])
    assert find_program("wakefuld") == (str(tmp_path / "wakefuld"),)


def test_a_program_is_found_in_the_environment_of_the_interpreter(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["pytest"])
    (path,) = find_program("wakefuld")
    assert os.path.dirname(path) == os.path.dirname(sys.executable)  # noqa: PTH120 - as text


def test_without_scripts_the_interpreter_does(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    real = sys.executable
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    for name in ("wakefuld", "wakeful"):
        interpreter, *words = find_program(name)
        assert interpreter == str(tmp_path / "python")
        done = subprocess.run(
            [real, *words, "--version"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith(name)


@pytest.mark.parametrize("may_wake", [True, False])
def test_the_unit_asks_to_wake_the_machine_only_where_that_is_granted(may_wake):
    text = unit_text([], [], may_wake=may_wake)
    assert ("\nAmbientCapabilities=CAP_WAKE_ALARM\n" in text) is may_wake
