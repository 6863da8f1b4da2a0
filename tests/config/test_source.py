"""The file on disk: read, kept as last good, and changed in place."""

from __future__ import annotations

import asyncio
import json
import os
import stat

import pytest

from wakeful.config.check import built_in_reader
from wakeful.config.kept import KeptConfiguration
from wakeful.config.source import FileConfigurationSource
from wakeful.core.errors import InvalidArgumentError, InvalidConfigurationError, StorageError

JOB = {"name": "j", "command": ["true"]}
DOCUMENT = {
    "slack": {"token": "hunter2"},
    "schedules": {"timezone": "UTC", "jobs": [JOB], "enabled": True},
    "zebra": [1, 2.5, "ü"],
}


@pytest.fixture
def written():
    return []


@pytest.fixture
def source(path, tmp_path, written):
    path.write_text(json.dumps(DOCUMENT))
    return FileConfigurationSource(
        path=path,
        last_good=tmp_path / "last-good.json",
        kept=KeptConfiguration(tmp_path / "checked", names=()),
        make_reader=built_in_reader,
        written=written.append,
    )


def names(configuration):
    return [job.name for job in configuration.jobs]


async def test_what_could_be_read_is_kept(source, path, tmp_path):
    assert names(await source.load()) == ["j"]
    kept = tmp_path / "last-good.json"
    assert kept.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    path.write_text("{")
    with pytest.raises(InvalidConfigurationError, match="not JSON"):
        await source.load()
    assert names(await source.load_last_good()) == ["j"]


async def test_what_is_kept_is_not_written_again_for_nothing(source, tmp_path):
    await source.load()
    kept = tmp_path / "last-good.json"
    before = kept.stat().st_ino
    await source.load()
    assert kept.stat().st_ino == before


@pytest.mark.parametrize("content", [None, "{", '{"schedules": {"enabled": 1}}'])
async def test_there_may_be_no_last_good(source, tmp_path, content):
    if content is not None:
        (tmp_path / "last-good.json").write_text(content)
    assert await source.load_last_good() is None


async def test_a_copy_that_cannot_be_kept_does_no_harm(path):
    path.write_text(json.dumps(DOCUMENT))
    source = FileConfigurationSource(
        path=path,
        last_good=path.parent / "no" / "x.json",
        kept=KeptConfiguration(path.parent / "no" / "checked", names=()),
        make_reader=built_in_reader,
    )
    assert names(await source.load()) == ["j"]
    await source.keep()
    await source.update("schedules", "enabled", value=False)
    assert source.path == path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, DOCUMENT["schedules"]),
        ("", DOCUMENT["schedules"]),
        ("timezone", "UTC"),
        ("jobs", [JOB]),
    ],
)
async def test_the_section_can_be_asked_for(source, key, value):
    assert await source.section("schedules", key) == value


@pytest.mark.parametrize("key", ["nothing", "timezone.deeper", "jobs.0", "a.b", ".", "enabled."])
async def test_a_key_that_is_not_there(source, key):
    with pytest.raises(InvalidArgumentError, match=f"there is no '{key}' in 'schedules'"):
        await source.section("schedules", key)


@pytest.mark.parametrize("name", ["slack", "zebra", "", "schedules.jobs"])
async def test_other_sections_are_nobodys_business(source, path, name):
    with pytest.raises(InvalidArgumentError, match="not to be had here"):
        await source.section(name, None)
    with pytest.raises(InvalidArgumentError, match="not to be had here"):
        await source.update(name, "token", "x")
    assert json.loads(path.read_text()) == DOCUMENT


async def test_a_change_leaves_everything_else_as_it_was(source, path, written):
    await source.update("schedules", "timezone", "Europe/Berlin")
    document = json.loads(path.read_text())
    assert list(document) == list(DOCUMENT)
    assert list(document["schedules"]) == list(DOCUMENT["schedules"])
    assert document["schedules"].pop("timezone") == "Europe/Berlin"
    assert document["slack"] == DOCUMENT["slack"]
    assert document["zebra"] == DOCUMENT["zebra"]
    assert "ü" in path.read_text()
    assert written == [path.read_bytes()]


async def test_dots_go_deeper_and_make_objects_on_the_way(source, path):
    await source.update("schedules", "default_retry.max_attempts", 1)
    assert json.loads(path.read_text())["schedules"]["default_retry"] == {"max_attempts": 1}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("timezone", "Nowhere", "schedules.timezone: there is no time zone 'Nowhere'"),
        ("enabled", "yes", "schedules.enabled: must be true or false"),
        ("jobs", [{"name": "j"}], r"schedules.jobs\[0\]: does not say what to do"),
        ("jobs", None, "schedules.jobs: must be a list"),
        ("frobnicate", 1, "schedules.frobnicate: unknown key"),
        ("timezone.deeper", 1, "'timezone' is not an object"),
        ("", 1, "the key is empty"),
        ("a..b", 1, "has an empty part"),
        ("enabled", float("nan"), "NaN is not a number in JSON"),
        ("persona", "\ud800", "cannot be set to that"),
        ("enabled", {1, 2}, "cannot be set to that"),
    ],
)
async def test_a_change_for_the_worse_is_refused(source, path, key, value, message):
    before = path.read_bytes()
    with pytest.raises(InvalidArgumentError, match=message):
        await source.update("schedules", key, value)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["config.json"]


