"""A checked configuration is kept, and in force again only where it would come out the same."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
import textwrap

import pytest

from wakeful.config import kept as kept_module
from wakeful.config.check import built_in_reader
from wakeful.config.kept import KeptConfiguration, digest_of
from wakeful.config.pickling import load

SCRIPT = "#!/bin/sh\ntrue\n"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A small world: a home, a script, a program on the PATH, and a folder to work in."""
    for name in ("home", "home/work", "bin"):
        (tmp_path / name).mkdir()
    for name in ("home/job.sh", "bin/mine"):
        (tmp_path / name).write_text(SCRIPT)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
def content(world):  # noqa: ARG001 - it is about this world
    jobs = [
        {"name": "c", "command": ["mine", "x"], "cron": "0 9 * * MON-FRI", "inputs": {"a": [1]}},
        {"name": "s", "script": "~/job.sh", "every": "15m", "timeout_seconds": 5, "tags": ["t"]},
        {"name": "p", "python": "reports:main", "at": "2031-05-01T09:00", "env": {"A": "b"}},
        {"name": "w", "command": ["./job.sh"], "working_directory": "~/work"},
        {"name": "z", "command": ["mine"], "cron": "@daily", "timezone": "Asia/Kathmandu"},
        {"name": "bad", "script": "missing.sh", "timezone": "Mars/Olympus", "odd": 1},
        {"name": "c", "cron": "61 * * * *"},
        7,
    ]
    document = {"slack": {}, "schedules": {"timezone": "Europe/Berlin", "jobs": jobs}}
    return json.dumps(document).encode()


class Starts:
    """What several starts find in one place."""

    def __init__(self, place, content, path):
        self.place, self.content, self.path = place, content, path
        self.checked = built_in_reader().check(content, path)

    def kept(self, *more):
        return KeptConfiguration(self.place, names=("command", "script", *more))

    def keep(self, kept=None, checked=None):
        (kept or self.kept()).keep(self.content, self.path, checked or self.checked)

    def find(self):
        return self.kept().find(self.content, self.path)


@pytest.fixture
def starts(world, content, path):
    """One start was there, and has kept what it checked."""
    starts_ = Starts(world / "config.checked", content, path)
    starts_.keep()
    return starts_


def same(one, other):
    zones = [[job.zone for job in configuration.jobs] for configuration in (one, other)]
    return one == other and one.zone is other.zone and zones[0] == zones[1]


def test_in_an_unchanged_world_it_comes_out_the_same(starts):
    assert len(starts.checked.configuration.problems) > 5
    assert same(starts.find(), starts.checked.configuration)


def test_nobody_else_may_read_it(starts):
    assert stat.S_IMODE(starts.place.stat().st_mode) == 0o600


def remove_a_program(world, _):
    (world / "bin" / "mine").unlink()


def add_a_program_before(world, _):
    (world / "home" / "work" / "job.sh").touch(0o755)


def take_a_permission(world, _):
    (world / "home" / "job.sh").chmod(0o644)


def change_an_interpreter(world, _):
    (world / "home" / "job.sh").write_text("#!/bin/bash\n")


def remove_a_folder(world, _):
    (world / "home" / "work").rmdir()


def add_what_was_missing(world, _):
    (world / "missing.sh").write_text(SCRIPT)


def change_the_path(_, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def change_the_home(world, monkeypatch):
    monkeypatch.setenv("HOME", str(world))


CHANGES = [
    remove_a_program,
    add_a_program_before,
    take_a_permission,
    change_an_interpreter,
    remove_a_folder,
    add_what_was_missing,
    change_the_path,
    change_the_home,
]


@pytest.mark.parametrize("change", CHANGES)
def test_in_another_world_it_is_of_no_use(starts, world, monkeypatch, change):
    change(world, monkeypatch)
    assert starts.find() is None


@pytest.mark.parametrize("change", CHANGES)
def test_a_second_reading_puts_as_much_on_record_as_the_first(
    content, path, world, monkeypatch, change
):
    reader = built_in_reader()
    first = reader.check(content, path)
    assert reader.check(content, path) == first
    change(world, monkeypatch)
    assert reader.check(content, path) == built_in_reader().check(content, path) != first


def test_another_document_is_read_anew(starts):
    assert starts.kept().find(starts.content + b"\n", starts.path) is None


def test_a_document_in_another_place_is_read_anew(starts):
    assert starts.kept().find(starts.content, starts.path.with_name("other.json")) is None


def test_other_kinds_and_notifiers_make_another_configuration(starts):
    assert starts.kept("theirs").find(starts.content, starts.path) is None


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (kept_module.wakeful, "__version__", "1900.1.0"),
        (sys, "version", "3.99"),
        (sys, "executable", "/usr/bin/another"),
    ],
)
def test_another_version_reads_anew(starts, monkeypatch, where, name, value):
    monkeypatch.setattr(where, name, value)
    assert starts.find() is None


