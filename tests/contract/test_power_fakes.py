"""Fakes of sleep, power and clocks keep the promises of the ports they stand for."""

from __future__ import annotations

import pytest

from wakeful.core.errors import UnavailableError
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.policy import Occasion
from wakeful.services.power.ports import ClockReading, SleepListener
from wakeful.testing import (
    FakeClock,
    FakeClocks,
    FakeSleepManager,
    FakeSurroundings,
    FakeWakeAlarm,
)

NOON = 1_800_000_000 * SECOND


async def test_clocks_go_on_in_sleep_but_for_one():
    clock = FakeClock(NOON)
    clocks = FakeClocks(clock)
    told = []
    clocks.start(lambda: told.append(clocks.read()))
    start = clocks.read()
    clock.pass_time(SECOND)
    clocks.sleep(HOUR)
    clocks.step(-HOUR)
    clocks.sleep(HOUR, tell=False)
    asleep, stepped = told
    assert asleep == ClockReading(
        wall=NOON + SECOND + HOUR, boot=start.boot + SECOND + HOUR, awake=start.awake + SECOND
    )
    assert stepped == ClockReading(wall=NOON + SECOND, boot=asleep.boot, awake=asleep.awake)
    assert clocks.read().boot == asleep.boot + HOUR
    await clocks.stop()
    clocks.step(HOUR)
    assert len(told) == 2


async def test_a_sleep_manager_gives_locks_and_takes_them_back():
    manager = FakeSleepManager()
    told = []
    manager.appear()
    manager.start(
        SleepListener(
            falling_asleep=lambda: told.append("falling asleep"),
            woke_up=lambda: told.append("woke up"),
            returned=lambda: told.append("returned"),
        )
    )
    manager.appear()
    manager.announce_sleep()
    manager.announce_wake_up()
    assert told == ["returned", "falling asleep", "woke up"]
    lock = await manager.delay_sleep("a moment")
    await manager.block_sleep("a while")
    await manager.sleep()
    assert [(one.mode, one.reason) for one in manager.held] == [
        ("delay", "a moment"),
        ("block", "a while"),
    ]
    lock.release()
    lock.release()
    assert [one.mode for one in manager.held] == ["block"]
    manager.refusal = "not here"
    for request in (manager.delay_sleep, manager.block_sleep):
        with pytest.raises(UnavailableError, match="not here"):
            await request("why")
    with pytest.raises(UnavailableError, match="not here"):
        await manager.sleep()
    assert manager.sent_to_sleep == 1
    await manager.stop()
    manager.announce_sleep()
    assert (len(told), manager.held) == (3, [])


async def test_surroundings_tell_what_is_different_and_what_occurs():
    surroundings = FakeSurroundings()
    told = []
    surroundings.become(on_ac=True)
    surroundings.occur(Occasion.AC)
    surroundings.start(lambda: told.append(surroundings.present.on_ac), told.append)
    surroundings.become(on_ac=True)
    surroundings.become(on_ac=False)
    surroundings.occur(Occasion.BATTERY)
    assert told == [False, Occasion.BATTERY]
    assert surroundings.watched
    assert surroundings.missing() == {}
    await surroundings.stop()
    surroundings.become(on_ac=True)
    assert (len(told), surroundings.watched) == (2, False)


def test_an_alarm_is_armed_or_refused():
    alarm = FakeWakeAlarm()
    alarm.arm(NOON)
    assert alarm.instant == NOON
    alarm.refusal = "no clock"
    with pytest.raises(UnavailableError, match="no clock"):
        alarm.arm(NOON + HOUR)
    alarm.arm(None)
    assert alarm.instant is None
    alarm.close()
    assert alarm.is_closed
