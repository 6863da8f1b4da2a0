"""A job can keep the machine awake while it runs: visibly, not for ever, not on low battery."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fixtures.world import a_job, settle
from wakeful.core.instant import HOUR, MINUTE
from wakeful.core.policy import OnSleep, SleepPolicy

HOLD = SleepPolicy(action=OnSleep.HOLD, at_most=timedelta(minutes=10))


@pytest.fixture
async def world(make_world):
    world = make_world(a_job(every=HOUR, on_sleep=HOLD))
    await world.begin()
    return world


def blocks(world):
    return [lock.reason for lock in world.sleep_manager.held if lock.mode == "block"]


HELD = ["job backup is running"]


async def test_the_machine_is_kept_awake_while_the_job_runs(world):
    await world.wait(HOUR)
    assert blocks(world) == HELD
    assert world.power.report().holds == ("backup",)
    await world.end_process()
    assert blocks(world) == []
    assert world.power.report().holds == ()


async def test_the_machine_is_kept_awake_for_so_long_at_most(world, elapse, caplog):
    await elapse(world, HOUR)
    await elapse(world, 9 * MINUTE)
    assert blocks(world) == HELD
    await elapse(world, MINUTE)
    assert blocks(world) == []
    assert world.runner.last.alive
    assert "job backup has kept the machine awake long enough" in caplog.text
    world.sleep_manager.appear()
    await settle()
    assert blocks(world) == []


async def test_a_low_battery_keeps_nothing_awake(world, caplog):
    world.surroundings.become(on_ac=False, battery=14)
    await world.wait(HOUR)
    assert blocks(world) == []
    assert "job backup does not keep the machine awake: low battery" in caplog.text


async def test_a_battery_that_gets_low_lets_the_machine_sleep_until_there_is_power(world):
    world.surroundings.become(on_ac=False, battery=50)
    await world.wait(HOUR)
    assert blocks(world) == HELD
    world.surroundings.become(battery=14)
    assert blocks(world) == []
    world.surroundings.become(on_ac=True)
    await settle()
    assert blocks(world) == HELD
    await world.end_process()
    assert blocks(world) == []


async def test_a_hold_that_began_while_logind_was_away_is_taken_when_it_returns(world, caplog):
    world.sleep_manager.refusal = "there is no logind"
    await world.wait(HOUR)
    assert "job backup cannot keep the machine awake: there is no logind" in caplog.text
    assert world.power.report().holds == ()
    world.sleep_manager.refusal = ""
    world.sleep_manager.appear()
    await settle()
    assert blocks(world) == HELD
    world.sleep_manager.appear()
    await settle()
    assert blocks(world) == HELD


async def test_a_lock_that_comes_after_the_end_is_given_back(world, monkeypatch):
    go_on, block = asyncio.Event(), world.sleep_manager.block_sleep

    async def slowly(reason):
        await go_on.wait()
        return await block(reason)

    monkeypatch.setattr(world.sleep_manager, "block_sleep", slowly)
    await world.wait(HOUR)
    await world.end_process()
    go_on.set()
    await settle()
    assert [lock.mode for lock in world.sleep_manager.given if lock.mode == "block"] == ["block"]
    assert blocks(world) == []


async def test_what_runs_on_from_an_earlier_life_of_the_daemon_is_held_for_the_rest(
    world, make_world, elapse
):
    await elapse(world, HOUR)
    await elapse(world, 4 * MINUTE)
    other = make_world.after_crash_of(world)
    await other.begin()
    assert blocks(other) == HELD
    await elapse(other, 6 * MINUTE)
    assert blocks(other) == []


async def test_what_ends_with_the_daemon_holds_nothing(world):
    await world.wait(HOUR)
    await world.end()
    assert blocks(world) == []


async def test_a_job_without_that_policy_holds_nothing(make_world):
    world = make_world(a_job(every=HOUR))
    await world.begin()
    await world.wait(HOUR)
    assert blocks(world) == []
