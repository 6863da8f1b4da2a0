"""What checking looks at is asked once, put on record, and asked again at the next start."""

from __future__ import annotations

import os
import zoneinfo

import pytest

from wakeful.config.world import World, is_as_seen


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "bin" / "mine"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_question_is_asked_once(program):
    world = World()
    folder = str(program.parent)
    assert world.find_program("mine", folder) == str(program)
    program.unlink()
    assert world.find_program("mine", folder) == str(program)
    assert World().find_program("mine", folder) is None


def test_a_program_is_the_first_on_the_search_path_that_can_be_run(program, tmp_path):
    other = tmp_path / "other" / "mine"
    other.mkdir(parents=True)
    search_path = f"/nowhere:{other.parent}:{program.parent}"
    assert World().find_program("mine", search_path) == str(program)
    program.chmod(0o644)
    assert World().find_program("mine", search_path) is None


def test_what_is_known_of_a_file(program, tmp_path):
    assert World().file(program) == (True, True, True, True, b"#!/bin/sh")
    program.chmod(0o600)
    assert World().file(program).executable is False
    assert World().file(tmp_path)[:2] == (True, False)
    assert World().file(tmp_path / "none") == (False, False, False, False, b"")


def remove(path):
    path.unlink()


def make_unusable(path):
    path.chmod(0o644)


def change_the_interpreter(path):
    path.write_text("#!/bin/bash\n")


def make_a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [remove, make_unusable, change_the_interpreter, make_a_folder])
def test_a_file_that_changed_is_seen(program, change):
    world = World()
    world.file(program)
    assert is_as_seen(world.seen)
    change(program)
    assert not is_as_seen(world.seen)


@pytest.mark.parametrize("change", [remove, make_unusable, make_a_folder])
@pytest.mark.parametrize(
    "ask",
    [
        lambda world, path: world.is_program(str(path)),
        lambda world, path: world.find_program(path.name, str(path.parent)),
    ],
)
def test_a_program_that_is_none_any_more_is_seen(program, ask, change):
    world = World()
    assert ask(world, program)
    change(program)
    assert not is_as_seen(world.seen)


def test_a_program_that_comes_before_is_seen(program, tmp_path):
    world = World()
    world.find_program("mine", f"{tmp_path}:{program.parent}")
    (tmp_path / "mine").touch(0o755)
    assert not is_as_seen(world.seen)


def test_a_folder_that_comes_or_goes_is_seen(tmp_path):
    folder = tmp_path / "folder"
    world = World()
    assert not world.is_folder(folder)
    folder.mkdir()
    assert not is_as_seen(world.seen)
    world = World()
    assert world.is_folder(folder)
    folder.rmdir()
    assert not is_as_seen(world.seen)


def test_another_environment_is_seen(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("PATH", "/bin")
    paths, homes = World(), World()
    assert paths.variable("PATH") == "/bin"
    assert homes.expand_home("~/a") == "/home/me/a"
    assert homes.expand_home("a/~") == "a/~"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert not is_as_seen(paths.seen)
    assert is_as_seen(homes.seen)
    monkeypatch.setenv("HOME", "/home/you")
    assert not is_as_seen(homes.seen)


def test_other_rules_of_a_time_zone_are_seen(tmp_path, monkeypatch):
    rules = tmp_path / "Europe" / "Nowhere"
    rules.parent.mkdir()
    rules.write_bytes(b"before")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    world = World()
    world.note_zone("Europe/Nowhere")
    assert is_as_seen(world.seen)
    rules.write_bytes(b"after")
    os.utime(rules, ns=(0, 1))
    assert not is_as_seen(world.seen)


@pytest.mark.parametrize("name", ["Mars/Olympus", "nul\0", "../../etc/passwd", "half \ud800"])
def test_a_zone_that_is_not_there_may_be_asked_for(name, monkeypatch):
    monkeypatch.setattr(zoneinfo, "TZPATH", ("/nowhere",))
    world = World()
    world.note_zone(name)
    assert is_as_seen(world.seen)
    assert "UTC" in world.zone_names()


def test_utc_needs_no_rules():
    world = World()
    world.note_zone("utc")
    assert world.seen == {}
