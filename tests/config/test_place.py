from __future__ import annotations

import pytest

from wakeful.config.place import DEFAULT_PATH, Place
from wakeful.config.world import World
from wakeful.core.problem import Severity


@pytest.fixture
def make_place(tmp_path):
    def make(*, working_directory="", environment=None):
        return Place(
            base="schedules.jobs[3]",
            folder=tmp_path / "config",
            working_directory=working_directory,
            environment=environment or {},
            world=World(),
        )

    return make


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "bin" / "mine"
    path.parent.mkdir()
    path.touch(mode=0o755)
    return path


def test_paths_begin_at_the_folder_of_the_configuration(make_place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    place = make_place()
    assert place.resolve("a/b") == tmp_path / "config" / "a" / "b"
    assert str(place.resolve("/a/b")) == "/a/b"
    assert str(place.resolve("~/a")) == "/home/me/a"
    assert place.resolve("~nobody-of-that-name/a") == tmp_path / "config/~nobody-of-that-name/a"


def test_a_program_is_searched_on_the_path_of_the_job(make_place, program, monkeypatch):
    assert make_place(environment={"PATH": str(program.parent)}).program("mine") == str(program)
    monkeypatch.setenv("PATH", str(program.parent))
    assert make_place().program("mine") == str(program)
    assert make_place(environment={"PATH": "/nowhere"}).program("mine") is None
    monkeypatch.setenv("PATH", "")
    assert make_place().program("sh") in {f"{folder}/sh" for folder in DEFAULT_PATH.split(":")}


def test_a_program_with_a_slash_is_searched_from_the_working_directory(
    make_place, program, monkeypatch
):
    folder = str(program.parent)
    assert make_place(working_directory=folder).program("./mine") == str(program)
    assert make_place(working_directory=f"{folder}/..").program("bin/mine") == str(program)
    assert make_place().program(str(program)) == str(program)
    monkeypatch.setenv("HOME", folder)
    assert make_place().program("./mine") == str(program)
    assert make_place().program("~/mine") == str(program)


@pytest.mark.parametrize("mode", [0o644, None])
def test_what_cannot_be_executed_is_no_program(make_place, program, mode):
    if mode is None:
        program.unlink()
        program.mkdir()
    else:
        program.chmod(mode)
    assert make_place().program(str(program)) is None
    assert make_place(environment={"PATH": str(program.parent)}).program("mine") is None


def test_problems_are_collected_with_their_place(make_place):
    place = make_place()
    place.problem("script", "there is no file", hint="make it")
    place.problem("args", "odd", warning=True)
    assert [str(one) for one in place.problems] == [
        "schedules.jobs[3].script: there is no file (make it)",
        "schedules.jobs[3].args: odd",
    ]
    assert [one.severity for one in place.problems] == [Severity.ERROR, Severity.WARNING]