async def test_a_file_with_errors_can_be_changed_as_long_as_it_gets_no_worse(source, path):
    path.write_text(json.dumps({"schedules": {"jobs": [JOB, {"name": "bad"}], "odd": 1}}))
    await source.update("schedules", "timezone", "Europe/Berlin")
    await source.update("schedules", "jobs", [JOB])
    assert json.loads(path.read_text())["schedules"]["jobs"] == [JOB]
    with pytest.raises(InvalidArgumentError, match="would be wrong"):
        await source.update("schedules", "jobs", [{"name": "worse"}])


async def test_nobody_hears_of_a_change_that_was_refused(source, written):
    with pytest.raises(InvalidArgumentError):
        await source.update("schedules", "enabled", "yes")
    assert written == []


async def test_a_file_that_is_not_json_is_not_changed(source, path):
    path.write_text("{")
    with pytest.raises(InvalidConfigurationError, match="not JSON"):
        await source.update("schedules", "enabled", value=False)
    assert path.read_text() == "{"


async def test_a_link_stays_a_link_and_permissions_stay(source, path, tmp_path):
    target = tmp_path / "dotfiles" / "wakeful.json"
    target.parent.mkdir()
    path.replace(target)
    target.chmod(0o640)
    path.symlink_to(target)
    await source.update("schedules", "enabled", value=False)
    assert path.is_symlink()
    assert json.loads(target.read_text())["schedules"]["enabled"] is False
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert os.listdir(target.parent) == ["wakeful.json"]  # noqa: PTH208 - names


async def test_two_changes_at_once_both_survive(source, path):
    await asyncio.gather(
        source.update("schedules", "enabled", value=False),
        source.update("schedules", "timezone", "Asia/Kathmandu"),
        source.update("schedules", "execution_mode", "claude_cli"),
    )
    schedules = json.loads(path.read_text())["schedules"]
    assert schedules["enabled"] is False
    assert schedules["timezone"] == "Asia/Kathmandu"
    assert schedules["execution_mode"] == "claude_cli"


async def test_a_disk_that_refuses_leaves_the_file_as_it_was(source, path, monkeypatch):
    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="could not be written: No space left on device"):
        await source.update("schedules", "enabled", value=False)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["config.json"]


@pytest.fixture
def next_source(path, tmp_path):
    """Give the source of another start, with the readers it made."""
    made = []

    def make():
        made.append(built_in_reader())
        return made[-1]

    source_ = FileConfigurationSource(
        path=path,
        last_good=tmp_path / "last-good.json",
        kept=KeptConfiguration(tmp_path / "checked", names=()),
        make_reader=make,
    )
    return source_, made


async def test_the_next_start_reads_nothing_anew(source, next_source):
    first = await source.load()
    await source.keep()
    following, readers = next_source
    assert await following.load() == first
    assert await following.load() == first
    assert await following.section("schedules", "jobs") == [JOB]
    assert readers == []


async def test_after_such_a_start_only_what_changes_is_read_anew(source, next_source, path):
    await source.load()
    await source.keep()
    following, readers = next_source
    (kept,) = (await following.load()).jobs
    more = {"name": "more", "command": ["true"]}
    path.write_text(json.dumps({"schedules": {"jobs": [JOB, more], "odd": 1}}))
    changed = await following.load()
    assert names(changed) == ["j", "more"]
    assert changed.jobs[0] is kept
    assert [problem.path for problem in changed.problems] == ["schedules.odd"]
    assert len(readers) == 1


async def test_after_such_a_start_a_change_for_the_worse_is_refused(source, next_source):
    await source.load()
    await source.keep()
    following, _ = next_source
    await following.load()
    with pytest.raises(InvalidArgumentError, match="there is no time zone"):
        await following.update("schedules", "timezone", "Nowhere")
    await following.update("schedules", "timezone", "Europe/Berlin")
    assert (await following.load()).timezone == "Europe/Berlin"


async def test_what_is_kept_follows_the_file(source, next_source, path):
    await source.load()
    await source.keep()
    path.write_text(json.dumps({"schedules": {"jobs": []}}))
    await source.load()
    await source.keep()
    following, readers = next_source
    assert names(await following.load()) == []
    assert readers == []


async def test_nothing_is_kept_twice(source, tmp_path):
    await source.load()
    await source.keep()
    inode = (tmp_path / "checked").stat().st_ino
    await source.keep()
    await source.load()
    await source.keep()
    assert (tmp_path / "checked").stat().st_ino == inode
