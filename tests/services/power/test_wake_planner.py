"""The machine is woken for jobs that want it, and sleeps again if nobody needs it awake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.policy import Conditions, Resume, Wake
from wakeful.core.trigger import AtTrigger

WAKE = Wake()


@pytest.fixture
async def begin(make_world):
    async def begin_(*jobs, **settings):
        world = make_world(*jobs, **settings)
        await world.begin()
        world.sleep_manager.appear()
        await settle()
        return world

    return begin_


@pytest.fixture
async def world(begin):
    """A world with one job that wakes the machine, in an hour."""
    return await begin(a_job(trigger=AtTrigger(NOON + HOUR), wake=WAKE))


def at(name, hours, **fields):
    return a_job(name, trigger=AtTrigger(NOON + hours * HOUR), **fields)


async def fall_asleep(world):
    world.sleep_manager.announce_sleep()
    await settle()


async def wake_up(world, microseconds):
    world.clocks.sleep(microseconds)
    world.sleep_manager.announce_wake_up()
    world.timer.advance(world.clock)
    await settle()


async def test_the_alarm_is_armed_for_the_earliest_slot_that_wants_it(begin):
    world = await begin(at("late", 3, wake=WAKE), at("early", 2, wake=WAKE), at("mute", 1))
    assert world.alarm.instant is None
    await fall_asleep(world)
    assert world.alarm.instant == NOON + 2 * HOUR
    report = world.power.report()
    assert (report.wake_at, report.wake_job) == (NOON + 2 * HOUR, "early")


async def test_the_alarm_is_armed_before_the_lock_is_released(world, monkeypatch):
    seen, arm = [], world.alarm.arm

    def arm_(instant):
        seen.append(len(world.sleep_manager.held))
        arm(instant)

    monkeypatch.setattr(world.alarm, "arm", arm_)
    await fall_asleep(world)
    assert seen == [1]
    assert world.sleep_manager.held == []


async def test_the_machine_is_woken_some_time_before_the_slot(begin):
    wake = Wake(lead=timedelta(minutes=5))
    world = await begin(at("early", 2, wake=WAKE), at("with a lead", 2, wake=wake))
    await fall_asleep(world)
    assert world.alarm.instant == NOON + 2 * HOUR - 5 * MINUTE


async def test_a_lead_that_has_begun_wakes_the_machine_at_once(begin):
    world = await begin(at("soon", 1, wake=Wake(lead=timedelta(hours=2))))
    await fall_asleep(world)
    assert world.alarm.instant == NOON + SECOND


@pytest.mark.parametrize(
    ("surroundings", "is_woken"),
    [
        ({}, True),
        ({"on_ac": False, "battery": 20}, True),
        ({"on_ac": False, "battery": 19}, False),
        ({"on_ac": True, "battery": 19}, True),
        ({"on_ac": False}, True),
        ({"lid_closed": True}, True),
    ],
)
async def test_a_low_battery_is_spared(world, surroundings, is_woken):
    world.surroundings.become(**surroundings)
    await fall_asleep(world)
    assert (world.alarm.instant is not None) is is_woken


@pytest.mark.parametrize("closed", [True, False, None])
async def test_a_closed_lid_can_forbid_it_to_one_job_and_not_to_another(begin, closed):
    world = await begin(at("open", 1, wake=Wake(lid=False)), at("any", 2, wake=WAKE))
    world.surroundings.become(lid_closed=closed)
    await fall_asleep(world)
    assert world.alarm.instant == NOON + (2 if closed else 1) * HOUR


async def test_a_disabled_job_wakes_nobody(begin):
    world = await begin(at("off", 1, wake=WAKE, enabled=False))
    await fall_asleep(world)
    assert world.alarm.instant is None


async def test_an_alarm_that_cannot_be_armed_is_reported_and_delays_nothing(begin, caplog):
    world = await begin(a_job(every=HOUR, wake=WAKE))
    world.alarm.refusal = "CAP_WAKE_ALARM is missing"
    await fall_asleep(world)
    assert world.sleep_manager.held == []
    assert "will not wake up for job backup: CAP_WAKE_ALARM is missing" in caplog.text
    assert world.power.report().missing["wake-up alarm"] == "CAP_WAKE_ALARM is missing"
    await wake_up(world, 2 * HOUR)
    assert len(world.processes) == 1
    world.alarm.refusal = ""
    await fall_asleep(world)
    assert "wake-up alarm" not in world.power.report().missing


async def test_the_alarm_is_disarmed_when_the_machine_is_awake(world):
    await fall_asleep(world)
    await wake_up(world, 10 * MINUTE)
    assert world.alarm.instant is None


async def test_a_false_alarm_of_logind_leaves_no_alarm_armed(world):
    world.sleep_manager.announce_sleep()
    world.sleep_manager.announce_wake_up()
    await settle()
    assert world.alarm.instant is None


async def test_the_machine_sleeps_again_when_the_job_has_ended(world, elapse):
    await fall_asleep(world)
    await wake_up(world, HOUR)
    assert len(world.processes) == 1
    await elapse(world, 10 * MINUTE)
    assert world.sleep_manager.sent_to_sleep == 0
    await world.end_process()
    await elapse(world, 19 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 0
    await elapse(world, SECOND)
    assert world.sleep_manager.sent_to_sleep == 1
    await elapse(world, DAY)
    assert world.sleep_manager.sent_to_sleep == 1


@pytest.mark.parametrize("woken_after", [10 * MINUTE, HOUR - 3 * SECOND, 2 * HOUR])
async def test_a_machine_that_something_else_woke_stays_awake(world, elapse, woken_after):
    await fall_asleep(world)
    await wake_up(world, woken_after)
    await elapse(world, HOUR)
    for process in world.processes:
        await world.end_process(process)
    await elapse(world, HOUR)
    assert world.sleep_manager.sent_to_sleep == 0


async def test_a_machine_without_an_alarm_stays_awake(begin, elapse):
    world = await begin(at("mute", 1))
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, HOUR)
    assert world.sleep_manager.sent_to_sleep == 0


@pytest.mark.parametrize("when", ["before the job ends", "after it"])
async def test_a_machine_that_somebody_uses_stays_awake(world, elapse, when):
    await fall_asleep(world)
    await wake_up(world, HOUR)
    if when == "after it":
        await world.end_process()
        await elapse(world, 10 * SECOND)
    world.surroundings.become(in_use=True)
    world.surroundings.become(in_use=False)
    if when == "before the job ends":
        await world.end_process()
    await elapse(world, HOUR)
    assert world.sleep_manager.sent_to_sleep == 0


async def test_a_machine_in_use_all_the_time_stays_awake(world, elapse):
    world.surroundings.become(in_use=True)
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, MINUTE)
    assert world.sleep_manager.sent_to_sleep == 0


async def test_a_machine_that_was_in_use_until_its_lid_was_closed_sleeps_again(world, elapse):
    world.surroundings.become(in_use=True, lid_closed=True)
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, MINUTE)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_it_does_not_sleep_while_anything_runs(begin, elapse):
    world = await begin(at("short", 1, wake=WAKE), at("long", 1))
    await fall_asleep(world)
    await wake_up(world, HOUR)
    long, short = world.processes
    await world.end_process(short)
    await elapse(world, HOUR)
    assert world.sleep_manager.sent_to_sleep == 0
    await world.end_process(long)
    await elapse(world, 20 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_it_does_not_sleep_before_a_slot_that_comes_soon(begin, elapse):
    soon = a_job("soon", trigger=AtTrigger(NOON + HOUR + MINUTE))
    world = await begin(at("first", 1, wake=WAKE), soon)
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, 30 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 0
    await elapse(world, 30 * SECOND)
    assert len(world.processes) == 2
    await world.end_process()
    await elapse(world, 20 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_it_does_not_sleep_before_what_was_missed_is_made_up_for(begin, elapse):
    resume = Resume(settle=timedelta(minutes=5))
    early = a_job("early", trigger=AtTrigger(NOON + MINUTE))
    world = await begin(early, at("waker", 1, wake=WAKE), resume=resume)
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, 4 * MINUTE)
    assert (world.sleep_manager.sent_to_sleep, len(world.processes)) == (0, 1)
    await elapse(world, MINUTE)
    await world.end_process()
    await elapse(world, 20 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_what_waits_for_a_condition_does_not_keep_it_awake(begin, elapse):
    world = await begin(at("on mains", 1, conditions=Conditions(ac=True)), at("x", 1, wake=WAKE))
    world.surroundings.become(on_ac=False)
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    await elapse(world, 20 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_during_the_lead_it_waits_for_the_slot(begin, elapse):
    world = await begin(at("backup", 1, wake=Wake(lead=timedelta(minutes=5))))
    await fall_asleep(world)
    await wake_up(world, 55 * MINUTE)
    await elapse(world, 4 * MINUTE)
    assert world.sleep_manager.sent_to_sleep == 0
    await elapse(world, MINUTE)
    assert len(world.processes) == 1
    await world.end_process()
    await elapse(world, 20 * SECOND)
    assert world.sleep_manager.sent_to_sleep == 1


async def test_where_the_machine_cannot_be_sent_to_sleep_that_is_told(world, elapse, caplog):
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end_process()
    world.sleep_manager.refusal = "polkit says no"
    await elapse(world, 20 * SECOND)
    assert "the machine cannot be sent back to sleep: polkit says no" in caplog.text


async def test_a_daemon_that_ends_sends_nothing_to_sleep_and_gives_the_alarm_back(world, elapse):
    await fall_asleep(world)
    await wake_up(world, HOUR)
    await world.end()
    await elapse(world, MINUTE)
    assert world.sleep_manager.sent_to_sleep == 0
    assert world.alarm.is_closed
