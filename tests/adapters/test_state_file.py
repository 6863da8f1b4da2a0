from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wakeful.adapters import state_file
from wakeful.adapters.state_file import JsonStateFile, encode
from wakeful.core.errors import StorageError

WRITING = Path(__file__).with_name("state_writing.py")
DOCUMENT = {"version": 1, "enabled": True, "jobs": [{"name": "täglich"}, {"name": "b"}]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "state.json"


@pytest.fixture
def file(path):
    path.parent.mkdir()
    return JsonStateFile(path)


def names(path):
    return sorted(found.name for found in path.parent.iterdir())


async def test_what_was_written_is_read(file, path):
    await file.write(DOCUMENT)

    assert await file.read() == DOCUMENT
    assert names(path) == ["state.json"]


async def test_a_file_that_is_not_there_is_none(file):
    assert await file.read() is None


async def test_a_directory_that_is_not_there_is_none(path):
    assert await JsonStateFile(path).read() is None


async def test_file_and_directory_are_private(path):
    await JsonStateFile(path).write(DOCUMENT)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_it_is_replaced_and_never_written_in_place(file, path):
    await file.write(DOCUMENT)
    with path.open() as reader:
        await file.write({**DOCUMENT, "version": 2})

        assert json.load(reader)["version"] == 1
    assert json.loads(path.read_bytes())["version"] == 2


async def test_file_and_directory_reach_the_disk_around_the_replacement(file, path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace

    def record_fsync(descriptor):
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def record_replace(source, target):
        steps.append("replace")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(Path, "replace", record_replace)
    await file.write(DOCUMENT)

    assert steps == [".state.json.unfinished", "replace", path.parent.name]


async def test_the_caller_can_tell_what_it_wrote(file, path):
    assert file.last_written == b""
    await file.write(DOCUMENT)

    assert file.last_written == path.read_bytes()


async def test_what_it_wrote_is_known_before_it_can_be_seen(file, monkeypatch):
    known = []
    replace = Path.replace

    def look(source, target):
        known.append(file.last_written)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", look)
    await file.write(DOCUMENT)

    assert known == [encode(DOCUMENT)]


def test_it_is_readable_line_by_line():
    assert (
        encode({"a": 1, "jobs": [{"name": "ä"}, {"name": "b"}], "history": []})
        == (
            '{\n  "a": 1,\n  "jobs": [\n    {"name": "ä"},\n    {"name": "b"}\n  ],\n'
            '  "history": []\n}\n'
        ).encode()
    )


def test_text_that_is_no_utf_8_is_escaped():
    assert json.loads(encode({"path": "/\udcff"})) == {"path": "/\udcff"}


@pytest.mark.parametrize("value", [float("nan"), {1, 2}])
async def test_what_json_cannot_express_is_refused(file, path, value):
    with pytest.raises((TypeError, ValueError)):
        await file.write({"value": value})

    assert names(path) == []


async def test_the_document_is_taken_as_it_is_at_the_call(file):
    document = {"jobs": [{"name": "before"}]}
    writing = asyncio.ensure_future(file.write(document))
    await asyncio.sleep(0)
    document["jobs"].append({"name": "after"})
    await writing

    assert await file.read() == {"jobs": [{"name": "before"}]}


async def test_of_many_writes_the_last_one_asked_for_remains(file):
    for _ in range(20):
        await asyncio.gather(*(file.write({"number": n, "jobs": []}) for n in range(20)))

        assert await file.read() == {"number": 19, "jobs": []}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b'{"jobs": [', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b"{}", "'jobs' is not a list"),
        (b'{"jobs": {}}', "'jobs' is not a list"),
        (b'{"jobs": ["a"]}', "'jobs[0]' is not an object with a name"),
        (b'{"jobs": [{"name": "a"}, {}]}', "'jobs[1]' is not an object with a name"),
        (b'{"jobs": [{"name": 1}]}', "'jobs[0]' is not an object with a name"),
    ],
)
async def test_a_damaged_file_is_set_aside_and_reported(file, path, caplog, content, why):
    path.write_bytes(content)

    assert await file.read() is None
    (name,) = names(path)
    assert name.startswith("state.json.damaged-")
    assert path.with_name(name).read_bytes() == content
    (message,) = caplog.records
    assert message.levelno == logging.WARNING
    assert name in message.getMessage()
    assert why in message.getMessage()
    await file.write(DOCUMENT)
    assert await file.read() == DOCUMENT


