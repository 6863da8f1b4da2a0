"""Jobs that are triggered by what happens to the machine."""

from __future__ import annotations

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.execution import Cause
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.plan import Reason, SlotState
from wakeful.core.policy import Conditions, Occasion
from wakeful.core.trigger import OccasionTrigger


def on(occasion, name="backup", *, least_nap=0, **fields):
    return a_job(name, trigger=OccasionTrigger(occasion, least_nap), trigger_key="on", **fields)


@pytest.fixture
async def begin(make_world):
    async def begin_(*jobs, **settings):
        world = make_world(*jobs, **settings)
        await world.begin()
        world.sleep_manager.appear()
        await settle()
        return world

    return begin_


def closed(world):
    return [(one.span.first, one.state, one.reason) for one in world.store.closings]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_resume_triggers_with_the_instant_of_the_wake_up_as_slot(begin, nap, announced):
    world = await begin(on(Occasion.RESUME))
    await nap(world, HOUR, announced=announced)
    (execution,) = world.store.executions
    assert (execution.slot, execution.cause) == (NOON + HOUR, Cause.SCHEDULE)


async def test_a_nap_that_is_too_short_does_not_trigger(begin, nap):
    world = await begin(on(Occasion.RESUME, least_nap=30 * MINUTE))
    await nap(world, 29 * MINUTE)
    assert world.processes == []
    await nap(world, 30 * MINUTE)
    assert len(world.processes) == 1


async def test_a_false_alarm_is_no_resume(begin):
    world = await begin(on(Occasion.RESUME))
    world.sleep_manager.announce_sleep()
    world.sleep_manager.announce_wake_up()
    await settle()
    assert world.processes == []


async def test_a_job_before_sleep_runs_and_sleep_waits_for_its_end(begin):
    world = await begin(on(Occasion.BEFORE_SLEEP), a_job("other", every=HOUR))
    world.sleep_manager.announce_sleep()
    await settle()
    assert len(world.processes) == 1
    assert len(world.sleep_manager.held) == 1
    await world.end_process()
    assert world.sleep_manager.held == []
    assert world.store.executions[0].state.final


async def test_sleep_waits_for_four_seconds_at_most(begin, elapse):
    world = await begin(on(Occasion.BEFORE_SLEEP))
    world.sleep_manager.announce_sleep()
    await settle()
    await elapse(world, 3 * SECOND)
    assert len(world.sleep_manager.held) == 1
    await elapse(world, SECOND)
    assert world.sleep_manager.held == []
    assert world.runner.last.alive


async def test_a_job_before_sleep_runs_before_each_sleep(begin, nap):
    world = await begin(on(Occasion.BEFORE_SLEEP))
    for _ in range(2):
        world.sleep_manager.announce_sleep()
        await settle()
        await world.end_process()
        await nap(world, HOUR)
    assert len(world.store.executions) == 2


async def test_a_sleep_nobody_announced_triggers_nothing_before_it(begin, nap):
    world = await begin(on(Occasion.BEFORE_SLEEP))
    await nap(world, HOUR, announced=False)
    assert world.processes == []


async def test_a_job_at_boot_runs_once_for_each_boot_not_for_each_daemon(begin, make_world):
    world = await begin(on(Occasion.BOOT))
    assert len(world.processes) == 1
    await world.end_process()
    same = make_world.after_crash_of(world)
    await same.begin()
    assert same.processes == []
    await same.end()
    same.clock.pass_time(MINUTE)
    other = make_world(
        on(Occasion.BOOT), clock=same.clock, store=same.store.successor(), boot="second boot"
    )
    await other.begin()
    assert len(other.processes) == 1


@pytest.mark.parametrize(
    "occasion",
    [Occasion.AC, Occasion.BATTERY, Occasion.NETWORK, Occasion.LOGIN, Occasion.UNLOCK],
)
async def test_what_occurs_triggers_the_jobs_that_wait_for_it_and_no_other(begin, occasion):
    others = [on(one, one.value) for one in Occasion if one is not Occasion.BOOT]
    world = await begin(*others)
    world.surroundings.occur(occasion)
    await settle()
    assert [one.job for one in world.store.executions] == [occasion.value]


