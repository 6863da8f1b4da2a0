"""Switches are set in force, on disk, and only then answered."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.errors import NoSuchJobError, StorageError
from wakeful.core.event import JobToggled, SchedulerToggled, StatusChanged
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.plan import Reason, SlotState
from wakeful.services.external_toggles import ExternalToggles


async def test_a_toggle_is_on_disk_when_it_is_answered(world):
    await world.switchboard.set_job("backup", enabled=False)
    assert world.store.records["backup"].override is False
    (job,) = world.state_file.document["jobs"]
    assert (job["enabled"], job["default_enabled"], job["override"]) == (False, True, False)
    assert job["next_run"] is None
    assert world.happened(JobToggled) == [JobToggled("backup", enabled=False)]


async def test_a_pause_is_on_disk_when_it_is_answered(world):
    await world.switchboard.set_scheduler(enabled=False)
    assert world.store.switches == (False, True)
    document = world.state_file.document
    assert (document["enabled"], document["override"]) == (False, False)
    assert document["default_enabled"] is True
    assert world.happened(SchedulerToggled) == [SchedulerToggled(enabled=False)]
    assert world.happened(StatusChanged)[-1] == StatusChanged("paused")
    await world.switchboard.set_scheduler(enabled=True)
    assert world.happened(StatusChanged)[-1] == StatusChanged("running")


async def test_a_toggle_survives_a_crash(world, make_world):
    await world.switchboard.set_job("backup", enabled=False)
    await world.switchboard.set_scheduler(enabled=False)
    after = make_world.after_crash_of(world)
    await after.begin()
    assert after.entry().enabled is False
    assert after.scheduler.enabled is False
    await after.wait(3 * HOUR)
    assert after.processes == []


async def test_a_job_that_is_disabled_a_second_before_it_is_due_does_not_run(world):
    await world.wait(HOUR - SECOND)
    await world.switchboard.set_job("backup", enabled=False)
    await world.wait(2 * SECOND)
    assert world.processes == []
    assert world.timer.next_slot("backup") is None


async def test_a_scheduler_that_is_paused_a_second_before_a_slot_does_not_run_it(world):
    await world.wait(HOUR - SECOND)
    await world.switchboard.set_scheduler(enabled=False)
    await world.wait(2 * SECOND)
    assert world.processes == []


@pytest.mark.parametrize("whole", [True, False])
async def test_slots_that_came_meanwhile_are_skipped_for_that_reason(world, whole):
    async def switch(*, enabled):
        if whole:
            await world.switchboard.set_scheduler(enabled=enabled)
        else:
            await world.switchboard.set_job("backup", enabled=enabled)

    await switch(enabled=False)
    await world.wait(3 * HOUR + SECOND)
    await switch(enabled=True)
    (closing,) = world.store.closings
    assert closing.state is SlotState.SKIPPED
    assert closing.reason is (Reason.PAUSED if whole else Reason.DISABLED)
    assert (closing.span.first, closing.span.count) == (NOON + HOUR, 3)
    assert world.processes == []
    assert world.timer.next_slot("backup") == NOON + 4 * HOUR
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_a_slot_that_came_before_the_switch_runs(world):
    world.clock.pass_time(HOUR)
    await world.switchboard.set_job("backup", enabled=False)
    await settle()
    assert len(world.processes) == 1


async def test_a_scheduler_that_starts_disabled_can_be_enabled(make_world):
    world = make_world(a_job(every=HOUR), enabled=False)
    await world.begin()
    assert world.scheduler.enabled is False
    await world.wait(HOUR)
    assert world.processes == []
    await world.switchboard.set_scheduler(enabled=True)
    await world.wait(HOUR)
    assert len(world.processes) == 1
    assert world.store.switches == (True, False)


async def test_a_job_that_is_configured_disabled_can_be_enabled(make_world):
    world = make_world(a_job(every=HOUR, enabled=False))
    await world.begin()
    await world.switchboard.set_job("backup", enabled=True)
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_what_runs_goes_on_when_its_job_is_disabled(world):
    await world.wait(HOUR)
    await world.switchboard.set_job("backup", enabled=False)
    await world.switchboard.set_scheduler(enabled=False)
    assert world.runner.last.signals == []
    await world.end_process()
    assert world.entry().run_count == 1


@pytest.mark.parametrize("disk", ["store", "state_file"])
async def test_a_toggle_that_cannot_be_remembered_is_taken_back(world, disk):
    getattr(world, disk).failure = "the disk is full"
    with pytest.raises(StorageError, match="the disk is full"):
        await world.switchboard.set_job("backup", enabled=False)
    with pytest.raises(StorageError, match="the disk is full"):
        await world.switchboard.set_scheduler(enabled=False)
    assert world.entry().override is None
    assert world.agenda.override is None
    assert world.timer.next_slot("backup") == NOON + HOUR
    assert world.happened(JobToggled) == world.happened(SchedulerToggled) == []
    getattr(world, disk).failure = ""
    assert world.store.records["backup"].override is None
    assert world.store.switches == (None, True)
    await world.wait(HOUR)
    assert len(world.processes) == 1


async def test_a_switch_that_cannot_even_be_restored_is_right_in_memory(world, caplog):
    world.store.failure = world.state_file.failure = "the disk is full"
    with pytest.raises(StorageError):
        await world.switchboard.set_job("backup", enabled=False)
    assert "could not be restored on disk: the disk is full" in caplog.text
    assert world.entry().enabled is True


async def test_a_job_that_is_not_there_cannot_be_toggled(world):
    with pytest.raises(NoSuchJobError, match="there is no job 'bakcup'"):
        await world.switchboard.set_job("bakcup", enabled=False)


async def test_the_last_of_many_toggles_counts(world):
    await asyncio.gather(
        *(world.switchboard.set_job("backup", enabled=number % 2 == 1) for number in range(10))
    )
    assert world.entry().enabled is True
    assert world.store.records["backup"].override is True
    assert world.state_file.document["jobs"][0]["enabled"] is True
    assert [event.enabled for event in world.happened(JobToggled)] == [False, True] * 5


async def test_a_toggle_during_a_reload_is_not_lost(world, monkeypatch):
    save_jobs, go_on = world.store.save_jobs, asyncio.Event()

    async def slow_save(records):
        await go_on.wait()
        await save_jobs(records)

    world.edit(a_job(every=HOUR, description="edited"))
    monkeypatch.setattr(world.store, "save_jobs", slow_save)
    reload = asyncio.ensure_future(world.reloader.reload())
    world.edit(a_job(every=2 * HOUR))
    again = asyncio.ensure_future(world.reloader.reload())
    await settle()
    toggle = asyncio.ensure_future(world.switchboard.set_job("backup", enabled=False))
    await settle()
    go_on.set()
    await asyncio.gather(reload, again, toggle)
    assert world.entry().enabled is False
    assert world.store.records["backup"].override is False
    assert world.entry().job == world.source.configuration.jobs[0]


async def test_switches_set_by_others_are_followed(make_world, caplog):
    world = make_world(a_job(every=HOUR), a_job("other", every=HOUR))
    await world.begin()
    await world.switchboard.follow(
        ExternalToggles({"backup": False, "other": True, "unknown": True}, scheduler=False)
    )
    assert world.entry().enabled is False
    assert world.entry("other").override is None
    assert world.scheduler.enabled is False
    assert "state.json switches job 'unknown', which there is not" in caplog.text
    await world.switchboard.follow(ExternalToggles({}, scheduler=True))
    assert world.scheduler.enabled is True
    events = len(world.events)
    await world.switchboard.follow(ExternalToggles({"backup": False}, scheduler=True))
    await world.switchboard.follow(ExternalToggles({}, scheduler=None))
    assert len(world.events) == events
