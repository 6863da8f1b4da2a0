from __future__ import annotations

import itertools

import pytest

from fixtures.stores import stores_in_turn
from wakeful.adapters.sqlite import SqliteStore
from wakeful.core.execution import Cause, Execution
from wakeful.core.instant import SECOND
from wakeful.core.names import execution_identifier
from wakeful.core.plan import Close, Reason, SlotState
from wakeful.core.schedule import SlotSpan
from wakeful.services.ports import JobRecord

NOON = 1_800_000_000 * SECOND


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "wakeful.db"


@pytest.fixture
async def open_store(path):
    """Open stores on one file, one after the other; gives the store and its memory."""

    def make(_before, **options):
        return SqliteStore(path, patience=0.1, **options)

    async with stores_in_turn(make) as open_:
        yield open_


@pytest.fixture
async def store(open_store):
    store, _ = await open_store()
    return store


@pytest.fixture
def execution():
    """Make executions, each a second younger than the one before."""
    seconds = itertools.count()

    def make(job="backup", *, slot=None, queued_at=None, cause=Cause.SCHEDULE, **fields):
        number = next(seconds)
        queued_at = NOON + number * SECOND if queued_at is None else queued_at
        return Execution(
            execution_id=execution_identifier(queued_at, number),
            job=job,
            cause=cause,
            slot=slot,
            queued_at=queued_at,
            **fields,
        )

    return make


@pytest.fixture
def record():
    def make(name="backup", **fields):
        given = {"planning": "0 9 * * *", "configured": True, "anchor": 1, "accounted_until": 2}
        return JobRecord(name=name, **{**given, **fields})

    return make


@pytest.fixture
def close_slots():
    def make(job, first, last, count=1, *, state=SlotState.MISSED, reason=Reason.TOO_LATE):
        return Close(job, SlotSpan(first, last, count), state, reason)

    return make
