"""Before the machine sleeps all is made ready, afterwards all goes on, whoever tells of it."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.event import ClockStepped, FallingAsleep, SlotDeferred, WokeUp
from wakeful.core.execution import Cause
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Reason
from wakeful.services.ports import PeriodQuery


@pytest.fixture
async def world(world):
    """A world in which somebody tells of sleep."""
    world.sleep_manager.appear()
    await settle()
    return world


def held(world):
    return [(lock.mode, lock.reason) for lock in world.sleep_manager.held]


DELAY = [("delay", "save state and decide what runs")]


async def test_a_lock_delays_sleep_from_the_beginning(world):
    assert held(world) == DELAY


async def test_nothing_starts_between_the_announcement_and_the_wake_up(world):
    world.sleep_manager.announce_sleep()
    await world.wait(HOUR)
    assert world.processes == []
    assert world.entry().waiting.reason == Reason.ASLEEP
    assert world.happened(SlotDeferred) == [SlotDeferred("backup", NOON + HOUR, Reason.ASLEEP)]
    world.sleep_manager.announce_wake_up()
    await settle()
    assert len(world.processes) == 1
    assert world.entry().waiting is None


async def test_who_asks_for_a_run_gets_it_although_the_machine_is_about_to_sleep(world):
    world.sleep_manager.announce_sleep()
    await world.dispatcher.run("backup", requested_by="me")
    assert len(world.processes) == 1


async def test_what_is_being_put_on_record_is_started_before_the_machine_sleeps(world, monkeypatch):
    go_on, claim = asyncio.Event(), world.store.claim

    async def slowly(*arguments):
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(world.store, "claim", slowly)
    await world.wait(HOUR)
    world.sleep_manager.announce_sleep()
    await settle()
    assert (world.processes, held(world)) == ([], DELAY)
    go_on.set()
    await settle()
    assert len(world.processes) == 1
    assert held(world) == []


async def test_state_is_on_disk_before_the_lock_is_released(world, monkeypatch):
    seen = []
    write = world.state_file.write

    async def write_(document):
        seen.append(held(world))
        await write(document)

    monkeypatch.setattr(world.state_file, "write", write_)
    world.sleep_manager.announce_sleep()
    await settle()
    assert seen
    assert seen[0] == DELAY
    assert held(world) == []


async def test_records_are_on_disk_before_the_lock_is_released(world, monkeypatch):
    go_on, record = asyncio.Event(), world.store.record_finished

    async def slowly(group):
        await go_on.wait()
        await record(group)

    monkeypatch.setattr(world.store, "record_finished", slowly)
    await world.wait(HOUR)
    await world.end_process()
    world.sleep_manager.announce_sleep()
    await settle()
    assert held(world) == DELAY
    go_on.set()
    await settle()
    assert held(world) == []


async def test_the_lock_is_released_within_a_second_whatever_hangs(
    world, monkeypatch, elapse, caplog
):
    hanging = asyncio.Event()

    async def hang(_):
        await hanging.wait()

    monkeypatch.setattr(world.state_file, "write", hang)
    world.sleep_manager.announce_sleep()
    await settle()
    assert held(world) == DELAY
    await elapse(world, SECOND)
    assert held(world) == []
    assert "before sleep: state took too long" in caplog.text
    hanging.set()


async def test_what_fails_delays_nothing_and_is_told(world, caplog):
    world.state_file.failure = "the disk is full"
    world.sleep_manager.announce_sleep()
    await settle()
    assert held(world) == []
    assert "before sleep: state failed" in caplog.text


async def test_a_sleep_is_told_recorded_and_measured(world, nap):
    await world.wait(MINUTE)
    world.sleep_manager.announce_sleep()
    await settle()
    world.clock.pass_time(2 * SECOND)
    await nap(world, 8 * HOUR)
    period = Period(
        kind=PeriodKind.ASLEEP,
        since=NOON + MINUTE,
        until=NOON + MINUTE + 2 * SECOND + 8 * HOUR,
        asleep=8 * HOUR,
        source="logind",
    )
    assert world.happened(FallingAsleep) == [FallingAsleep(NOON + MINUTE)]
    assert world.happened(WokeUp) == [WokeUp(period, slots=8)]
    assert await world.store.periods(PeriodQuery()) == [period]


async def test_the_lock_is_taken_again_after_the_wake_up(world, nap):
    await nap(world, HOUR)
    assert held(world) == DELAY
    await nap(world, HOUR)
    assert held(world) == DELAY
    assert len(world.happened(WokeUp)) == 2


async def test_the_lock_is_taken_again_when_logind_returns_and_the_old_one_given_back(world):
    world.sleep_manager.appear()
    await settle()
    assert len(world.sleep_manager.given) == 2
    assert held(world) == DELAY


async def test_where_sleep_cannot_be_delayed_all_else_works_and_the_reason_is_told(make_world, nap):
    world = make_world(a_job(every=HOUR))
    world.sleep_manager.refusal = "polkit says no"
    await world.begin()
    world.sleep_manager.appear()
    await nap(world, 90 * MINUTE)
    assert len(world.processes) == 1
    assert world.power.report().missing["sleep"] == "polkit says no"
    world.sleep_manager.refusal = ""
    world.sleep_manager.appear()
    await settle()
    assert "sleep" not in world.power.report().missing
    assert held(world) == DELAY


async def test_a_false_alarm_keeps_the_new_lock_and_starts_what_waited(world):
    world.sleep_manager.announce_sleep()
    world.sleep_manager.announce_wake_up()
    await settle()
    assert held(world) == DELAY
    assert len(world.happened(WokeUp)) == 1
    await world.wait(HOUR)
    assert world.runner.last.alive


async def test_a_false_alarm_during_slow_preparations_keeps_the_new_lock(
    world, monkeypatch, elapse
):
    hanging = asyncio.Event()

    async def hang(_):
        await hanging.wait()

    monkeypatch.setattr(world.state_file, "write", hang)
    world.sleep_manager.announce_sleep()
    await settle()
    world.sleep_manager.announce_wake_up()
    await elapse(world, SECOND)
    assert held(world) == DELAY
    hanging.set()
    await settle()
    assert held(world) == DELAY


async def test_two_announcements_are_one_sleep(world, nap):
    world.sleep_manager.announce_sleep()
    await settle()
    await nap(world, HOUR)
    assert len(world.happened(FallingAsleep)) == len(world.happened(WokeUp)) == 1
    world.sleep_manager.announce_wake_up()
    await settle()
    assert len(world.happened(WokeUp)) == 1
    assert held(world) == DELAY


async def test_a_wake_up_nobody_tells_of_is_presumed_within_a_second_of_the_jump(world, elapse):
    world.sleep_manager.announce_sleep()
    await settle()
    world.clocks.sleep(90 * MINUTE)
    world.timer.advance(world.clock)
    await settle()
    assert (world.processes, world.happened(WokeUp)) == ([], [])
    await elapse(world, SECOND)
    (woke_up,) = world.happened(WokeUp)
    assert (woke_up.period.asleep, woke_up.period.source) == (90 * MINUTE, "logind")
    assert world.store.executions[0].slot == NOON + HOUR
    assert held(world) == DELAY
    await elapse(world, 2 * MINUTE)
    assert len(world.happened(WokeUp)) == 1


async def test_a_machine_that_stays_awake_for_a_minute_does_not_sleep_any_more(world, elapse):
    world.sleep_manager.announce_sleep()
    await elapse(world, 59 * SECOND)
    assert world.happened(WokeUp) == []
    await elapse(world, SECOND)
    (woke_up,) = world.happened(WokeUp)
    assert woke_up.period.asleep == 0
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_a_sleep_nobody_announced_is_told_by_the_clocks(world, nap):
    await nap(world, 2 * HOUR, announced=False)
    period = Period(
        kind=PeriodKind.ASLEEP,
        since=NOON,
        until=NOON + 2 * HOUR,
        asleep=2 * HOUR,
        source="clock",
    )
    assert world.happened(WokeUp) == [WokeUp(period, slots=2)]
    assert world.happened(FallingAsleep) == []
    assert await world.store.periods(PeriodQuery()) == [period]


async def test_a_sleep_the_kernel_does_not_tell_of_is_seen_before_the_next_decision(world):
    world.clocks.sleep(2 * HOUR, tell=False)
    world.timer.advance(world.clock)
    await settle()
    (woke_up,) = world.happened(WokeUp)
    assert woke_up.period.asleep == 2 * HOUR
    assert world.store.closings[0].reason == Reason.ASLEEP


async def test_a_daemon_that_was_stopped_for_a_while_has_not_slept(world):
    await world.wait(40 * SECOND)
    await world.wait(8 * HOUR)
    assert world.happened(WokeUp) == world.happened(ClockStepped) == []
    (execution,) = world.store.executions
    assert (execution.slot, execution.cause) == (NOON + 8 * HOUR, Cause.SCHEDULE)


async def test_a_clock_set_while_the_machine_is_about_to_sleep_moves_the_period_with_it(world):
    world.sleep_manager.announce_sleep()
    await settle()
    world.clocks.step(10 * MINUTE)
    world.clocks.sleep(HOUR)
    world.sleep_manager.announce_wake_up()
    await settle()
    (woke_up,) = world.happened(WokeUp)
    assert woke_up.period.since == NOON + 10 * MINUTE
    assert woke_up.period.until == NOON + 10 * MINUTE + HOUR


async def test_nothing_delays_sleep_once_the_daemon_has_ended(world):
    await world.end()
    assert held(world) == []


async def test_a_daemon_can_end_while_the_machine_falls_asleep(world, monkeypatch):
    async def hang():
        await asyncio.Event().wait()

    monkeypatch.setattr(world.supervisor, "drain", hang)
    world.sleep_manager.announce_sleep()
    await settle()
    await world.end()
    assert held(world) == []
