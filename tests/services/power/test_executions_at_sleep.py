"""What runs when the machine sleeps is frozen, stopped, or left alone."""

from __future__ import annotations

import asyncio
import signal

import pytest

from fixtures.world import a_job, settle
from wakeful.core.execution import ExecutionState
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.policy import OnSleep, SleepPolicy

STOP, CONTINUE, TERM = signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM


@pytest.fixture
async def begin(make_world):
    async def begin_(action):
        world = make_world(a_job(every=HOUR, on_sleep=SleepPolicy(action=action)))
        await world.begin()
        world.sleep_manager.appear()
        await settle()
        return world

    return begin_


async def test_a_job_is_left_alone_unless_it_says_otherwise(begin, nap):
    world = await begin(OnSleep.CONTINUE)
    await world.wait(HOUR)
    await nap(world, SECOND)
    assert world.runner.last.signals == []


async def test_a_job_is_frozen_before_the_sleep_and_thawed_after_it(begin):
    world = await begin(OnSleep.FREEZE)
    world.runner.obedient = False
    await world.wait(HOUR)
    world.sleep_manager.announce_sleep()
    assert world.runner.last.signals == [STOP]
    await settle()
    world.sleep_manager.announce_wake_up()
    assert world.runner.last.signals == [STOP, CONTINUE]
    await settle()
    world.sleep_manager.announce_sleep()
    world.sleep_manager.announce_wake_up()
    assert world.runner.last.signals == [STOP, CONTINUE] * 2


async def test_a_job_that_was_being_started_is_frozen_too(begin, monkeypatch):
    world = await begin(OnSleep.FREEZE)
    world.runner.obedient = False
    go_on, claim = asyncio.Event(), world.store.claim

    async def slowly(*arguments):
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(world.store, "claim", slowly)
    await world.wait(HOUR)
    world.clock.pass_time(SECOND)
    world.sleep_manager.announce_sleep()
    go_on.set()
    await settle()
    assert world.runner.last.signals == [STOP]


async def test_what_somebody_asks_for_meanwhile_is_not_frozen(begin):
    world = await begin(OnSleep.FREEZE)
    world.sleep_manager.announce_sleep()
    world.clock.pass_time(SECOND)
    await world.dispatcher.run("backup", requested_by="me")
    assert world.runner.last.signals == []


async def test_what_is_frozen_is_thawed_when_the_daemon_ends(begin):
    world = await begin(OnSleep.FREEZE)
    world.runner.obedient = False
    await world.wait(HOUR)
    world.sleep_manager.announce_sleep()
    await settle()
    await world.end()
    assert world.runner.last.signals[:3] == [STOP, CONTINUE, TERM]


async def test_a_job_is_stopped_and_on_record_before_the_machine_sleeps(begin):
    world = await begin(OnSleep.STOP)
    await world.wait(HOUR)
    world.sleep_manager.announce_sleep()
    await settle()
    (execution,) = world.store.executions
    assert execution.state is ExecutionState.CANCELLED
    assert execution.reason == "the machine went to sleep"
    assert world.sleep_manager.held == []


async def test_a_job_that_does_not_end_delays_sleep_for_a_second_only(begin, elapse):
    world = await begin(OnSleep.STOP)
    world.runner.obedient = False
    await world.wait(HOUR)
    world.sleep_manager.announce_sleep()
    await settle()
    assert len(world.sleep_manager.held) == 1
    await elapse(world, SECOND)
    assert world.sleep_manager.held == []


async def test_a_job_that_is_ending_already_is_left_to_it(begin):
    world = await begin(OnSleep.STOP)
    world.runner.obedient = False
    await world.wait(HOUR)
    (execution,) = world.store.executions
    world.supervisor.cancel(execution.execution_id, "asked to")
    world.sleep_manager.announce_sleep()
    await settle()
    await world.end_process()
    assert world.store.executions[0].reason == "asked to"
