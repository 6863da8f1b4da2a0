"""What a daemon that was away makes of the time it was away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.condition import AC
from wakeful.core.execution import Cause
from wakeful.core.instant import HOUR, MINUTE
from wakeful.core.period import PeriodKind
from wakeful.core.plan import Reason, SlotState
from wakeful.core.policy import Conditions, Missed, MissedAction
from wakeful.services.ports import PeriodQuery


@pytest.fixture
def begin_again(make_world):
    async def begin_again_(world, microseconds, *, crashed=True):
        if not crashed:
            await world.end()
        world.clock.pass_time(microseconds)
        other = make_world.after_crash_of(world)
        await other.begin()
        return other

    return begin_again_


async def periods(world):
    return [(one.kind, one.since, one.until) for one in await world.store.periods(PeriodQuery())]


def closed(world):
    return [
        (one.span.first, one.span.last, one.span.count, one.state, one.reason)
        for one in world.store.closings
    ]


async def test_the_first_start_was_preceded_by_nothing(world):
    assert await periods(world) == []


async def test_a_daemon_that_ended_was_off_from_then_on(world, begin_again):
    await world.wait(10 * MINUTE)
    world = await begin_again(world, HOUR, crashed=False)
    assert await periods(world) == [(PeriodKind.OFF, NOON + 10 * MINUTE, NOON + 10 * MINUTE + HOUR)]


async def test_a_daemon_that_crashed_was_off_from_its_last_sign_of_life(world, begin_again):
    await world.wait(HOUR)
    await world.end_process()
    await world.wait(10 * MINUTE)
    world = await begin_again(world, 3 * HOUR)
    assert await periods(world) == [(PeriodKind.OFF, NOON + HOUR, NOON + 4 * HOUR + 10 * MINUTE)]
    assert [(one.slot, one.cause) for one in world.store.executions][-1] == (
        NOON + 4 * HOUR,
        Cause.CATCH_UP,
    )


async def test_slots_of_one_absence_are_closed_for_the_reason_each_has(
    make_world, nap, begin_again
):
    world = make_world(a_job(every=HOUR, missed=Missed(action=MissedAction.ASK)))
    await world.begin()
    await nap(world, 2 * HOUR + 30 * MINUTE)
    await world.end()
    world = await begin_again(world, 2 * HOUR)
    await world.scheduler.answer("backup", run=True)
    assert closed(world) == [
        (NOON + HOUR, NOON + HOUR, 1, SlotState.COALESCED, Reason.ASLEEP),
        (NOON + 2 * HOUR, NOON + 2 * HOUR, 1, SlotState.COALESCED, Reason.ASLEEP),
        (NOON + 3 * HOUR, NOON + 3 * HOUR, 1, SlotState.COALESCED, Reason.OFF),
    ]
    assert [one.slot for one in world.store.executions] == [NOON + 4 * HOUR]


async def test_a_slot_that_waited_waits_on_after_a_restart(make_world, elapse):
    conditions = Conditions(ac=True, deadline=timedelta(minutes=30))
    world = make_world(a_job(every=HOUR, conditions=conditions))
    world.surroundings.become(on_ac=False)
    await world.begin()
    await elapse(world, HOUR)
    other = make_world.after_crash_of(world)
    other.surroundings.become(on_ac=False)
    await elapse(world, 10 * MINUTE)
    await other.begin()
    assert (other.entry().waiting.slot, other.entry().waiting.reason) == (NOON + HOUR, AC)
    await elapse(other, 20 * MINUTE)
    assert closed(other) == [(NOON + HOUR, NOON + HOUR, 1, SlotState.MISSED, AC)]


async def test_a_question_is_asked_again_after_a_restart(make_world, nap, begin_again):
    world = make_world(a_job(every=HOUR, missed=Missed(action=MissedAction.ASK)))
    await world.begin()
    await nap(world, 90 * MINUTE)
    world = await begin_again(world, MINUTE)
    assert world.processes == []
    await world.scheduler.answer("backup", run=True)
    assert [one.slot for one in world.store.executions] == [NOON + HOUR]


async def test_all_missed_slots_go_on_after_a_restart_none_twice(make_world, nap, begin_again):
    world = make_world(a_job(every=HOUR, missed=Missed(action=MissedAction.RUN_ALL)))
    await world.begin()
    await nap(world, 3 * HOUR + 30 * MINUTE)
    world = await begin_again(world, MINUTE)
    for process in world.processes:
        await world.end_process(process)
    while world.processes and world.runner.last.alive:
        await world.end_process()
    assert sorted(one.slot for one in world.store.executions) == [
        NOON + number * HOUR for number in (1, 2, 3)
    ]
    assert closed(world) == []


async def test_a_job_that_has_run_often_enough_has_no_slots_any_more(make_world, begin_again):
    world = make_world(a_job(every=HOUR, max_runs=2))
    await world.begin()
    for _ in range(2):
        await world.wait(HOUR)
        await world.end_process()
    assert world.agenda.next_slot("backup") is None
    assert world.scheduler.job("backup").next_run is None
    for _ in range(3):
        await world.wait(HOUR)
    assert closed(world) == []
    world = await begin_again(world, HOUR)
    assert world.agenda.next_slot("backup") is None
    await world.wait(5 * HOUR)
    assert len(world.store.executions) == 2


async def test_a_job_that_runs_for_the_last_time_plans_nothing_behind_it(make_world):
    world = make_world(a_job(every=HOUR, max_runs=1))
    await world.begin()
    await world.wait(HOUR)
    await world.wait(HOUR)
    assert closed(world) == [(NOON + 2 * HOUR, NOON + 2 * HOUR, 1, SlotState.SKIPPED, Reason.LIMIT)]
    await world.end_process()
    await world.wait(HOUR)
    assert len(closed(world)) == 1


async def test_more_runs_can_be_granted_and_nothing_is_owed_from_before(make_world):
    world = make_world(a_job(every=HOUR, max_runs=1))
    await world.begin()
    await world.wait(HOUR)
    await world.end_process()
    await world.wait(5 * HOUR)
    world.edit(a_job(every=HOUR, max_runs=2))
    await world.reloader.reload()
    assert len(world.processes) == 1
    await world.wait(HOUR)
    await settle()
    assert [one.slot for one in world.store.executions] == [NOON + HOUR, NOON + 7 * HOUR]
