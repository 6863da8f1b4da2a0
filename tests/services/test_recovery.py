"""Executions of an earlier life of the daemon: found again, or declared lost."""

from __future__ import annotations

import signal

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.event import ExecutionFinished, ExecutionStarted
from wakeful.core.execution import ExecutionState
from wakeful.core.instant import HOUR, MINUTE
from wakeful.core.plan import Reason, SlotState


@pytest.fixture
async def crashed(world, make_world):
    """A daemon that begins after one that crashed while its job ran."""
    await world.wait(HOUR)
    return make_world.after_crash_of(world)


async def test_what_still_runs_goes_on_under_supervision(crashed):
    await crashed.begin()
    (execution,) = crashed.supervisor.running
    assert crashed.entry().live == {execution.execution_id: execution}
    assert crashed.happened(ExecutionStarted) == []
    await crashed.end_process(exit_status=4)
    (recorded,) = crashed.store.executions
    assert (recorded.state, recorded.reason) == (ExecutionState.FAILED, "exit status 4")
    assert crashed.entry().run_count == 1


async def test_what_still_runs_counts_as_running_for_the_next_slot(crashed):
    crashed.clock.pass_time(HOUR)
    await crashed.begin()
    assert len(crashed.runner.processes) == 1
    (closing,) = crashed.store.closings
    assert (closing.state, closing.reason) == (SlotState.SKIPPED, Reason.OVERLAP)


async def test_what_was_frozen_when_the_daemon_ended_goes_on(crashed):
    await crashed.begin()
    assert crashed.runner.last.signals == [signal.SIGCONT]


async def test_what_is_gone_is_lost_and_its_slot_does_not_run_again(crashed):
    crashed.runner.surviving = {}
    await crashed.begin()
    (recorded,) = crashed.store.executions
    assert recorded.state is ExecutionState.LOST
    assert recorded.reason == "the daemon ended while it ran, and how it ended is not known"
    assert len(crashed.happened(ExecutionFinished)) == 1
    assert crashed.entry().live == {}
    assert (crashed.entry().run_count, crashed.entry().failure_count) == (1, 1)
    assert crashed.runner.processes == []
    assert crashed.timer.next_slot("backup") == NOON + 2 * HOUR


async def test_what_was_claimed_and_perhaps_never_started_is_lost(world, make_world, monkeypatch):
    monkeypatch.setattr(world.supervisor, "start", lambda *_: None)
    await world.wait(HOUR)
    after = make_world.after_crash_of(world)
    await after.begin()
    (recorded,) = after.store.executions
    assert recorded.state is ExecutionState.LOST
    assert "before the start of the process was on record" in recorded.reason
    assert after.runner.processes == []


async def test_the_recorded_process_is_preferred_to_what_it_started(crashed):
    ((execution_id, (pid,)),) = crashed.runner.surviving.items()
    crashed.runner.surviving[execution_id] = [pid + 7, pid, pid + 3]
    await crashed.begin()
    assert crashed.runner.last.pid == pid


async def test_a_process_that_ends_while_we_look_is_passed_over(crashed, monkeypatch):
    ((execution_id, (pid,)),) = crashed.runner.surviving.items()
    crashed.runner.surviving[execution_id] = [pid, pid + 1]
    adopt = crashed.runner.adopt

    def adopt_what_is_left(number, **arguments):
        if number == pid:
            raise ProcessLookupError
        return adopt(number, **arguments)

    monkeypatch.setattr(crashed.runner, "adopt", adopt_what_is_left)
    await crashed.begin()
    assert crashed.runner.last.pid == pid + 1


async def test_a_job_that_is_not_configured_any_more_is_watched_all_the_same(crashed):
    crashed.edit()
    await crashed.begin()
    assert len(crashed.supervisor.running) == 1
    await crashed.end_process()
    assert crashed.store.executions[0].state is ExecutionState.SUCCEEDED


async def test_slots_that_passed_while_the_daemon_was_down_are_made_up_for(world, make_world):
    await world.wait(HOUR)
    await world.end_process()
    after = make_world.after_crash_of(world)
    after.clock.pass_time(5 * HOUR + MINUTE)
    await after.begin()
    last = after.store.executions[-1]
    assert (last.slot, last.cause) == (NOON + 6 * HOUR, "schedule")
    (closing,) = after.store.closings
    assert (closing.span.count, closing.reason) == (4, Reason.OFF)


async def test_many_restarts_at_one_moment_run_a_slot_once(world, make_world):
    await world.wait(HOUR)
    await world.end_process()
    for _ in range(3):
        world = make_world.after_crash_of(world)
        await world.begin()
        await settle()
    assert len(world.store.executions) == 1


async def test_intervals_go_on_from_the_same_anchor_after_a_restart(make_world):
    world = make_world(a_job(every=7 * MINUTE))
    await world.begin()
    world.clock.pass_time(3 * MINUTE)
    after = make_world.after_crash_of(world)
    await after.begin()
    assert after.timer.next_slot("backup") == NOON + 7 * MINUTE


async def test_an_edit_while_the_daemon_was_down_is_noticed(make_world):
    world = make_world(a_job(every=HOUR), a_job("other", every=HOUR))
    await world.begin()
    await world.switchboard.set_job("backup", enabled=False)
    await world.switchboard.set_job("other", enabled=False)
    after = make_world.after_crash_of(world)
    after.edit(a_job(every=20 * MINUTE, enabled=False), a_job("other", every=20 * MINUTE))
    after.clock.pass_time(30 * MINUTE)
    await after.begin()
    assert after.entry().override is None
    assert after.entry("other").override is False
    await after.switchboard.set_job("other", enabled=True)
    assert after.timer.next_slot("other") == NOON + 50 * MINUTE


async def test_a_switch_set_while_the_daemon_was_down_is_followed(world, make_world):
    after = make_world.after_crash_of(world)
    document = world.keeper.document()
    document["jobs"][0]["enabled"] = False
    await after.state_file.write(document)
    after.clock.pass_time(HOUR)
    await after.begin()
    assert after.entry().enabled is False
    assert after.processes == []
    assert after.store.records["backup"].override is False


async def test_toggles_survive_the_loss_of_the_database(world, make_world):
    await world.switchboard.set_job("backup", enabled=False)
    after = make_world(a_job(every=HOUR), state_file=world.state_file)
    await after.begin()
    assert after.entry().enabled is False
    await after.wait(HOUR)
    assert after.processes == []
