from __future__ import annotations

import pytest

from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause, Execution
from wakeful.services.ports import HistoryQuery, JobRecord
from wakeful.testing import MemoryStore

EXECUTION = Execution(execution_id="e", job="j", cause=Cause.SCHEDULE, slot=1, queued_at=1)
RECORD = JobRecord(name="j", planning="x", configured=True, anchor=1, accounted_until=2)


async def test_a_store_on_a_full_disk_changes_nothing():
    store = MemoryStore()
    await store.open()
    store.failure = "the disk is full"
    for call in (
        store.claim([EXECUTION], []),
        store.record_started([EXECUTION]),
        store.record_finished([]),
        store.save_jobs([RECORD]),
        store.save_enabled(override=True, configured=True),
        store.history(HistoryQuery()),
        store.execution("e"),
        store.totals(),
    ):
        with pytest.raises(StorageError, match="the disk is full"):
            await call
    assert store.executions == []
    assert store.records == {}
    assert store.switches == (None, None)
    assert store.calls == []
    store.failure = ""
    assert await store.claim([EXECUTION], []) == {"e"}


async def test_a_store_that_cannot_be_opened_can_be_opened_later():
    store = MemoryStore()
    store.failure = "the disk is full"
    with pytest.raises(StorageError, match="the disk is full"):
        await store.open()
    store.failure = ""
    assert (await store.open()).jobs == {}
