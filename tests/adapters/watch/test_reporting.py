"""What is reported, when, and to whom."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time

import pytest

from wakeful.adapters.watch import FileWatcher, content

OLD = b'{"jobs": []}'
NEW = b'{"jobs": [1]}'
PLENTY = 8.0  # seconds


def rename_over(path, text):
    path.with_suffix(".tmp").write_bytes(text)
    path.with_suffix(".tmp").replace(path)


# What is not a change, or not yet ----------------------------------------------------------------


async def test_what_leaves_the_content_the_same_is_not_reported(config, watch):
    async with watch(config) as watched:
        for change in (
            config.touch,
            lambda: config.chmod(0o600),
            lambda: config.write_bytes(OLD),
            lambda: rename_over(config, OLD),
            lambda: config.with_name("neighbour").write_bytes(NEW),
            lambda: (config.unlink(), config.write_bytes(OLD)),
        ):
            change()
            assert await watched.nothing_for(1.5 * watch.tick)
        config.write_bytes(NEW)
        assert await watched.next() == NEW


async def test_a_complete_content_is_reported_without_the_half_written_one(config, watch):
    async with watch(config, complete=watch.is_json) as watched:
        with config.open("wb", buffering=0) as file:
            file.write(NEW[:5])
            await asyncio.sleep(watch.tick * 1.3)
            file.write(NEW[5:])
        assert await watched.next() == NEW
        assert await watched.nothing_for(0.5)


async def test_an_incomplete_content_is_reported_once_it_is_stable(config, watch):
    async with watch(config, complete=watch.is_json) as watched:
        started = time.monotonic()
        with config.open("wb", buffering=0) as file:
            for _ in range(6):
                file.write(b"{")
                await asyncio.sleep(0.1)
        assert await watched.next() == b"{{{{{{"
        assert time.monotonic() - started > 0.5 + 0.3


async def test_what_tells_completeness_may_fail(config, caplog, watch):
    def fail(_content):
        raise ZeroDivisionError

    async with watch(config, complete=fail) as watched:
        config.write_bytes(NEW)
        assert await watched.next() == NEW
    assert "complete" in caplog.text


# Acknowledging -----------------------------------------------------------------------------------


async def test_what_is_acknowledged_is_not_reported(config, watch):
    async with watch(config) as watched:
        for number in range(20):
            own = b"[%d]" % number
            rename_over(config, own)
            watched.watcher.acknowledge(config, own)
            await asyncio.sleep(0.03)
        config.unlink()
        watched.watcher.acknowledge(config, None)
        assert await watched.nothing_for(0.3 + 2 * watch.tick)


async def test_a_foreign_change_just_before_an_acknowledgement_is_reported(config, watch):
    async with watch(config) as watched:
        rename_over(config, NEW)  # the daemon's own
        rename_over(config, OLD)  # put back by somebody at once
        watched.watcher.acknowledge(config, NEW)
        assert await watched.next() == OLD


@pytest.mark.usefixtures("unhurried")
async def test_an_acknowledgement_does_not_hide_a_change_of_the_other_file(config, watch):
    state = config.with_name("state.json")
    async with watch(config, state) as watched:
        for number in range(5):
            config.write_bytes(b"[%d]" % number)
            await asyncio.sleep(0.05 * number)
            state.write_bytes(b"[%d]" % number)
            watched.watcher.acknowledge(state, state.read_bytes())
            assert await watched.next() == b"[%d]" % number


async def test_a_change_before_the_start_is_reported(config, watch):
    watched = watch(config)
    config.write_bytes(NEW)
    async with watched:
        assert await watched.next() == NEW


async def test_a_file_never_read_counts_as_absent(config):
    news = asyncio.Queue()
    watcher = FileWatcher({config: news.put})
    await watcher.start()
    async with asyncio.timeout(PLENTY):
        assert await news.get() == OLD
    await watcher.stop()


# Callbacks ---------------------------------------------------------------------------------------


async def test_a_failing_callback_is_logged_and_called_again(config, caplog):
    calls = asyncio.Queue()

    async def fail(found):
        calls.put_nowait(found)
        raise ZeroDivisionError

    watcher = FileWatcher({config: fail})
    await watcher.start()
    async with asyncio.timeout(PLENTY):
        assert await calls.get() == OLD
        config.write_bytes(NEW)
        assert await calls.get() == NEW
    await watcher.stop()
    assert "could not be handled" in caplog.text


async def test_callbacks_of_a_file_do_not_overlap_and_do_not_hold_up_those_of_another(
    config, watch
):
    state = config.with_name("state.json")
    calls, states, go_on = asyncio.Queue(), asyncio.Queue(), asyncio.Event()

    async def slow(found):
        calls.put_nowait(found)
        await go_on.wait()

    watcher = FileWatcher({config: slow, state: states.put})
    await watcher.start()
    async with asyncio.timeout(PLENTY):
        assert await calls.get() == OLD
        for number in (1, 2):
            config.write_bytes(b"[%d]" % number)
            state.write_bytes(b"[%d]" % number)
            assert await states.get() == b"[%d]" % number
        await asyncio.sleep(2 * watch.tick)
        assert calls.empty()
        go_on.set()
        assert await calls.get() == b"[2]"
    await watcher.stop()


async def test_two_files_share_one_thread(tmp_path, watch):
    before = threading.active_count()
    config, state = tmp_path / "etc" / "config.json", tmp_path / "var" / "state.json"
    async with watch(config, state) as watched:
        assert threading.active_count() == before + 1
        config.parent.mkdir()
        config.write_bytes(NEW)
        assert await watched.news.get() == ("config.json", NEW)
        state.parent.mkdir()
        state.write_bytes(NEW)
        assert await watched.news.get() == ("state.json", NEW)


# What cannot be read -----------------------------------------------------------------------------


async def test_a_file_too_large_is_an_error_and_not_read(config, monkeypatch, watch):
    monkeypatch.setattr(content, "MAXIMUM_BYTES", 1024 * 1024)
    async with watch(config) as watched:
        config.write_bytes(b" " * (1024 * 1024 + 1))
        assert await watched.errors.get() == ("config.json", "Larger than 1 MiB")
        config.write_bytes(OLD)
        assert await watched.next() == OLD  # though the same as before the error


@pytest.mark.parametrize("obstacle", [os.mkdir, os.mkfifo])
async def test_what_is_not_a_file_is_an_error_and_blocks_nothing(config, obstacle, watch):
    async with watch(config) as watched:
        config.unlink()
        obstacle(config)
        assert await watched.errors.get() == ("config.json", "Not a regular file")
        rename_over(config.with_name("other"), NEW)
        config.rmdir() if config.is_dir() else config.unlink()
        config.with_name("other").replace(config)
        assert await watched.next() == NEW


async def test_a_file_in_place_of_the_directory_is_an_absence(config, watch):
    async with watch(config) as watched:
        shutil.rmtree(config.parent)
        config.parent.write_bytes(b"")
        assert await watched.next() is None
        config.parent.unlink()
        config.parent.mkdir()
        config.write_bytes(NEW)
        assert await watched.next() == NEW


async def test_a_file_name_that_is_not_text_does_not_break_the_watch(config, watch):
    async with watch(config) as watched:
        (config.parent / os.fsdecode(b"\xff\xfe")).touch()
        config.write_bytes(NEW)
        assert await watched.next() == NEW
        config.write_bytes(OLD)
        assert await watched.next() == OLD
