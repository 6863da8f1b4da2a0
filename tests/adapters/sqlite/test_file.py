"""The file behind the store: its modes, its format, and what happens when it is broken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import subprocess
import sys

import pytest

from wakeful.adapters.sqlite import SqliteStore
from wakeful.adapters.sqlite.migration import (
    Migration,
    check_not_newer,
    migrate,
    migrations_in,
    version_of,
)
from wakeful.core.errors import StorageError
from wakeful.core.execution import ExecutionState
from wakeful.services.ports import HistoryQuery, Totals

needs_permissions = pytest.mark.skipif(
    os.geteuid() == 0, reason="permissions do not stop the superuser"
)


def mode_of(file):
    return file.stat().st_mode & 0o777


def connect(path):
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


async def test_nobody_else_can_read_what_is_stored(store, execution, path):
    await store.claim([execution(slot=1)], [])

    names = ["wakeful.db", "wakeful.db-shm", "wakeful.db-wal", "wakeful.db.lock"]
    assert sorted(file.name for file in path.parent.iterdir()) == names
    assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}
    assert mode_of(path.parent) == 0o700


async def test_modes_that_are_too_wide_are_mended(open_store, path):
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o666)
    await open_store()

    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o755


async def test_it_is_written_through_to_the_disk(store, path):
    with connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    level = await store._ask_writer(lambda c: c.execute("PRAGMA synchronous").fetchone()[0])
    assert level == 2  # FULL


async def test_queries_cannot_change_anything(store):
    with pytest.raises(StorageError, match="cannot be written"):
        await store._ask_reader(lambda c: c.execute("DELETE FROM execution"))


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_a_file_that_is_no_database_is_set_aside(
    open_store, execution, path, caplog, content
):
    path.parent.mkdir()
    path.write_bytes(content)
    store, memory = await open_store()

    assert memory.jobs == {}
    assert len(await store.claim([execution(slot=1)], [])) == 1
    (aside,) = path.parent.glob("wakeful.db.damaged-*")
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


async def test_damaged_databases_of_one_second_are_all_kept(open_store, path):
    for _ in range(3):
        store, _ = await open_store()
        await store.close()
        path.write_bytes(b"x" * 5000)
    await open_store()

    assert len(list(path.parent.glob("wakeful.db.damaged-*"))) == 3


async def test_damage_met_while_running_is_told_and_mended_at_the_next_start(
    open_store, execution, path
):
    store, _ = await open_store()
    executions = [execution(slot=number, log="x" * 200) for number in range(1000)]
    await store.claim(executions, [])
    await store.record_finished(
        [each.ended(ExecutionState.LOST, at=each.queued_at) for each in executions]
    )
    await store.close()
    with path.open("r+b") as file:  # far from what is read at the start
        file.seek(40 * 4096)
        file.write(b"\xaa" * 4096 * 20)
    store = SqliteStore(path)
    await store.open()
    with pytest.raises(StorageError, match="damaged"):
        await store.history(HistoryQuery(limit=1000))
    await store.close()
    store, memory = await open_store()

    assert memory.unfinished == []
    assert await store.totals() == Totals()
    assert len(list(path.parent.glob("wakeful.db.damaged-*"))) == 1
    assert not list(path.parent.glob("*.suspect"))


async def test_a_database_that_is_only_suspect_is_kept(open_store, execution, path):
    store, _ = await open_store()
    await store.claim([execution(slot=1)], [])
    path.with_name("wakeful.db.suspect").touch()
    _, memory = await open_store()

    assert len(memory.unfinished) == 1
    assert not list(path.parent.glob("*.suspect"))


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(open_store, path):
    store, _ = await open_store()
    await store.close()
    with connect(path) as connection:
        present = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version = 4711")
    before = path.read_bytes()

    store = SqliteStore(path)
    with pytest.raises(StorageError, match=r"newer version of Wakeful \(format 4711"):
        await store.open()
    assert path.read_bytes() == before
    with pytest.raises(StorageError, match="not open"):
        await store.totals()

    with connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {present}")
    await store.open()
    await store.close()


async def test_a_word_of_a_newer_version_is_told(store, execution, path):
    await store.claim([execution(slot=1)], [])
    with connect(path) as connection:
        connection.execute("UPDATE execution SET cause = 'astrology'")

    with pytest.raises(StorageError, match="astrology"):
        await store.history(HistoryQuery())


async def test_a_second_daemon_is_told_who_has_the_database(store, path):
    second = SqliteStore(path, patience=0)

    with pytest.raises(StorageError, match=rf"in use by another daemon \(process {os.getpid()}\)"):
        await second.open()
    assert await store.totals() == Totals()


async def test_a_second_daemon_waits_for_one_that_is_about_to_end(store, path):
    second = SqliteStore(path)
    opening = asyncio.ensure_future(second.open())
    await asyncio.sleep(0.15)
    assert not opening.done()
    await store.close()

    await opening
    await second.close()


async def test_another_program_that_writes_is_waited_for(store, execution, path):
    with connect(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        claim = asyncio.ensure_future(store.claim([execution(slot=1)], []))
        await asyncio.sleep(0.1)
        assert not claim.done()
        connection.execute("ROLLBACK")

    assert len(await claim) == 1


async def test_another_program_that_keeps_it_is_told(store, execution, path):
    await store._ask_writer(lambda c: c.execute("PRAGMA busy_timeout = 10").fetchall())
    with connect(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="held by another program"):
            await store.claim([execution(slot=1)], [])


async def test_a_directory_in_its_place_is_told(path):
    path.mkdir(parents=True)
    store = SqliteStore(path)

    with pytest.raises(StorageError, match="cannot be opened"):
        await store.open()


@needs_permissions
async def test_a_directory_that_is_read_only_is_told(path):
    path.parent.mkdir(mode=0o500)

    with pytest.raises(StorageError, match="cannot be written"):
        await SqliteStore(path).open()


def test_the_schema_can_be_made_from_the_files_that_are_shipped(tmp_path):
    with connect(tmp_path / "new.db") as connection:
        migrate(connection, tmp_path / "new.db", migrations_in())

        assert version_of(connection) == len(migrations_in())
    assert [file.name for file in tmp_path.iterdir()] == ["new.db"]


STEPS = [
    Migration(1, "CREATE TABLE job (name TEXT); INSERT INTO job VALUES ('backup')"),
    Migration(2, "ALTER TABLE job ADD COLUMN tags TEXT; UPDATE job SET tags = 'none';"),
    Migration(3, "CREATE TABLE tag (name TEXT) -- the last line may be a comment"),
]


@pytest.fixture
def old(tmp_path):
    """A database of the first format."""
    file = tmp_path / "wakeful.db"
    with connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, file, STEPS[:1])
    return file


def test_each_migration_of_a_database_in_use_keeps_a_copy(old):
    with connect(old) as connection:
        migrate(connection, old, STEPS)
        assert version_of(connection) == 3
        assert connection.execute("SELECT name, tags FROM job").fetchall() == [("backup", "none")]

    backups = sorted(old.parent.glob("*.backup-*"))
    assert [file.name for file in backups] == ["wakeful.db.backup-v1", "wakeful.db.backup-v2"]
    assert {mode_of(file) for file in backups} == {0o600}
    with connect(backups[0]) as connection:
        assert version_of(connection) == 1
        assert connection.execute("SELECT * FROM job").fetchall() == [("backup",)]


def test_a_database_of_the_present_format_is_not_touched(old):
    with connect(old) as connection:
        migrate(connection, old, STEPS[:1])

    assert not list(old.parent.glob("*.backup-*"))


@pytest.mark.parametrize(
    "script",
    ["DROP TABLE job; SELECT * FROM nothing", "DROP TABLE job; INSERT", "DROP TABLE job; BEGIN"],
)
def test_a_migration_that_fails_changes_nothing(old, script):
    with connect(old) as connection:
        with pytest.raises(sqlite3.Error):
            migrate(connection, old, [STEPS[0], Migration(2, script)])
        assert not connection.in_transaction
        assert version_of(connection) == 1
        assert connection.execute("SELECT * FROM job").fetchall() == [("backup",)]


def test_an_unfinished_copy_is_replaced(old):
    old.with_name("wakeful.db.backup-v1.unfinished").write_bytes(b"half")
    old.with_name("wakeful.db.backup-v1").write_bytes(b"older")
    with connect(old) as connection:
        migrate(connection, old, STEPS[:2])

    with connect(old.with_name("wakeful.db.backup-v1")) as connection:
        assert version_of(connection) == 1
    assert not list(old.parent.glob("*.unfinished"))


def test_the_present_format_is_not_refused(tmp_path):
    check_not_newer(len(STEPS), tmp_path, STEPS)


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_migrations_are_numbered_without_gaps(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()

    with pytest.raises(ValueError, match="numbered"):
        migrations_in(tmp_path)


def test_sqlite_is_loaded_by_the_thread_that_uses_it():
    program = "import sys, wakeful.adapters.sqlite; sys.exit('sqlite3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
