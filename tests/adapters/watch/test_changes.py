"""Every way in which the content of a file can change."""

from __future__ import annotations

import asyncio
import os
import shutil
import time

import pytest

from wakeful.adapters.watch import observer, sources

OLD = b'{"jobs": []}'
NEW = b'{"jobs": [1]}'


# Ways to change a file ---------------------------------------------------------------------------


def rename_over(path, text):
    path.with_suffix(".tmp").write_bytes(text)
    path.with_suffix(".tmp").replace(path)


def in_place(path):
    path.write_bytes(NEW)


def same_size_in_place(path):
    path.write_bytes(OLD.swapcase())


def atomic_rename(path):
    rename_over(path, NEW)


def rename_of_an_older_file(path):
    path.with_suffix(".tmp").write_bytes(NEW)
    os.utime(path.with_suffix(".tmp"), (1, 1))
    path.with_suffix(".tmp").replace(path)


def like_vim(path):
    path.rename(path.with_suffix(".json~"))
    path.write_bytes(NEW)
    path.with_suffix(".json~").unlink()


def delete_and_recreate(path):
    path.unlink()
    path.write_bytes(NEW)


def directory_removed_and_recreated(path):
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.write_bytes(NEW)


def directory_swapped(path):
    other = path.parent.with_name("other")
    other.mkdir()
    (other / path.name).write_bytes(NEW)
    path.parent.rename(path.parent.with_name("former"))
    other.rename(path.parent)


WAYS = [
    in_place,
    same_size_in_place,
    atomic_rename,
    rename_of_an_older_file,
    like_vim,
    delete_and_recreate,
    directory_removed_and_recreated,
    directory_swapped,
]


@pytest.mark.parametrize("change", WAYS)
async def test_a_change_is_reported_once_and_so_is_the_next(config, change, watch):
    async with watch(config) as watched:
        change(config)
        assert await watched.next() == config.read_bytes()
        rename_over(config, b"[2]")
        assert await watched.next() == b"[2]"
        config.write_bytes(b"[3]")
        assert await watched.next() == b"[3]"
        assert await watched.nothing_for(2 * watch.tick)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("change", [in_place, directory_removed_and_recreated])
async def test_a_change_is_reported_within_a_second(config, change, watch):
    async with watch(config, complete=watch.is_json) as watched:
        # Right after a tick began, so that all of it is waited for.
        started = time.monotonic()
        change(config)
        assert await watched.next() == NEW
        # A busy machine may add to the tick; two ticks would be 1.9 s.
        assert time.monotonic() - started < 1.4
    assert sources.TICK_SECONDS < 0.95


# Symbolic links ----------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path):
    """A link in one directory to a file in another."""
    target = tmp_path / "dotfiles" / "wakeful.json"
    target.parent.mkdir()
    target.write_bytes(OLD)
    link = tmp_path / "etc" / "config.json"
    link.parent.mkdir()
    link.symlink_to("../dotfiles/wakeful.json")
    return link


@pytest.mark.parametrize("change", [in_place, atomic_rename, like_vim, delete_and_recreate])
async def test_a_change_of_the_target_of_a_link_is_reported(linked, change, watch):
    async with watch(linked) as watched:
        change(linked.resolve())
        assert await watched.next() == NEW
        linked.resolve().write_bytes(b"[2]")
        assert await watched.next() == b"[2]"


async def test_a_link_pointed_elsewhere_is_followed_from_then_on(linked, tmp_path, watch):
    other = tmp_path / "elsewhere" / "other.json"
    other.parent.mkdir()
    other.write_bytes(NEW)
    async with watch(linked) as watched:
        linked.with_suffix(".tmp").symlink_to(other)
        linked.with_suffix(".tmp").replace(linked)
        assert await watched.next() == NEW
        rename_over(other, b"[2]")
        assert await watched.next() == b"[2]"


async def test_the_swap_of_a_container_config_map_is_reported_each_time(tmp_path, watch):
    def publish(version, text):
        directory = tmp_path / f"..{version}"
        directory.mkdir()
        (directory / "config.json").write_bytes(text)
        (tmp_path / "..new").symlink_to(directory.name)
        (tmp_path / "..new").replace(tmp_path / "..data")

    publish(1, OLD)
    config = tmp_path / "config.json"
    config.symlink_to("..data/config.json")
    async with watch(config) as watched:
        for version in (2, 3):
            publish(version, b"[%d]" % version)
            shutil.rmtree(tmp_path / f"..{version - 1}")
            assert await watched.next() == b"[%d]" % version


async def test_a_dangling_link_is_an_absent_file_until_its_target_appears(tmp_path, watch):
    link = tmp_path / "config.json"
    link.symlink_to("far/away.json")
    async with watch(link) as watched:
        (tmp_path / "far").mkdir()
        (tmp_path / "far" / "away.json").write_bytes(NEW)
        assert await watched.next() == NEW


async def test_links_in_a_circle_are_an_error_and_can_be_mended(tmp_path, watch):
    link = tmp_path / "config.json"
    link.symlink_to("config.json")
    async with watch(link) as watched:
        _name, text = await watched.errors.get()
        assert "symbolic links" in text
        rename_over(tmp_path / "other.json", NEW)
        (tmp_path / "other.json").replace(link)
        assert await watched.next() == NEW


# Absence -----------------------------------------------------------------------------------------


async def test_a_file_whose_directories_are_missing_is_found_when_it_is_created(tmp_path, watch):
    config = tmp_path / "a" / "b" / "c" / "config.json"
    async with watch(config) as watched:
        config.parent.parent.mkdir(parents=True)
        await asyncio.sleep(2 * watch.tick)  # so that the watch goes down one part of the way
        config.parent.mkdir()
        config.write_bytes(NEW)
        assert await watched.next() == NEW


async def test_a_deleted_file_is_reported_as_none_and_then_found_again(config, watch):
    async with watch(config) as watched:
        config.unlink()
        assert await watched.next() is None
        config.write_bytes(OLD)
        assert await watched.next() == OLD


async def test_a_removed_tree_is_reported_as_none_and_then_found_again(config, watch):
    async with watch(config) as watched:
        shutil.rmtree(config.parent)
        assert await watched.next() is None
        config.parent.mkdir()
        config.write_bytes(NEW)
        assert await watched.next() == NEW


async def test_delete_and_recreate_in_short_order_is_one_change(config, watch):
    async with watch(config) as watched:
        config.unlink()
        await asyncio.sleep(watch.tick * 1.3)  # the absence has been seen by now
        config.write_bytes(NEW)
        assert await watched.next() == NEW
        assert await watched.nothing_for(0.5)


# Without events ----------------------------------------------------------------------------------


@pytest.mark.parametrize("change", WAYS)
async def test_on_a_network_file_system_changes_are_found_by_comparing(
    config, change, tmp_path, monkeypatch, watch
):
    monkeypatch.setattr(observer, "REMOTE_SECONDS", 0.05)
    monkeypatch.delattr(observer, "DirectoryEvents")  # not even tried
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text("21 1 0:19 / / rw - nfs4 server:/home rw,vers=4.2\n")
    async with watch(config, mountinfo=mountinfo) as watched:
        change(config)
        assert await watched.next() == config.read_bytes()
        config.write_bytes(b"[2]")
        assert await watched.next() == b"[2]"
