"""A configuration is put in force as the difference to the one before."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.errors import InvalidConfigurationError, StorageError
from wakeful.core.event import (
    ConfigurationRejected,
    ConfigurationReloaded,
    ExecutionFinished,
    JobChanged,
)
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime
from wakeful.core.plan import Reason
from wakeful.core.problem import Problem, Severity
from wakeful.core.trigger import AtTrigger
from wakeful.services.ports import Configuration

PROBLEM = Problem(path="schedules", message="must be an object")
BAD_FILE = InvalidConfigurationError(path="/config.json", problems=(PROBLEM,))


@pytest.fixture
def edit(world):
    async def edit_(*jobs, **settings):
        world.edit(*jobs, **settings)
        return await world.reloader.reload()

    return edit_


async def test_an_untouched_job_is_left_alone(world, edit):
    await world.wait(HOUR)
    entry, execution = world.entry(), world.store.executions[0]
    world.clock.pass_time(10 * MINUTE)
    outcome = await edit(a_job(every=HOUR), a_job("new", every=HOUR))
    assert world.entry() is entry
    assert world.timer.next_slot("backup") == NOON + 2 * HOUR
    assert entry.live.keys() == {execution.execution_id}
    assert world.runner.last.signals == []
    assert (outcome.added, outcome.removed, outcome.changed) == (("new",), (), ())
    await world.end_process()
    assert world.entry().run_count == 1


async def test_a_reload_without_an_edit_changes_nothing(world):
    calls = len(world.store.calls)
    for _ in range(3):
        outcome = await world.reloader.reload()
        assert outcome == ConfigurationReloaded()
    assert len(world.store.calls) == calls
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_an_edited_job_keeps_its_slots_counts_and_executions_if_its_trigger_is_the_same(
    world, edit
):
    await world.wait(HOUR)
    await world.end_process(exit_status=1)
    await world.wait(HOUR)
    world.clock.pass_time(10 * MINUTE)
    outcome = await edit(a_job(every=HOUR, description="edited", tags=("x",)))
    assert outcome.changed == ("backup",)
    entry = world.entry()
    assert entry.job.description == "edited"
    assert (entry.run_count, entry.failure_count, len(entry.live)) == (1, 1, 1)
    assert entry.last == world.store.executions[0]
    assert world.timer.next_slot("backup") == NOON + 3 * HOUR
    await world.end_process()
    assert world.entry().run_count == 2


async def test_an_edited_trigger_starts_anew(world, edit):
    await world.wait(50 * MINUTE)
    await edit(a_job(every=20 * MINUTE))
    assert world.timer.next_slot("backup") == NOON + 70 * MINUTE
    assert world.store.records["backup"].anchor == NOON + 50 * MINUTE
    await world.wait(20 * MINUTE)
    assert [one.slot for one in world.store.executions] == [NOON + 70 * MINUTE]


async def test_an_edited_zone_starts_anew(make_world):
    world = make_world(a_job(cron="0 9 * * *"))
    await world.begin()
    kathmandu = ZoneInfo("Asia/Kathmandu")
    world.edit(a_job(cron="0 9 * * *", timezone="Asia/Kathmandu", zone=kathmandu))
    await world.reloader.reload()
    tomorrow = datetime(2027, 1, 15, 9, tzinfo=kathmandu)
    assert world.timer.next_slot("backup") == from_datetime(tomorrow)
    assert world.store.records["backup"].planning == "cron 0 9 * * * Asia/Kathmandu"


async def test_slots_before_the_edit_are_decided_on_as_they_were(world, edit):
    world.clock.pass_time(HOUR)
    await edit(a_job(every=20 * MINUTE))
    await settle()
    assert [one.slot for one in world.store.executions] == [NOON + HOUR]


async def test_a_removed_job_is_not_served_any_more(world, edit):
    outcome = await edit()
    assert outcome.removed == ("backup",)
    assert world.timer.next_slot("backup") is None
    await world.wait(5 * HOUR)
    assert world.processes == []


async def test_nothing_is_owed_to_a_job_that_comes_back(world, edit):
    await edit()
    await world.wait(5 * HOUR + 30 * MINUTE)
    await edit(a_job(every=HOUR))
    await settle()
    assert world.processes == []
    assert world.store.closings == []
    assert world.timer.next_slot("backup") == NOON + 6 * HOUR + 30 * MINUTE


async def test_a_job_that_comes_back_after_a_restart_starts_anew(world, edit, make_world):
    await edit()
    after = make_world.after_crash_of(world)
    await after.begin()
    after.clock.pass_time(5 * HOUR)
    after.edit(a_job(every=HOUR))
    await after.reloader.reload()
    assert after.processes == []
    assert after.timer.next_slot("backup") == NOON + 6 * HOUR


async def test_a_job_that_comes_back_while_it_runs_is_running(world, edit):
    await world.wait(HOUR)
    await edit()
    await edit(a_job(every=HOUR))
    assert len(world.entry().live) == 1
    await world.wait(HOUR)
    assert len(world.processes) == 1
    assert world.store.closings[-1].reason is Reason.OVERLAP
    await world.end_process()
    assert world.entry().live == {}
    assert world.entry().run_count == 1


async def test_a_toggle_survives_an_edit(world, edit):
    await world.switchboard.set_job("backup", enabled=False)
    await edit(a_job(every=HOUR, description="edited"))
    assert world.entry().enabled is False
    await edit()
    await edit(a_job(every=HOUR))
    assert world.entry().enabled is False


async def test_who_edits_the_switch_of_a_job_beats_an_earlier_toggle(world, edit):
    await world.switchboard.set_job("backup", enabled=False)
    await edit(a_job(every=HOUR, enabled=False))
    assert world.entry().override is None
    await edit(a_job(every=HOUR, enabled=True))
    assert world.entry().enabled is True
    assert world.store.records["backup"].override is None
    assert world.timer.next_slot("backup") == NOON + HOUR


async def test_who_edits_the_switch_of_all_beats_an_earlier_toggle(world, edit):
    await world.switchboard.set_scheduler(enabled=False)
    await edit(a_job(every=HOUR), enabled=False)
    assert world.store.switches == (None, False)
    await edit(a_job(every=HOUR), enabled=True)
    assert world.scheduler.enabled is True
    assert world.store.switches == (None, True)
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_an_edit_while_paused_runs_nothing(world, edit):
    await world.switchboard.set_scheduler(enabled=False)
    await edit(a_job(every=HOUR), a_job("new", every=MINUTE))
    await edit(a_job(every=MINUTE), a_job("new", every=HOUR))
    assert world.scheduler.enabled is False
    assert world.timer.earliest() is None
    await world.wait(5 * HOUR)
    assert world.processes == []


async def test_pausing_by_an_edit_reaches_untouched_jobs_too(world, edit):
    await edit(a_job(every=HOUR), enabled=False)
    assert world.timer.next_slot("backup") is None
    await world.wait(2 * HOUR)
    await edit(a_job(every=HOUR), enabled=True)
    assert world.timer.next_slot("backup") == NOON + 3 * HOUR
    assert world.processes == []
    assert world.store.closings[0].reason is Reason.PAUSED


async def test_a_bad_file_changes_nothing(world):
    world.source.error = BAD_FILE
    with pytest.raises(InvalidConfigurationError):
        await world.reloader.reload()
    assert world.reloader.problems == (PROBLEM,)
    assert world.happened(ConfigurationRejected) == [ConfigurationRejected((PROBLEM,))]
    await world.wait(HOUR)
    assert len(world.processes) == 1
    world.source.error = None
    await world.reloader.reload()
    assert world.reloader.problems == ()


async def test_a_bad_file_at_the_start_leaves_the_last_good_in_force(make_world, caplog):
    world = make_world()
    world.source.error = BAD_FILE
    world.source.last_good = Configuration(jobs=(a_job(every=HOUR),))
    await world.begin()
    assert "the configuration that was last good is in force" in caplog.text
    assert world.reloader.problems == (PROBLEM,)
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_without_a_good_file_there_are_no_jobs_until_it_is_mended(make_world):
    world = make_world(a_job(every=HOUR))
    world.source.error = BAD_FILE
    await world.begin()
    assert len(world.catalogue) == 0
    assert world.reloader.configuration is None
    world.source.error = None
    await world.reloader.reload()
    await world.wait(HOUR)
    assert len(world.processes) == 1


@pytest.mark.parametrize("alive", [True, False])
async def test_what_ran_before_is_found_once_also_if_the_file_is_mended_later(
    world, make_world, alive
):
    await world.wait(HOUR)
    after = make_world.after_crash_of(world)
    if not alive:
        after.runner.surviving = {}
    after.source.error, after.source.last_good = BAD_FILE, None
    await after.begin()
    assert len(after.happened(ExecutionFinished)) == (0 if alive else 1)
    after.source.error = None
    await after.reloader.reload()
    await settle()
    if alive:
        assert len(after.entry().live) == 1
        await after.end_process()
    assert len(after.happened(ExecutionFinished)) == 1
    assert after.entry().live == {}
    assert len(after.runner.processes) == int(alive)


async def test_what_cannot_be_remembered_is_not_put_in_force(world, edit):
    world.store.failure = "the disk is full"
    with pytest.raises(StorageError):
        await edit(a_job(every=MINUTE))
    assert world.timer.next_slot("backup") == NOON + HOUR
    assert world.entry().job == a_job(every=HOUR)
    world.store.failure = ""
    await world.reloader.reload()
    assert world.timer.next_slot("backup") == NOON + MINUTE


async def test_two_reloads_at_once_are_one_after_the_other(world):
    world.edit(a_job(every=MINUTE))
    outcomes = await asyncio.gather(world.reloader.reload(), world.reloader.reload())
    assert [outcome.changed for outcome in outcomes] == [("backup",), ()]


async def test_everybody_is_told_of_what_changed(world, edit):
    changed = []
    world.bulletin.subscribe(
        lambda event: changed.append(event.job) if isinstance(event, JobChanged) else None
    )
    await edit(a_job(every=HOUR), a_job("new"))
    await edit(a_job(every=MINUTE))
    assert changed == ["new", "backup", "new"]
    assert len(world.happened(ConfigurationReloaded)) == 3


async def test_problems_are_logged_by_how_much_they_matter(world, edit, caplog):
    warning = Problem(path="slack", message="unknown", severity=Severity.WARNING)
    await edit(problems=(PROBLEM, warning))
    levels = {record.getMessage(): record.levelname for record in caplog.records}
    assert levels["/nowhere/config.json: schedules: must be an object"] == "ERROR"
    assert levels["/nowhere/config.json: slack: unknown"] == "WARNING"
    assert world.reloader.problems == (PROBLEM, warning)


async def test_an_instant_that_passed_while_the_daemon_was_down_is_made_up_for(make_world):
    world = make_world(
        a_job("recent", trigger=AtTrigger(NOON - HOUR), trigger_key="at"),
        a_job("old", trigger=AtTrigger(NOON - 2 * DAY), trigger_key="at"),
        a_job("future", trigger=AtTrigger(NOON + HOUR), trigger_key="at"),
    )
    await world.begin()
    assert [one.job for one in world.store.executions] == ["recent"]
    assert [one.job for one in world.store.closings] == ["old"]
    await world.end_process()
    for _ in range(2):
        await world.reloader.reload()
    await world.wait(HOUR)
    assert [one.job for one in world.store.executions] == ["recent", "future"]
    assert world.timer.earliest() is None


async def test_slots_of_a_mended_job_are_served_again(make_world):
    world = make_world(a_job(every=HOUR, bad=True))
    await world.begin()
    assert world.timer.earliest() is None
    world.edit(a_job(every=HOUR))
    world.clock.pass_time(30 * MINUTE)
    await world.reloader.reload()
    assert world.timer.next_slot("backup") == NOON + HOUR
    await world.wait(30 * MINUTE + SECOND)
    assert len(world.processes) == 1
