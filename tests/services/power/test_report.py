"""What front ends are shown of sleep and wake-ups."""

from __future__ import annotations

from fixtures.world import NOON, a_job, settle
from wakeful.core.instant import HOUR, MINUTE
from wakeful.core.policy import Wake
from wakeful.core.trigger import AtTrigger
from wakeful.services.power.report import PowerReport


async def test_at_first_nothing_is_known(world):
    assert world.scheduler.power() == PowerReport()


async def test_naps_are_counted_and_the_last_is_shown(world, nap):
    await nap(world, HOUR)
    await nap(world, 2 * HOUR, announced=False)
    report = world.scheduler.power()
    assert (report.wake_count, report.last_wake) == (2, NOON + 3 * HOUR)
    assert report.last_nap == 2 * HOUR


async def test_where_the_clocks_do_not_stop_the_time_away_counts(world):
    world.sleep_manager.announce_sleep()
    await settle()
    world.clock.pass_time(HOUR)
    world.sleep_manager.announce_wake_up()
    await settle()
    assert world.scheduler.power().last_nap == HOUR


async def test_it_is_shown_that_the_machine_is_about_to_sleep(world):
    world.sleep_manager.announce_sleep()
    assert world.scheduler.power().falling_asleep
    world.sleep_manager.announce_wake_up()
    assert not world.scheduler.power().falling_asleep


async def test_it_is_shown_for_what_the_machine_would_be_woken(make_world):
    job = a_job(trigger=AtTrigger(NOON + HOUR), wake=Wake())
    world = make_world(job)
    await world.begin()
    report = world.scheduler.power()
    assert (report.wake_at, report.wake_job) == (NOON + HOUR, "backup")


async def test_what_is_missing_is_shown_with_its_reason(make_world):
    world = make_world(a_job(every=MINUTE, wake=Wake()))
    world.sleep_manager.refusal = "there is no logind"
    world.alarm.refusal = "CAP_WAKE_ALARM is missing"
    world.surroundings.lacking = {"UPower": "there is no UPower"}
    await world.begin()
    assert world.scheduler.power().missing == {
        "sleep": "there is no logind",
        "wake-up alarm": "CAP_WAKE_ALARM is missing",
        "UPower": "there is no UPower",
    }