async def test_surroundings_are_watched_only_if_somebody_wants_to_know(begin):
    world = await begin(a_job(every=HOUR), on(Occasion.RESUME, "resume"))
    assert not world.surroundings.watched
    world.edit(on(Occasion.AC))
    await world.reloader.reload()
    assert world.surroundings.watched


@pytest.mark.parametrize("switch", ["job", "scheduler"])
async def test_what_is_switched_off_is_recorded_as_skipped(begin, switch):
    world = await begin(on(Occasion.AC))
    if switch == "job":
        await world.switchboard.set_job("backup", enabled=False)
    else:
        await world.switchboard.set_scheduler(enabled=False)
    world.surroundings.occur(Occasion.AC)
    await settle()
    reason = Reason.DISABLED if switch == "job" else Reason.PAUSED
    assert closed(world) == [(NOON, SlotState.SKIPPED, reason)]
    assert world.processes == []


async def test_a_job_with_errors_collects_no_slots(begin):
    world = await begin(on(Occasion.AC, bad=True))
    for _ in range(3):
        world.surroundings.occur(Occasion.AC)
        await settle()
    assert world.entry().schedule is None


async def test_a_job_that_has_run_often_enough_has_no_slots_any_more(begin):
    world = await begin(on(Occasion.AC, max_runs=1))
    for _ in range(3):
        world.clock.pass_time(MINUTE)
        world.surroundings.occur(Occasion.AC)
        await settle()
        if world.runner.last.alive:
            await world.end_process()
    assert len(world.processes) == 1
    assert world.store.closings == []


async def test_what_occurs_while_the_job_runs_is_skipped(begin):
    world = await begin(on(Occasion.AC))
    world.surroundings.occur(Occasion.AC)
    await settle()
    world.clock.pass_time(MINUTE)
    world.surroundings.occur(Occasion.AC)
    await settle()
    assert closed(world) == [(NOON + MINUTE, SlotState.SKIPPED, Reason.OVERLAP)]


async def test_what_occurs_twice_while_it_waits_is_one_run(begin):
    world = await begin(on(Occasion.AC, conditions=Conditions(online=True)))
    world.surroundings.become(online=False)
    world.surroundings.occur(Occasion.AC)
    await settle()
    assert world.entry().waiting.slot == NOON
    world.clock.pass_time(MINUTE)
    world.surroundings.occur(Occasion.AC)
    await settle()
    assert world.entry().waiting.slot == NOON + MINUTE
    assert [(first, state) for first, state, _ in closed(world)] == [(NOON, SlotState.COALESCED)]
    world.surroundings.become(online=True)
    await settle()
    (execution,) = world.store.executions
    assert execution.slot == NOON + MINUTE
    assert world.runner.last.environment["WAKEFUL_MISSED_COUNT"] == "1"


async def test_an_occasion_waits_for_the_wake_up_if_sleep_is_announced(begin):
    world = await begin(on(Occasion.BATTERY))
    world.sleep_manager.announce_sleep()
    world.surroundings.occur(Occasion.BATTERY)
    await settle()
    assert world.processes == []
    world.sleep_manager.announce_wake_up()
    await settle()
    assert len(world.processes) == 1


async def test_a_slot_that_waits_survives_an_edit_of_the_job(begin):
    job = on(Occasion.AC, conditions=Conditions(online=True))
    world = await begin(job)
    world.surroundings.become(online=False)
    world.surroundings.occur(Occasion.AC)
    await settle()
    world.edit(
        on(Occasion.AC, conditions=Conditions(online=True), description="other", definition="other")
    )
    await world.reloader.reload()
    assert world.entry().waiting.slot == NOON
    world.surroundings.become(online=True)
    await settle()
    assert [one.slot for one in world.store.executions] == [NOON]


async def test_a_clock_that_was_set_back_hinders_no_occasion(begin):
    world = await begin(on(Occasion.AC))
    world.surroundings.occur(Occasion.AC)
    await settle()
    await world.end_process()
    world.clocks.step(-HOUR)
    world.surroundings.occur(Occasion.AC)
    await settle()
    assert [one.slot for one in world.store.executions] == [NOON - HOUR, NOON]