async def test_damaged_files_of_one_second_are_all_kept(file, path):
    for number in range(3):
        path.write_text(f"damaged {number}")
        assert await file.read() is None

    assert {path.with_name(name).read_text() for name in names(path)} == {
        "damaged 0",
        "damaged 1",
        "damaged 2",
    }


async def test_a_file_that_is_too_large_is_set_aside_unread(file, path, caplog):
    with path.open("wb") as large:
        large.truncate(state_file.LARGEST + 1)

    assert await file.read() is None
    assert "larger than" in caplog.text
    assert not path.exists()


async def test_a_named_pipe_in_its_place_holds_nobody(file, path, caplog):
    os.mkfifo(path)

    assert await file.read() is None
    assert "not a regular file" in caplog.text


async def test_what_a_crash_left_half_written_is_removed(file, path):
    path.with_name(".state.json.unfinished").write_bytes(b"half")

    assert await file.read() is None
    assert names(path) == []


async def test_what_a_crash_left_half_written_does_not_hinder_a_write(file, path):
    path.with_name(".state.json.unfinished").write_bytes(b"half" * 1000)
    await file.write(DOCUMENT)

    assert await file.read() == DOCUMENT
    assert names(path) == ["state.json"]


@pytest.mark.parametrize("exists", [True, False])
async def test_a_symbolic_link_is_kept_and_its_target_replaced(file, path, tmp_path, exists):
    target = tmp_path / "elsewhere" / "target.json"
    target.parent.mkdir()
    if exists:
        target.write_text('{"jobs": []}')
    path.symlink_to("../elsewhere/target.json")
    await file.write(DOCUMENT)

    assert path.is_symlink()
    assert json.loads(target.read_bytes()) == DOCUMENT
    assert await file.read() == DOCUMENT
    assert names(target) == ["target.json"]


async def test_a_damaged_target_of_a_link_is_set_aside_where_it_is(file, path, tmp_path):
    target = tmp_path / "target.json"
    target.write_text("damaged")
    path.symlink_to(target)

    assert await file.read() is None
    assert path.is_symlink()
    assert not target.exists()
    assert len(list(tmp_path.glob("target.json.damaged-*"))) == 1


async def test_a_write_that_fails_leaves_everything_as_it_was(file, path, monkeypatch):
    await file.write(DOCUMENT)
    before = path.read_bytes()

    def fail(_descriptor):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(StorageError, match=r"cannot be written: Input/output error"):
            await file.write({"jobs": []})

    assert path.read_bytes() == file.last_written == before
    assert names(path) == ["state.json"]
    await file.write({"jobs": []})
    assert await file.read() == {"jobs": []}


async def test_a_file_in_place_of_the_directory_is_told(path):
    path.parent.write_text("")

    with pytest.raises(StorageError, match="cannot be written"):
        await JsonStateFile(path).write(DOCUMENT)
    with pytest.raises(StorageError, match="cannot be read"):
        await JsonStateFile(path).read()


def live_and_die(path, seconds):
    """Run a process that writes, kill it some time after it began, and give what it said."""
    command = [sys.executable, str(WRITING), str(path), "until-killed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        said += process.stdout.readlines()
    return int([line for line in said if line.endswith("\n")][-1])


async def test_it_is_whole_and_as_acknowledged_after_a_kill(file, path):
    instants = random.Random(4711)
    for _ in range(8):
        acknowledged = live_and_die(path, instants.uniform(0, 0.1))

        content = await file.read()
        assert content["number"] in (acknowledged, acknowledged + 1)
        assert {job["number"] for job in content["jobs"]} == {content["number"]}
        assert names(path) == ["state.json"]


def test_a_full_disk_is_told_and_harms_nothing(tmp_path):
    mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    command = [*unshare, "sh", "-c", mount, str(tmp_path)]
    trial = subprocess.run([*command, "true"], check=False, capture_output=True, text=True)
    if trial.returncode:
        pytest.skip(f"mounting is not permitted: {trial.stderr.strip()}")
    path = tmp_path / "state.json"

    done = subprocess.run(
        [*command, sys.executable, str(WRITING), str(path), "until-full"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "told": f"the disk holding {path} is full; free some space on it",
        "unharmed": True,
        "last_written": True,
        "files": ["state.json"],
    }
