"""The write-ahead log: its length is there before it is needed, and nothing depends on it."""

from __future__ import annotations

import errno
import os
import shutil

from wakeful.adapters.sqlite import SqliteStore
from wakeful.adapters.sqlite.opening import RESERVED_LOG_BYTES


async def test_the_log_has_its_length_from_the_start_and_keeps_it(open_store, execution, path):
    log = path.with_name("wakeful.db-wal")
    for _life in range(2):
        store, _ = await open_store()
        for _ in range(3):
            assert log.stat().st_size == RESERVED_LOG_BYTES
            await store.claim([execution()], [])
        await store.close()
        assert not log.exists()


async def test_without_room_for_the_log_it_grows_as_it_is_needed(
    open_store, execution, path, monkeypatch
):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    store, _ = await open_store()
    assert await store.claim([execution()], [])
    log = path.with_name("wakeful.db-wal")
    assert 0 < log.stat().st_size < RESERVED_LOG_BYTES


async def test_what_was_committed_in_a_log_with_room_left_survives_a_crash(
    open_store, execution, path, tmp_path
):
    store, _ = await open_store()
    claimed = execution()
    await store.claim([claimed], [])
    copy = tmp_path / "copy" / "wakeful.db"
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    other = SqliteStore(copy)
    memory = await other.open()
    await other.close()
    assert list(memory.unfinished) == [claimed]
