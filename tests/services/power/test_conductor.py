"""Missed slots are made up for when things have settled, a few at a time, the urgent first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.condition import NETWORK
from wakeful.core.decision import SETTLING
from wakeful.core.execution import Cause, Execution
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.plan import Close, Reason, SlotState
from wakeful.core.policy import Priority, Resume
from wakeful.core.schedule import SlotSpan
from wakeful.core.trigger import AtTrigger


def jobs(*names, **fields):
    return [a_job(name, trigger=AtTrigger(NOON + HOUR), **fields) for name in names]


@pytest.fixture
async def begin(make_world):
    async def begin_(*given, **resume):
        world = make_world(*given, resume=Resume(**resume))
        await world.begin()
        return world

    return begin_


def started(world):
    return [process.environment["WAKEFUL_JOB"] for process in world.processes]


def reasons(world):
    return {one.job.name: one.waiting.reason for one in world.catalogue if one.waiting}


async def end(world, name):
    (process,) = [one for one in world.processes if one.environment["WAKEFUL_JOB"] == name]
    await world.end_process(process)


async def test_what_was_missed_waits_until_things_have_settled(begin, nap, elapse):
    world = await begin(*jobs("missed"), settle=timedelta(seconds=30))
    await elapse(world, 30 * SECOND)
    await nap(world, 2 * HOUR)
    await elapse(world, 29 * SECOND)
    assert (started(world), reasons(world)) == ([], {"missed": SETTLING})
    await elapse(world, SECOND)
    assert started(world) == ["missed"]


async def test_what_is_on_time_does_not_wait_until_things_have_settled(begin, nap):
    world = await begin(a_job(every=HOUR), settle=timedelta(seconds=30))
    await nap(world, HOUR + 10 * SECOND)
    assert started(world) == ["backup"]


async def test_a_second_nap_begins_the_settling_anew(begin, nap, elapse):
    world = await begin(*jobs("missed"), settle=timedelta(seconds=30))
    await nap(world, 2 * HOUR)
    await elapse(world, 20 * SECOND)
    await nap(world, MINUTE)
    await elapse(world, 20 * SECOND)
    assert started(world) == []
    await elapse(world, 10 * SECOND)
    assert started(world) == ["missed"]


async def test_a_network_is_waited_for(begin, nap):
    world = await begin(*jobs("missed"), network=True)
    world.surroundings.become(online=False)
    await nap(world, 2 * HOUR)
    assert (started(world), reasons(world)) == ([], {"missed": NETWORK})
    world.surroundings.become(online=True)
    await settle()
    assert started(world) == ["missed"]


async def test_a_network_is_not_waited_for_for_ever(begin, nap, elapse, caplog):
    world = await begin(*jobs("missed"), network=True)
    world.surroundings.become(online=False)
    await nap(world, 2 * HOUR)
    await elapse(world, 59 * SECOND)
    assert started(world) == []
    await elapse(world, SECOND)
    assert started(world) == ["missed"]
    assert "there is no network after 60 s; going on" in caplog.text


async def test_where_nobody_knows_of_a_network_none_is_waited_for(begin, nap):
    world = await begin(*jobs("missed"), network=True)
    await nap(world, 2 * HOUR)
    assert started(world) == ["missed"]


async def test_the_network_is_looked_for_after_the_settling(begin, nap, elapse):
    world = await begin(*jobs("missed"), settle=timedelta(seconds=30), network=True)
    await elapse(world, 30 * SECOND)
    world.surroundings.become(online=False)
    await nap(world, 2 * HOUR)
    await elapse(world, 30 * SECOND)
    assert reasons(world) == {"missed": NETWORK}
    world.surroundings.become(online=True)
    await settle()
    assert started(world) == ["missed"]


async def test_only_so_many_make_up_at_once_and_the_urgent_are_first(begin, nap):
    world = await begin(
        *jobs("low", priority=Priority.LOW),
        *jobs("normal 1", "normal 2"),
        *jobs("high", priority=Priority.HIGH),
        *jobs("critical", priority=Priority.CRITICAL),
        at_once=2,
    )
    await nap(world, 2 * HOUR)
    assert started(world) == ["critical", "high"]
    assert set(reasons(world).values()) == {Reason.LIMIT}
    await end(world, "high")
    assert started(world) == ["critical", "high", "normal 1"]
    await end(world, "critical")
    await end(world, "normal 1")
    assert started(world) == ["critical", "high", "normal 1", "normal 2", "low"]
    assert reasons(world) == {}


async def test_what_is_on_time_takes_no_room_and_needs_none(begin, nap):
    world = await begin(*jobs("missed", "other"), a_job("on time", every=2 * HOUR), at_once=1)
    await nap(world, 2 * HOUR)
    assert sorted(started(world)) == ["missed", "on time"]
    await end(world, "on time")
    assert "other" not in started(world)


async def test_there_is_a_pause_between_two_starts(begin, nap, elapse):
    world = await begin(*jobs("first", "second", "third"), spacing=timedelta(seconds=5))
    await nap(world, 2 * HOUR)
    assert started(world) == ["first"]
    await end(world, "first")
    assert started(world) == ["first"]
    await elapse(world, 5 * SECOND)
    assert started(world) == ["first", "second"]
    await elapse(world, 4 * SECOND)
    assert len(started(world)) == 2
    await elapse(world, SECOND)
    assert started(world) == ["first", "second", "third"]


async def test_a_refused_claim_takes_no_room(begin, nap):
    world = await begin(*jobs("closed", "executed", "missed"), at_once=1)
    slot = NOON + HOUR
    before = Execution(
        execution_id="0" * 26, job="executed", cause=Cause.SCHEDULE, slot=slot, queued_at=NOON
    )
    closing = Close("closed", SlotSpan(slot, slot, 1), SlotState.SKIPPED, Reason.OVERLAP)
    await world.store.claim([before], [closing])
    await nap(world, 2 * HOUR)
    assert started(world) == ["missed"]


async def test_a_failing_store_takes_no_room(begin, nap):
    world = await begin(*jobs("missed", "other"), at_once=1)
    world.store.failure = "the disk is full"
    await nap(world, 2 * HOUR)
    assert world.power.conductor.room == 1
    world.store.failure = ""
    world.dispatcher.due(["missed", "other"])
    await settle()
    assert started(world) == ["missed"]


async def test_the_same_holds_at_the_start_of_the_daemon(make_world, elapse):
    resume = Resume(settle=timedelta(seconds=30), at_once=1)
    world = make_world(*jobs("missed", "other"), resume=resume)
    world.clock.pass_time(2 * HOUR)
    await world.begin()
    assert reasons(world) == {"missed": SETTLING, "other": SETTLING}
    await elapse(world, 30 * SECOND)
    assert started(world) == ["missed"]
    await end(world, "missed")
    assert started(world) == ["missed", "other"]


async def test_at_the_start_of_the_daemon_a_network_is_waited_for(make_world):
    world = make_world(*jobs("missed"), resume=Resume(network=True))
    world.surroundings.become(online=False)
    world.clock.pass_time(2 * HOUR)
    await world.begin()
    assert reasons(world) == {"missed": NETWORK}
    world.surroundings.become(online=True)
    await settle()
    assert started(world) == ["missed"]


async def test_a_network_that_came_while_the_daemon_began_is_seen(make_world):
    world = make_world(*jobs("missed"), resume=Resume(network=True))
    world.surroundings.become(online=False)
    world.clock.pass_time(2 * HOUR)
    await world.daemon.begin()
    world.surroundings.become(online=True)  # nobody listens yet
    assert started(world) == []
    world.power.start()
    await settle()
    assert started(world) == ["missed"]


async def test_a_reload_does_not_begin_the_settling_anew(begin, elapse):
    world = await begin(settle=timedelta(seconds=30))
    await elapse(world, MINUTE)
    world.edit(*jobs("late"))
    world.clock.pass_time(2 * HOUR)
    await world.reloader.reload()
    assert started(world) == ["late"]
