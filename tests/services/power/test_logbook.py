"""Periods are at hand at once, and on disk soon, each once."""

from __future__ import annotations

import asyncio

import pytest

from wakeful.core.instant import HOUR, SECOND
from wakeful.core.period import Period, PeriodKind
from wakeful.services.ports import PeriodQuery
from wakeful.services.power import logbook as logbook_module
from wakeful.services.power.logbook import Logbook
from wakeful.testing import MemoryStore

NOON = 1_800_000_000 * SECOND


def asleep(number):
    since = NOON + number * HOUR
    return Period(kind=PeriodKind.ASLEEP, since=since, until=since + HOUR // 2)


@pytest.fixture
async def store():
    store = MemoryStore()
    await store.open()
    return store


@pytest.fixture
def logbook(store):
    return Logbook(store)


async def written(store):
    return list(await store.periods(PeriodQuery()))[::-1]


async def test_a_period_is_at_hand_at_once_and_on_disk_soon(store, logbook):
    logbook.note(asleep(1))
    assert logbook.ledger.reason_at(asleep(1).since) is PeriodKind.ASLEEP
    assert await written(store) == []
    await logbook.drain()
    assert await written(store) == [asleep(1)]


async def test_what_comes_while_one_is_written_is_written_after_it_and_none_twice(
    store, logbook, monkeypatch
):
    go_on, record = asyncio.Event(), store.record_periods

    async def slowly(periods):
        await go_on.wait()
        await record(periods)

    monkeypatch.setattr(store, "record_periods", slowly)
    logbook.note(asleep(1))
    draining = asyncio.create_task(logbook.drain())
    await asyncio.sleep(0)
    logbook.note(asleep(2))
    logbook.note(asleep(3))
    other = asyncio.create_task(logbook.drain())
    go_on.set()
    await asyncio.gather(draining, other)
    assert await written(store) == [asleep(1), asleep(2), asleep(3)]


async def test_what_the_disk_refused_is_written_with_the_next(store, logbook, caplog):
    store.failure = "the disk is full"
    logbook.note(asleep(1))
    await logbook.drain()
    assert "a period could not be recorded: the disk is full" in caplog.text
    assert logbook.ledger.reason_at(asleep(1).since) is PeriodKind.ASLEEP
    store.failure = ""
    logbook.note(asleep(2))
    await logbook.drain()
    assert await written(store) == [asleep(1), asleep(2)]


async def test_only_the_last_periods_are_kept_at_hand(logbook, monkeypatch):
    monkeypatch.setattr(logbook_module, "REMEMBERED", 2)
    logbook.begin([asleep(number) for number in range(5)])
    assert logbook.ledger.periods == (asleep(3), asleep(4))
    logbook.note(asleep(5))
    assert logbook.ledger.periods == (asleep(4), asleep(5))
    await logbook.drain()
