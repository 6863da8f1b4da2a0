from __future__ import annotations

import asyncio

import pytest

from wakeful.adapters.systemd.status import StatusLine
from wakeful.core.event import JobChanged

EVENT = JobChanged("backup")


class Telling:
    """A status that can be set, and what was told of it."""

    def __init__(self):
        self.text = "before"
        self.told = []
        self.looked = asyncio.Event()

    def compose(self):
        self.looked.set()
        return self.text

    async def look(self):
        async with asyncio.timeout(5):
            await self.looked.wait()


@pytest.fixture
def telling():
    return Telling()


@pytest.fixture
async def line(telling):
    one = StatusLine(compose=telling.compose, send=telling.told.append, pace=0.02)
    one.take()
    telling.looked.clear()
    yield one
    one.stop()


async def test_a_burst_of_events_is_told_once(telling, line):
    telling.text = "after"
    for _ in range(1000):
        line.read_event(EVENT)
    assert telling.told == []
    await telling.look()
    telling.looked.clear()
    await asyncio.sleep(0.1)
    assert (telling.told, telling.looked.is_set()) == (["after"], False)


async def test_what_has_not_changed_is_not_told(telling, line):
    line.read_event(EVENT)
    await telling.look()
    assert telling.told == []


@pytest.mark.usefixtures("line")
async def test_without_events_it_does_nothing(telling):
    telling.text = "after"
    await asyncio.sleep(0.1)
    assert (telling.told, telling.looked.is_set()) == ([], False)


async def test_after_the_end_it_says_no_more(telling, line):
    line.read_event(EVENT)
    line.stop()
    line.read_event(EVENT)
    await asyncio.sleep(0.1)
    assert (telling.told, telling.looked.is_set()) == ([], False)
