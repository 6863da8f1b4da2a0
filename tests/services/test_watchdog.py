"""Proof that due jobs are served, for the service manager."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from fixtures.world import NOON, soon
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.schedule import EverySchedule
from wakeful.services.agenda import Agenda
from wakeful.services.watchdog import Watchdog
from wakeful.testing import FakeClock, FakeTimer

PERIOD = 0.02


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def timer():
    return FakeTimer()


@pytest.fixture
def beats():
    return []


@pytest.fixture
async def watchdog(clock, timer, beats):
    def alive():
        beats.append(asyncio.get_running_loop().time())

    watchdog = Watchdog(agenda=Agenda(timer), clock=clock, alive=alive, period=PERIOD)
    yield watchdog
    watchdog.stop()


async def test_it_beats_twice_in_a_period(watchdog, beats):
    watchdog.start()
    assert len(beats) == 1
    await soon(lambda: len(beats) >= 5)
    distances = [later - earlier for earlier, later in pairwise(beats)]
    assert min(distances) >= PERIOD / 2 - 0.001


@pytest.mark.parametrize("overdue", [0, 0.9 * PERIOD])
async def test_it_beats_while_slots_are_waited_for_or_just_served(
    watchdog, beats, timer, clock, overdue
):
    timer.set("backup", EverySchedule(HOUR, NOON), after=NOON)
    clock.pass_time(HOUR + round(overdue * SECOND))
    watchdog.start()
    await soon(lambda: len(beats) >= 3)


async def test_it_does_not_beat_while_a_slot_is_overdue(watchdog, beats, timer, clock, caplog):
    timer.set("backup", EverySchedule(HOUR, NOON), after=NOON)
    clock.pass_time(HOUR + 5 * SECOND)
    watchdog.start()
    await asyncio.sleep(3 * PERIOD)
    assert beats == []
    assert caplog.text.count("job backup is overdue by 5 s") == 1
    timer.set("backup", EverySchedule(HOUR, NOON), after=clock.now())
    await soon(lambda: beats)


async def test_it_can_be_stopped_also_before_it_began(watchdog, beats):
    watchdog.stop()
    watchdog.start()
    watchdog.stop()
    await asyncio.sleep(2 * PERIOD)
    assert len(beats) == 1
