from __future__ import annotations

import asyncio

import pytest

from wakeful.core.instant import SECOND
from wakeful.services.watchdog import Watchdog

PERIOD = 0.2
NOW = 1_000 * SECOND


class Surroundings:
    """A clock and an agenda that say what they are told, and who listens for signs of life."""

    def __init__(self):
        self.next = None
        self.fed = []
        self.was_fed = asyncio.Event()

    def now(self):
        return NOW

    def earliest(self):
        return self.next

    def alive(self):
        self.fed.append(asyncio.get_running_loop().time())
        self.was_fed.set()

    async def food(self):
        self.was_fed.clear()
        async with asyncio.timeout(5):
            await self.was_fed.wait()


@pytest.fixture
def around():
    return Surroundings()


@pytest.fixture
async def watchdog(around):
    one = Watchdog(agenda=around, clock=around, alive=around.alive, period=PERIOD)
    yield one
    one.stop()


async def test_it_is_fed_at_once_and_in_every_half_period(around, watchdog):
    watchdog.start()
    assert len(around.fed) == 1
    for _ in range(3):
        await around.food()
    distances = [
        later - earlier for earlier, later in zip(around.fed, around.fed[1:], strict=False)
    ]
    assert all(PERIOD / 2 - 0.01 <= one < PERIOD for one in distances)


@pytest.mark.parametrize("late", [-3600, 0, PERIOD / 2])
async def test_a_slot_to_come_or_a_little_late_is_no_reason_for_hunger(late, around, watchdog):
    around.next = ("backup", NOW - int(late * SECOND))
    watchdog.start()
    assert len(around.fed) == 1


async def test_while_a_slot_is_overdue_it_goes_hungry_and_says_so_once(around, watchdog, caplog):
    around.next = ("backup", NOW - 100 * SECOND)
    watchdog.start()
    await asyncio.sleep(PERIOD)
    assert around.fed == []
    (record,) = caplog.records
    assert "job backup is overdue by 100 s" in record.getMessage()


async def test_once_the_slot_is_served_it_is_fed_before_the_period_is_over(around, watchdog):
    began = asyncio.get_running_loop().time()
    around.next = ("backup", NOW - 100 * SECOND)
    watchdog.start()
    around.next = ("backup", NOW + 100 * SECOND)
    await around.food()
    assert around.fed[0] - began < PERIOD / 2


async def test_stopped_it_asks_for_nothing_more(around, watchdog):
    watchdog.start()
    watchdog.stop()
    await asyncio.sleep(PERIOD)
    assert len(around.fed) == 1
