from __future__ import annotations

import pytest

from fixtures.stores import stores_in_turn
from wakeful.adapters.sqlite import SqliteStore
from wakeful.testing import MemoryStore


@pytest.fixture(params=["memory", "sqlite"])
async def open_store(request, tmp_path):
    """Open a store on what the one before has written, which is closed."""

    def make(before):
        if request.param == "sqlite":
            return SqliteStore(tmp_path / "wakeful.db")
        return before.successor() if before else MemoryStore()

    async with stores_in_turn(make) as open_:
        yield open_


@pytest.fixture
async def store(open_store):
    store, _ = await open_store()
    return store
