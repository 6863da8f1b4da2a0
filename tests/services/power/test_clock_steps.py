"""The clock is set: each slot is still executed at most once, and the jobs go on."""

from __future__ import annotations

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.event import ClockStepped, WokeUp
from wakeful.core.execution import Cause
from wakeful.core.instant import DAY, HOUR, MINUTE
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Reason, SlotState
from wakeful.core.policy import Missed, MissedAction
from wakeful.services.ports import PeriodQuery


@pytest.fixture
async def begin(make_world):
    async def begin_(**fields):
        world = make_world(a_job(**({"every": HOUR} | fields)))
        await world.begin()
        return world

    return begin_


async def step(world, microseconds):
    world.clocks.step(microseconds)
    world.timer.advance(world.clock)
    await settle()


async def pass_hours(world, hours):
    """Let hours pass in which each run takes a moment."""
    for _ in range(hours):
        await world.wait(HOUR)
        if world.processes and world.runner.last.alive:
            await world.end_process()


def slots(world):
    return sorted(one.slot for one in world.store.executions)


def closed(world):
    return [
        (one.span.first, one.span.last, one.span.count, one.state, one.reason)
        for one in world.store.closings
    ]


@pytest.mark.parametrize("by", [5 * HOUR, -5 * HOUR, 10 * MINUTE, -10 * MINUTE])
async def test_a_step_is_told_and_recorded_and_is_no_sleep(begin, by):
    world = await begin()
    await step(world, by)
    period = Period(
        kind=PeriodKind.CLOCK_STEP,
        since=min(NOON, NOON + by),
        until=max(NOON, NOON + by),
        step=by,
        source="clock",
    )
    assert world.happened(ClockStepped) == [ClockStepped(period)]
    assert world.happened(WokeUp) == []
    assert await world.store.periods(PeriodQuery()) == [period]


async def test_slots_a_step_leaps_over_are_made_up_for_by_policy(begin):
    world = await begin()
    await step(world, 3 * HOUR + 30 * MINUTE)
    (execution,) = world.store.executions
    assert (execution.slot, execution.cause) == (NOON + 3 * HOUR, Cause.CATCH_UP)
    assert closed(world) == [
        (NOON + HOUR, NOON + 2 * HOUR, 2, SlotState.COALESCED, Reason.CLOCK_STEP)
    ]


async def test_slots_a_step_leaps_over_are_missed_where_nothing_is_made_up_for(begin):
    world = await begin(missed=Missed(action=MissedAction.SKIP))
    await step(world, 3 * HOUR + 30 * MINUTE)
    assert world.processes == []
    assert closed(world) == [(NOON + HOUR, NOON + 3 * HOUR, 3, SlotState.MISSED, Reason.CLOCK_STEP)]


async def test_after_a_small_step_back_each_slot_is_served_once(begin):
    world = await begin()
    await pass_hours(world, 2)
    await step(world, -2 * HOUR)
    await pass_hours(world, 4)
    assert slots(world) == [NOON + number * HOUR for number in (1, 2, 3, 4)]
    assert closed(world) == []


async def test_after_a_large_step_back_the_job_goes_on(begin):
    world = await begin(every=None, cron="0 * * * *")
    await pass_hours(world, 2)
    await step(world, -DAY)
    await pass_hours(world, 3)
    assert slots(world) == [NOON - DAY + number * HOUR for number in (3, 4, 5)] + [
        NOON + HOUR,
        NOON + 2 * HOUR,
    ]
    assert closed(world) == []


async def test_intervals_keep_their_rhythm_over_a_large_step_back(begin):
    world = await begin(every=7 * HOUR)
    await step(world, -DAY)
    assert (world.entry().anchor - NOON) % (7 * HOUR) == 0
    assert world.entry().anchor <= world.clock.now()
    await world.wait(7 * HOUR)
    assert len(world.processes) == 1
    assert (slots(world)[0] - NOON) % (7 * HOUR) == 0


async def test_no_slot_is_executed_twice_after_a_large_step_back(begin):
    world = await begin(every=None, cron="0 * * * *")
    await pass_hours(world, 5)
    await step(world, -4 * HOUR)
    await pass_hours(world, 6)
    assert slots(world) == [NOON + number * HOUR for number in range(1, 8)]
    assert closed(world) == []


async def test_a_clock_that_was_wrong_for_a_while_stops_no_job(begin):
    world = await begin(every=None, cron="0 * * * *")
    await step(world, 365 * DAY)
    await world.end_process()
    await step(world, -365 * DAY)
    await pass_hours(world, 3)
    assert slots(world)[:3] == [NOON + number * HOUR for number in (1, 2, 3)]


async def test_a_slot_that_waits_when_the_clock_is_set_back_comes_again(begin, nap):
    world = await begin(missed=Missed(action=MissedAction.ASK))
    await nap(world, 90 * MINUTE)
    assert world.entry().waiting is not None
    await step(world, -HOUR)
    assert world.entry().waiting is None
    await world.wait(30 * MINUTE)
    assert [(one.slot, one.cause) for one in world.store.executions] == [
        (NOON + HOUR, Cause.SCHEDULE)
    ]


async def test_a_sleep_and_a_step_at_once_are_told_apart(begin):
    world = await begin()
    world.clocks.sleep(2 * HOUR, tell=False)
    await step(world, 3 * HOUR)
    (woke_up,), (stepped,) = world.happened(WokeUp), world.happened(ClockStepped)
    assert woke_up.period.asleep == 2 * HOUR
    assert stepped.period.step == 3 * HOUR
    reasons = {
        slot: world.power.situation.facts(
            0, {}, absence=Reason.OFF, stopping=False
        ).ledger.reason_at(slot)
        for slot in (NOON + HOUR, NOON + 4 * HOUR)
    }
    assert reasons == {NOON + HOUR: PeriodKind.ASLEEP, NOON + 4 * HOUR: PeriodKind.CLOCK_STEP}
