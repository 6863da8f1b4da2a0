"""The daemon as front ends see it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.errors import (
    InvalidArgumentError,
    InvalidConfigurationError,
    NoSuchExecutionError,
    NoSuchJobError,
)
from wakeful.core.event import StatusChanged
from wakeful.core.execution import ExecutionState
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.problem import Problem
from wakeful.services.ports import HistoryQuery


async def test_a_job_is_reported_as_it_is_now(world):
    await world.wait(HOUR)
    await world.end_process(exit_status=1)
    await world.wait(HOUR)
    (report,) = world.scheduler.jobs()
    assert report == world.scheduler.job("backup")
    first, second = world.store.executions
    assert (report.job.name, report.enabled, report.next_run) == ("backup", True, NOON + 3 * HOUR)
    assert (report.last, report.last_run) == (first, NOON + HOUR)
    assert (report.run_count, report.failure_count, report.missed_count) == (1, 1, 0)
    assert report.running == (second.execution_id,)
    assert world.scheduler.job_count == 1
    assert list(world.scheduler.running) == [second]


async def test_a_job_that_never_ran_has_no_last_run(world):
    assert world.scheduler.job("backup").last_run is None
    world.runner.refusal = "no"
    await world.scheduler.run("backup", requested_by="me")
    await settle()
    assert world.scheduler.job("backup").last_run == NOON


async def test_a_job_that_is_not_there(world):
    for call in (world.scheduler.job, lambda name: world.scheduler.slots(name, 3)):
        with pytest.raises(NoSuchJobError, match="there is no job 'bakcup'"):
            call("bakcup")
    with pytest.raises(NoSuchJobError, match="and none of its executions"):
        await world.scheduler.history(HistoryQuery(job="bakcup"))


async def test_the_next_slots_are_the_same_as_those_that_come(make_world):
    world = make_world(a_job(every=7 * MINUTE), a_job("none"), a_job("cron", cron="0 9 * * 1-5"))
    await world.begin()
    slots = world.scheduler.slots("backup", 4)
    assert slots == [NOON + number * 7 * MINUTE for number in range(1, 5)]
    assert slots[0] == world.scheduler.job("backup").next_run
    assert world.scheduler.slots("none", 3) == []
    assert world.scheduler.slots("backup", 0) == []
    assert len(world.scheduler.slots("cron", 3)) == 3
    await world.switchboard.set_job("backup", enabled=False)
    assert world.scheduler.slots("backup", 4) == slots


async def test_slots_end_where_a_schedule_ends(make_world):
    world = make_world(a_job(cron="0 0 29 2 *"))
    await world.begin()
    assert len(world.scheduler.slots("backup", 5000)) < 2000


async def test_the_history_shows_what_runs_as_it_is_now(world, monkeypatch):
    go_on = asyncio.Event()

    async def stand_still(_):
        await go_on.wait()

    await world.wait(HOUR)
    await world.end_process()
    monkeypatch.setattr(world.store, "record_started", stand_still)
    await world.wait(HOUR)
    running, done = await world.scheduler.history(HistoryQuery())
    assert (running.state, done.state) == (ExecutionState.RUNNING, ExecutionState.SUCCEEDED)
    assert await world.scheduler.execution(running.execution_id) == running
    assert await world.scheduler.execution(done.execution_id) == done
    go_on.set()


async def test_the_history_of_a_job_that_is_gone_can_still_be_read(world):
    await world.wait(HOUR)
    await world.end_process()
    world.edit()
    await world.scheduler.reload()
    assert len(await world.scheduler.history(HistoryQuery(job="backup"))) == 1
    assert await world.scheduler.history(HistoryQuery(job="other", before="0")) == []


async def test_an_execution_that_is_not_there(world):
    with pytest.raises(NoSuchExecutionError, match="there is no execution 'nobody'"):
        await world.scheduler.execution("nobody")
    with pytest.raises(NoSuchExecutionError):
        await world.scheduler.cancel("nobody", reason="enough")


@pytest.fixture
async def with_output(make_world, tmp_path):
    world = make_world(a_job(), logs=tmp_path)
    await world.begin()
    execution = await world.scheduler.run("backup", requested_by="me")
    return world, execution


async def test_output_can_be_read(with_output):
    world, execution = with_output
    log = Path(execution.log)
    log.write_bytes(b"x" * 499 + "ü".encode() + b"more")  # noqa: ASYNC240 - a moment
    with await world.scheduler.open_log(execution.execution_id) as file:
        assert file.read().endswith(b"more")
    (preview,) = await world.scheduler.previews([execution])
    assert preview == "x" * 499 + "\ufffd"
    log.unlink()  # noqa: ASYNC240 - a moment
    assert await world.scheduler.previews([execution]) == [""]
    with pytest.raises(NoSuchExecutionError, match="has no output, or it is not kept any more"):
        await world.scheduler.open_log(execution.execution_id)


async def test_everything_can_be_asked_for_here(world):
    scheduler = world.scheduler
    execution = await scheduler.run("backup", requested_by="me")
    await scheduler.cancel(execution.execution_id, reason="enough")
    await settle()
    assert scheduler.recent[0].reason == "enough"
    await scheduler.set_job_enabled("backup", enabled=False)
    await scheduler.set_enabled(enabled=False)
    assert (scheduler.enabled, scheduler.job("backup").enabled) == (False, False)
    await scheduler.write_state()
    assert world.state_file.document == scheduler.state()
    assert scheduler.totals.executions == 1
    assert (scheduler.timezone, scheduler.execution_mode) == ("UTC", "skill_direct")
    assert scheduler.cron_scheduler_alias is False
    assert scheduler.state_directory == Path("/state")
    assert world.happened(StatusChanged)[0] == StatusChanged("running")


async def test_uptime_counts_time_and_not_steps_of_the_clock(world):
    world.clock.instant += 5 * HOUR
    assert world.scheduler.uptime == 0
    world.clock.pass_time(90 * SECOND)
    assert world.scheduler.uptime == 90
    assert world.scheduler.started_at == NOON
    assert world.scheduler.now() == NOON + 5 * HOUR + 90 * SECOND


async def test_a_change_of_the_configuration_is_in_force_when_it_is_answered(world):
    world.edit(a_job(every=MINUTE))
    await world.scheduler.update_configuration("schedules", "timezone", "Europe/Berlin")
    assert await world.scheduler.source.section("schedules", "timezone") == "Europe/Berlin"
    assert world.scheduler.job("backup").next_run == NOON + MINUTE
    with pytest.raises(InvalidArgumentError):
        await world.scheduler.source.section("schedules", "nothing")


async def test_all_is_well(world):
    await world.wait(HOUR)
    await world.end_process()
    health = world.scheduler.health()
    assert health.healthy
    assert health.message == "all is well"
    assert (health.job_count, health.running_count, health.failing_jobs) == (1, 0, ())
    assert health.next_job == ("backup", NOON + 2 * HOUR)
    assert health.last_execution == world.store.executions[0]
    assert health.totals == world.scheduler.totals


async def test_a_daemon_without_jobs_is_well(make_world):
    world = make_world()
    await world.begin()
    assert world.scheduler.health().healthy
    assert world.scheduler.health().last_execution is None


async def test_a_mistake_in_the_configuration_is_not_well(world):
    problem = Problem(path="schedules.jobs[0].cron", message="is wrong")
    world.edit(problems=(problem, problem))
    await world.scheduler.reload()
    health = world.scheduler.health()
    assert not health.healthy
    assert health.checks["jobs_scheduled"] is False
    assert health.message == (
        "the configuration has errors: schedules.jobs[0].cron: is wrong (and 1 more)"
    )


async def test_a_file_that_cannot_be_read_is_not_well(make_world):
    world = make_world()
    world.source.error = InvalidConfigurationError(
        path="/x", problems=(Problem(path="", message="not JSON"),)
    )
    await world.begin()
    health = world.scheduler.health()
    assert health.checks["scheduler_initialized"] is False
    assert health.problems == ("not JSON",)


async def test_many_failures_are_not_well(world):
    for status in (1, 1, 0):
        await world.wait(HOUR)
        await world.end_process(exit_status=status)
    health = world.scheduler.health()
    assert health.message == "not well: acceptable_failure_rate"
    assert health.failing_jobs == ()
    await world.wait(HOUR)
    await world.end_process(exit_status=1)
    assert world.scheduler.health().failing_jobs == ("backup",)


async def test_the_daemon_ends_in_order(world):
    await world.wait(HOUR)
    await world.end()
    assert world.happened(StatusChanged)[-1] == StatusChanged("stopping")
    assert world.runner.closed
    assert world.store.executions[0].state is ExecutionState.CANCELLED
    assert world.timer.advance(world.clock) == []
