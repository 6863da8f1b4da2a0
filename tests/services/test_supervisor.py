"""From the start of a process to the record of its end."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

import pytest

from fixtures.world import GRACE, NOON, a_job, settle, soon
from wakeful.core.errors import NoSuchExecutionError, NotRunningError
from wakeful.core.event import ExecutionFinished, ExecutionStarted
from wakeful.core.execution import Execution, ExecutionState
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.launch import Launch

TERM, KILL = signal.SIGTERM, signal.SIGKILL


@pytest.fixture
def start(world):
    async def start_(*, obedient=True, **changes):
        world.runner.obedient = obedient
        if changes:
            world.edit(a_job(**changes))
            await world.reloader.reload()
        return await world.dispatcher.run("backup", requested_by="me", force=True)

    return start_


@pytest.fixture
def recorded(world):
    def recorded_(execution):
        found = {one.execution_id: one for one in world.store.executions}
        return found[execution.execution_id]

    return recorded_


@pytest.mark.parametrize(
    ("how", "state", "reason", "exit_status", "number"),
    [
        ({"exit_status": 0}, ExecutionState.SUCCEEDED, "", 0, None),
        ({"exit_status": 7}, ExecutionState.FAILED, "exit status 7", 7, None),
        ({"by_signal": 9}, ExecutionState.FAILED, "killed by signal 9", None, 9),
        (
            {"exit_status": None},
            ExecutionState.LOST,
            "ended while the daemon was not there",
            None,
            None,
        ),
    ],
)
async def test_how_a_process_ended_is_how_the_execution_ended(  # noqa: PLR0917 - a table
    world, start, recorded, how, state, reason, exit_status, number
):
    execution = await start()
    world.clock.pass_time(90 * SECOND)
    await world.end_process(**how)
    ended = recorded(execution)
    assert (ended.state, ended.reason) == (state, reason)
    assert (ended.exit_status, ended.signal) == (exit_status, number)
    assert ended.duration == 90 * SECOND
    assert world.happened(ExecutionFinished) == [ExecutionFinished(ended)]
    assert world.entry().last == ended
    assert world.entry().live == {}
    assert world.entry().run_count == 1
    assert world.entry().failure_count == int(state is not ExecutionState.SUCCEEDED)
    assert world.runner.last.signals == []


async def test_a_running_execution_is_on_record_with_its_process(world, start, recorded):
    execution = await start()
    await settle()
    assert recorded(execution).state is ExecutionState.RUNNING
    assert recorded(execution).pid == world.runner.last.pid
    assert world.supervisor.find(execution.execution_id) == recorded(execution)
    assert list(world.supervisor.running) == [recorded(execution)]
    assert world.entry().live == {execution.execution_id: recorded(execution)}


async def test_a_process_that_cannot_be_started_is_a_failure_with_its_reason(
    world, start, recorded
):
    world.runner.refusal = "command not found: frobnicate"
    execution = await start()
    await settle()
    ended = recorded(execution)
    assert (ended.state, ended.reason) == (ExecutionState.FAILED, "command not found: frobnicate")
    assert (ended.started_at, ended.exit_status, ended.signal) == (None, None, None)
    assert [type(event) for event in world.events[-2:]] == [ExecutionStarted, ExecutionFinished]
    assert world.entry().live == {}


async def test_a_job_learns_about_itself_from_its_environment(make_world):
    job = a_job(
        every=HOUR,
        launch=Launch(arguments=("true",), environment={"LANG": "C"}),
        output_limit=77,
    )
    world = make_world(job)
    await world.begin()
    await world.wait(HOUR + 2500)
    assert world.runner.last.environment == {
        "LANG": "C",
        "WAKEFUL_JOB": "backup",
        "WAKEFUL_CAUSE": "schedule",
        "WAKEFUL_ATTEMPT": "1",
        "WAKEFUL_SLOT": "2027-01-14T13:00:00+00:00",
        "WAKEFUL_LATE_MS": "2",
        "WAKEFUL_MISSED_COUNT": "0",
    }
    assert world.runner.last.output_limit == 77
    assert world.runner.last.launch == job.launch
    await world.dispatcher.run("backup", requested_by="me", force=True)
    manual = world.runner.last.environment
    assert (manual["WAKEFUL_CAUSE"], manual["WAKEFUL_SLOT"]) == ("manual", "")
    assert manual["WAKEFUL_LATE_MS"] == "0"


async def test_what_takes_too_long_is_stopped(world, start, recorded):
    execution = await start(timeout=timedelta(milliseconds=20))
    await soon(lambda: world.happened(ExecutionFinished))
    ended = recorded(execution)
    assert (ended.state, ended.reason) == (ExecutionState.TIMED_OUT, "took longer than 0.02s")
    assert ended.signal == TERM
    assert world.entry().failure_count == 1


async def test_what_does_not_listen_is_killed_after_a_grace(world, start, recorded):
    execution = await start(obedient=False, timeout=timedelta(milliseconds=10))
    process = world.runner.last
    await soon(lambda: process.signals)
    began = asyncio.get_running_loop().time()
    assert process.signals == [TERM]
    await soon(lambda: world.happened(ExecutionFinished))
    assert asyncio.get_running_loop().time() - began >= GRACE / 2
    assert process.signals[:2] == [TERM, KILL]
    assert recorded(execution).state is ExecutionState.TIMED_OUT


async def test_what_was_stopped_is_stopped_as_a_whole(world, start):
    await start()
    world.supervisor.cancel(world.supervisor.running[0].execution_id, "enough")
    await settle()
    # The leader listened; what it may have left behind is killed at once.
    assert world.runner.last.signals == [TERM, KILL]
    await asyncio.sleep(2 * GRACE)
    assert world.runner.last.signals == [TERM, KILL]


async def test_what_ends_in_time_is_left_alone(world, start, recorded):
    execution = await start(timeout=timedelta(milliseconds=20))
    await world.end_process()
    await asyncio.sleep(0.04)
    assert world.runner.last.signals == []
    assert recorded(execution).state is ExecutionState.SUCCEEDED


async def test_a_process_that_fails_while_it_is_stopped_was_cancelled_all_the_same(
    world, start, recorded
):
    execution = await start(obedient=False)
    world.supervisor.cancel(execution.execution_id, "enough")
    await world.end_process(exit_status=0)
    ended = recorded(execution)
    assert (ended.state, ended.reason, ended.exit_status) == (ExecutionState.CANCELLED, "enough", 0)
    assert world.entry().failure_count == 0


async def test_a_deadline_during_a_cancellation_changes_nothing(world, start, recorded):
    execution = await start(obedient=False, timeout=timedelta(milliseconds=5))
    world.supervisor.cancel(execution.execution_id, "enough")
    await soon(lambda: world.happened(ExecutionFinished))
    assert recorded(execution).state is ExecutionState.CANCELLED
    assert world.runner.last.signals.count(TERM) == 1


async def test_what_is_not_running_cannot_be_cancelled(world, start):
    with pytest.raises(NoSuchExecutionError, match="no execution nobody is running"):
        world.supervisor.cancel("nobody", "enough")
    execution = await start()
    await world.end_process()
    with pytest.raises(NoSuchExecutionError):
        world.supervisor.cancel(execution.execution_id, "enough")


async def test_what_is_ending_cannot_be_cancelled(world, start, recorded):
    execution = await start(obedient=False)
    world.supervisor.cancel(execution.execution_id, "enough")
    with pytest.raises(NotRunningError, match="is ending already"):
        world.supervisor.cancel(execution.execution_id, "again")
    await world.end_process(by_signal=TERM)
    second = await start()
    world.store.failure = "the disk is full"
    await world.end_process(exit_status=3)
    with pytest.raises(NotRunningError, match="is ending already"):
        world.supervisor.cancel(second.execution_id, "too late")
    world.store.failure = ""
    await soon(lambda: len(world.happened(ExecutionFinished)) == 2)
    assert recorded(second).state is ExecutionState.FAILED
    assert world.runner.last.signals == []


async def test_an_end_is_announced_when_it_is_on_disk_and_not_before(world, start, recorded):
    execution = await start()
    await settle()
    world.store.failure = "the disk is full"
    await world.end_process()
    await asyncio.sleep(0.03)
    assert world.happened(ExecutionFinished) == []
    assert world.entry().run_count == 0
    assert world.entry().live.keys() == {execution.execution_id}
    world.store.failure = ""
    await soon(lambda: world.happened(ExecutionFinished))
    assert recorded(execution).state is ExecutionState.SUCCEEDED
    assert world.entry().live == {}


async def test_stopping_waits_until_every_end_is_on_record(world, start, recorded):
    gentle = await start()
    stubborn = await start(obedient=False)
    await world.supervisor.stop("the machine goes down")
    for execution in (gentle, stubborn):
        assert recorded(execution).state is ExecutionState.CANCELLED
        assert recorded(execution).reason == "the machine goes down"
    assert len(world.happened(ExecutionFinished)) == 2


async def test_stopping_waits_for_what_is_being_stopped_already(world, start, recorded):
    execution = await start(obedient=False)
    world.supervisor.cancel(execution.execution_id, "enough")
    await world.supervisor.stop("the machine goes down")
    assert recorded(execution).reason == "enough"


async def test_stopping_does_not_wait_for_ever(world, start, caplog, monkeypatch):
    execution = await start(obedient=False)
    monkeypatch.setattr(world.runner.last, "signal", lambda _: True)
    monkeypatch.setattr(world.supervisor, "_grace", -4.98)
    await world.supervisor.stop("the machine goes down")
    assert f"could not be brought to an end: {execution.execution_id}" in caplog.text


async def test_stopping_with_nothing_to_do_takes_no_time(world):
    await world.supervisor.stop("the machine goes down")


async def test_a_job_that_was_taken_out_is_watched_to_its_end(world, start, recorded):
    execution = await start()
    world.edit()
    await world.reloader.reload()
    assert world.entry() is None
    await world.end_process(exit_status=5)
    assert recorded(execution).reason == "exit status 5"
    assert len(world.happened(ExecutionFinished)) == 1


async def test_time_that_passed_before_counts_for_an_adopted_execution(world, start):
    execution = await start()
    await settle()
    running = world.supervisor.find(execution.execution_id)
    world.clock.pass_time(30 * MINUTE)
    world.runner.surviving = {"x": [4711]}
    adopted = Execution(
        execution_id="x",
        job="backup",
        cause=running.cause,
        slot=None,
        queued_at=NOON,
        state=ExecutionState.RUNNING,
        started_at=NOON,
        pid=4711,
    )
    world.supervisor.adopt(a_job(timeout=timedelta(minutes=20)), adopted, 4711)
    await soon(lambda: world.runner.last.signals)
    assert world.runner.last.signals[0] == TERM
