"""What was due in a nap is made up for as each job wants; what is due after it is on time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.execution import Cause, ExecutionState
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.plan import Reason, SlotState
from wakeful.core.policy import Missed, MissedAction
from wakeful.core.trigger import AtTrigger


@pytest.fixture
async def begin(make_world):
    async def begin_(*jobs, **settings):
        world = make_world(*jobs, **settings)
        await world.begin()
        return world

    return begin_


def served(world, name="backup"):
    """Executions of one instant have no order of their own; so they are in that of their slots."""
    return sorted((one.slot, one.cause) for one in world.store.executions if one.job == name)


def closed(world, name="backup"):
    return [
        (one.span.first, one.span.last, one.span.count, one.state, one.reason)
        for one in world.store.closings
        if one.job == name
    ]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_job_due_in_the_nap_is_made_up_for_once_and_the_next_is_on_time(
    begin, nap, announced
):
    world = await begin(
        a_job("missed", trigger=AtTrigger(NOON + HOUR)),
        a_job("later", trigger=AtTrigger(NOON + 3 * HOUR)),
    )
    await nap(world, 2 * HOUR, announced=announced)
    assert served(world, "missed") == [(NOON + HOUR, Cause.CATCH_UP)]
    await world.wait(HOUR)
    assert served(world, "later") == [(NOON + 3 * HOUR, Cause.SCHEDULE)]
    assert world.store.executions[1].late == 0
    assert len(world.processes) == 2


@pytest.mark.parametrize("announced", [True, False])
async def test_of_many_slots_in_a_nap_the_last_stands_for_the_others(begin, nap, announced):
    world = await begin(a_job(every=HOUR))
    await nap(world, 8 * HOUR + 30 * MINUTE, announced=announced)
    assert served(world) == [(NOON + 8 * HOUR, Cause.CATCH_UP)]
    assert closed(world) == [(NOON + HOUR, NOON + 7 * HOUR, 7, SlotState.COALESCED, Reason.ASLEEP)]
    assert world.runner.last.environment["WAKEFUL_MISSED_COUNT"] == "7"


async def test_a_slot_that_came_just_before_the_wake_up_is_on_time(begin, nap):
    world = await begin(a_job(every=HOUR))
    await nap(world, HOUR + 30 * SECOND)
    assert served(world) == [(NOON + HOUR, Cause.SCHEDULE)]


async def test_a_job_that_wants_nothing_made_up_for_gets_nothing(begin, nap):
    world = await begin(a_job(every=HOUR, missed=Missed(action=MissedAction.SKIP)))
    await nap(world, 2 * HOUR + 30 * MINUTE)
    assert served(world) == []
    assert closed(world) == [(NOON + HOUR, NOON + 2 * HOUR, 2, SlotState.MISSED, Reason.ASLEEP)]
    assert world.entry().missed_count == 2
    await world.wait(30 * MINUTE)
    assert served(world) == [(NOON + 3 * HOUR, Cause.SCHEDULE)]


async def test_a_slot_is_made_up_for_within_its_time_only(begin, nap):
    within = Missed(within=timedelta(minutes=10))
    world = await begin(a_job(every=HOUR, missed=within))
    await nap(world, HOUR + 11 * MINUTE)
    assert served(world) == []
    assert closed(world) == [(NOON + HOUR, NOON + HOUR, 1, SlotState.MISSED, Reason.TOO_LATE)]
    await nap(world, 59 * MINUTE)
    assert served(world) == [(NOON + 2 * HOUR, Cause.CATCH_UP)]


async def test_all_missed_slots_run_one_after_the_other(begin, nap):
    world = await begin(a_job(every=HOUR, missed=Missed(action=MissedAction.RUN_ALL)))
    await nap(world, 3 * HOUR + 30 * MINUTE)
    for number in (1, 2, 3):
        assert served(world)[-1] == (NOON + number * HOUR, Cause.CATCH_UP)
        assert [process.alive for process in world.processes] == [False] * (number - 1) + [True]
        await world.end_process()
    assert len(world.processes) == 3
    assert closed(world) == []
    assert world.entry().waiting is None
    assert all(one.state is ExecutionState.SUCCEEDED for one in world.store.executions)


async def test_of_too_many_missed_slots_the_latest_run(begin, nap):
    missed = Missed(action=MissedAction.RUN_ALL, cap=2)
    world = await begin(a_job(every=HOUR, missed=missed))
    await nap(world, 5 * HOUR + 30 * MINUTE)
    await world.end_process()
    await world.end_process()
    assert served(world) == [
        (NOON + 4 * HOUR, Cause.CATCH_UP),
        (NOON + 5 * HOUR, Cause.CATCH_UP),
    ]
    assert closed(world) == [(NOON + HOUR, NOON + 3 * HOUR, 3, SlotState.MISSED, Reason.LIMIT)]


async def test_a_disabled_job_owes_nothing_after_a_nap(begin, nap):
    world = await begin(a_job(every=HOUR, enabled=False))
    await nap(world, 2 * HOUR)
    assert served(world) == []
    await world.switchboard.set_job("backup", enabled=True)
    assert closed(world) == [(NOON + HOUR, NOON + 2 * HOUR, 2, SlotState.SKIPPED, Reason.DISABLED)]


async def test_a_job_that_ran_over_a_nap_has_its_slot_skipped(begin, nap):
    world = await begin(a_job(every=HOUR))
    await world.wait(HOUR)
    await nap(world, 90 * MINUTE)
    assert len(world.processes) == 1
    assert closed(world) == [
        (NOON + 2 * HOUR, NOON + 2 * HOUR, 1, SlotState.SKIPPED, Reason.OVERLAP)
    ]


async def test_a_timeout_counts_time_awake(begin, nap, elapse):
    world = await begin(a_job(every=HOUR, timeout=timedelta(minutes=10)))
    await elapse(world, HOUR)
    await nap(world, 8 * HOUR)
    assert world.runner.last.alive
    await elapse(world, 10 * MINUTE)
    assert world.store.executions[0].state is ExecutionState.TIMED_OUT


async def test_two_naps_on_end_leave_no_slot_out(begin, nap):
    world = await begin(a_job(every=HOUR))
    await nap(world, 90 * MINUTE)
    await world.end_process()
    await nap(world, 60 * MINUTE)
    await world.end_process()
    await nap(world, 2 * HOUR)
    assert served(world) == [
        (NOON + HOUR, Cause.CATCH_UP),
        (NOON + 2 * HOUR, Cause.CATCH_UP),
        (NOON + 4 * HOUR, Cause.CATCH_UP),
    ]
    assert [one[:3] for one in closed(world)] == [(NOON + 3 * HOUR, NOON + 3 * HOUR, 1)]


async def test_a_full_disk_at_the_wake_up_loses_nothing(begin, nap):
    world = await begin(a_job(every=HOUR))
    world.store.failure = "the disk is full"
    await nap(world, 90 * MINUTE)
    assert world.processes == []
    world.store.failure = ""
    world.dispatcher.due(["backup"])
    await settle()
    assert served(world) == [(NOON + HOUR, Cause.CATCH_UP)]
