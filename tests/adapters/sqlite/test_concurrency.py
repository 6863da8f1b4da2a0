"""Many callers at once: grouping, isolation of failures, and order."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading

import pytest

from wakeful.adapters.sqlite.opening import RESERVED_LOG_BYTES
from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause
from wakeful.services.ports import HistoryQuery, Totals


@pytest.fixture
async def paused(store):
    """A store whose writer is held, so that what is asked for meanwhile becomes one batch."""
    go, reached = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_connection):
        loop.call_soon_threadsafe(reached.set)
        go.wait()

    holding = asyncio.ensure_future(store._ask_writer(hold))
    await reached.wait()
    yield store, go.set
    go.set()
    await holding


async def commits_of(store):
    """Count transactions, by what SQLite is told."""
    statements = []
    await store._ask_writer(lambda connection: connection.set_trace_callback(statements.append))
    return lambda: sum(statement == "COMMIT" for statement in statements)


async def test_claims_of_one_moment_are_one_transaction(store, execution):
    commits = await commits_of(store)
    executions = [execution(cause=Cause.MANUAL) for _ in range(1000)]

    results = await asyncio.gather(*(store.claim([each], []) for each in executions))

    assert results == [{each.execution_id} for each in executions]
    assert commits() < 50


async def test_each_claim_by_itself_is_a_transaction(store, execution):
    commits = await commits_of(store)
    for slot in range(3):
        await store.claim([execution(slot=slot)], [])

    assert commits() == 3 + 1  # the end of the transaction in which counting began


async def test_of_two_claims_of_one_slot_in_one_batch_the_first_wins(paused, execution):
    store, go = paused
    first, second = execution(slot=1), execution(slot=1)
    claims = [asyncio.ensure_future(store.claim([each], [])) for each in (first, second)]
    await asyncio.sleep(0)
    go()

    assert [len(await claim) for claim in claims] == [1, 0]


async def test_one_that_fails_does_not_harm_the_others_of_its_batch(paused, execution):
    store, go = paused
    good, bad, fine = execution(slot=1), execution(slot=2**70), execution(slot=3)
    claims = [asyncio.ensure_future(store.claim([each], [])) for each in (good, bad, fine)]
    await asyncio.sleep(0)
    go()
    results = await asyncio.gather(*claims, return_exceptions=True)

    assert results[0] == {good.execution_id}
    assert isinstance(results[1], StorageError)
    assert results[2] == {fine.execution_id}
    assert await store.history(HistoryQuery()) == [fine, good]


async def test_a_mistake_of_ours_reaches_who_made_it_and_nobody_else(paused, execution):
    store, go = paused
    claim = asyncio.ensure_future(store.claim([execution(slot=1)], []))
    mistake = asyncio.ensure_future(store._ask_writer(lambda _connection: 1 // 0))
    await asyncio.sleep(0)
    go()

    assert len(await claim) == 1
    with pytest.raises(ZeroDivisionError):
        await mistake


async def test_a_query_does_not_wait_for_the_writer(paused):
    store, _ = paused

    assert await store.history(HistoryQuery()) == []


async def test_a_claim_does_not_wait_for_a_query(store, execution):
    go = threading.Event()
    query = asyncio.ensure_future(store._ask_reader(lambda _connection: go.wait()))

    assert len(await store.claim([execution(slot=1)], [])) == 1
    assert not query.done()
    go.set()
    await query


async def test_a_query_sees_what_was_recorded_before(store, execution):
    for slot in range(20):
        await store.claim([execution(slot=slot)], [])

        assert len(await store.history(HistoryQuery())) == slot + 1


async def test_threads_end_with_the_store(store):
    await store.totals()
    names = {"wakeful-store-writer", "wakeful-store-reader"}
    assert names <= {thread.name for thread in threading.enumerate()}
    await store.close()

    assert not names & {thread.name for thread in threading.enumerate()}


async def test_a_store_that_is_never_asked_has_one_thread(store):
    assert store._reader is None


async def test_the_log_is_moved_into_the_database_now_and_then(store, execution, path):
    for _ in range(40):
        await store.claim([execution(cause=Cause.MANUAL) for _ in range(200)], [])

    assert path.with_name("wakeful.db-wal").stat().st_size == RESERVED_LOG_BYTES
    with contextlib.closing(sqlite3.connect(path)) as other:
        _, frames, _ = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames * 4096 < 2 * 1024 * 1024


async def test_a_query_is_refused_while_the_database_cannot_be_opened(store, path):
    moved = path.rename(path.with_name("moved"))
    for _ in range(2):
        with pytest.raises(StorageError, match="cannot be opened"):
            await store.totals()
    moved.rename(path)

    assert await store.totals() == Totals()