def test_edited_code_reads_anew(starts, tmp_path, monkeypatch):
    package = tmp_path / "elsewhere" / "wakeful"
    for name in kept_module.CHECKING:
        (package / name).mkdir(parents=True)
    code = package / "core" / "job.py"
    code.touch()
    monkeypatch.setattr(kept_module.wakeful, "__file__", str(package / "__init__.py"))
    assert starts.find() is None
    before = starts.kept()
    starts.keep(before)
    assert starts.find() is not None
    code.write_text("# edited\n")
    assert starts.find() is None
    starts.keep(before)
    assert starts.find() is None, "kept by code that was loaded before the edit"


def cut(content):
    return content[:-10]


def flip(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def empty(_):
    return b""


def replace(_):
    return pickle.dumps("nonsense")


@pytest.mark.parametrize("damage", [cut, flip, empty, replace])
def test_a_damaged_file_is_of_no_use(starts, damage):
    starts.place.write_bytes(damage(starts.place.read_bytes()))
    assert starts.find() is None


def test_a_file_that_others_may_write_is_of_no_use(starts):
    starts.place.chmod(0o620)
    assert starts.find() is None


def test_a_folder_in_its_place_does_no_harm(starts):
    starts.place.unlink()
    starts.place.mkdir()
    assert starts.find() is None
    starts.keep()
    assert starts.place.is_dir()


class Intruder:
    """Would run a command where it is taken out of a pickle."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.system, eval, getattr, subprocess.Popen, built_in_reader])
def test_a_class_that_has_no_place_in_a_configuration_is_refused(starts, function):
    body = pickle.dumps(({}, Intruder(function, "true")))
    key = starts.kept().key(starts.content, starts.path)
    starts.place.write_bytes(key + digest_of(body) + body)
    assert starts.find() is None
    with pytest.raises(pickle.UnpicklingError, match="has no place in a configuration"):
        load(body)


class Odd:
    """Is like no other, and so cannot come back as it is."""


def test_what_does_not_come_back_as_it_is_is_not_kept(starts):
    starts.place.unlink()
    starts.keep(checked=starts.checked._replace(seen={("odd",): Odd()}))
    assert not starts.place.exists()


def test_kinds_from_elsewhere_are_checked_at_each_start(starts, path, monkeypatch):
    reader = built_in_reader()
    content = json.dumps({"schedules": {"jobs": [{"name": "j", "command": ["true"]}]}}).encode()
    assert reader.check(content, path).seen is not None
    monkeypatch.setattr(reader._kinds, "is_built_in", lambda name: name != "command")
    checked = reader.check(content, path)
    assert checked.seen is None
    starts.place.unlink()
    starts.keep(checked=checked)
    assert not starts.place.exists()


START = """
    import asyncio, sys
    from pathlib import Path
    import wakeful.wiring  # all that a daemon imports
    from wakeful.config.kept import KeptConfiguration
    from wakeful.config.source import FileConfigurationSource

    def make_reader():
        from wakeful.config.check import built_in_reader
        return built_in_reader()

    async def start():
        folder = Path(sys.argv[1])
        source = FileConfigurationSource(
            path=folder / "config.json",
            last_good=folder / "last-good.json",
            kept=KeptConfiguration(folder / "checked", names=()),
            make_reader=make_reader,
        )
        configuration = await source.load()
        print(len(configuration.jobs), "pydantic" in sys.modules)
        await source.keep()

    asyncio.run(start())
"""


@pytest.fixture
def start(world):
    """Start anew, in a process of its own: tells how many jobs there are, and who was needed."""

    def start_():
        program = [sys.executable, "-c", textwrap.dedent(START), str(world)]
        done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.split()

    return start_


def test_a_start_in_an_unchanged_world_does_without_pydantic(start, content, path, world):
    path.write_bytes(content)
    assert start() == ["8", "True"]
    assert start() == ["8", "False"]
    (world / "bin" / "mine").unlink()
    assert start() == ["8", "True"]
    assert start() == ["8", "False"]
