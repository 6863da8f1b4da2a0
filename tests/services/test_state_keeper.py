"""state.json: what is in it, and when it is written."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.services import state_keeper
from wakeful.services.state_keeper import HISTORY_LENGTH, original_word

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Nothing is written before the test says so."""
    monkeypatch.setattr(state_keeper, "DELAY_SECONDS", 3600)


async def pass_delay(keeper):
    """Let the time be over in which changes are gathered."""
    assert keeper._timer is not None
    keeper._timer.cancel()
    keeper._save_now()
    await keeper._saving


async def test_the_document_has_the_fields_of_the_original(make_world):
    world = make_world(
        a_job(every=HOUR, timezone="Europe/Berlin", zone=BERLIN),
        a_job("coffee", cron="0 9 * * 1-5", skill="coffee", enabled=False),
        timezone="Europe/Berlin",
        zone=BERLIN,
        execution_mode="claude_cli",
    )
    await world.begin()
    await world.wait(HOUR)
    (execution,) = world.store.executions
    world.clock.pass_time(1500 * 1000)
    await world.end_process(exit_status=3)
    assert world.keeper.document() == {
        "version": 1,
        "enabled": True,
        "default_enabled": True,
        "override": None,
        "timezone": "Europe/Berlin",
        "execution_mode": "claude_cli",
        "jobs": [
            {
                "name": "backup",
                "skill": "",
                "cron": "",
                "enabled": True,
                "default_enabled": True,
                "override": None,
                "next_run": "2027-01-14T15:00:00+01:00",
                "last_run": "2027-01-14T14:00:00+01:00",
                "last_status": "failed",
                "run_count": 1,
                "failure_count": 1,
            },
            {
                "name": "coffee",
                "skill": "coffee",
                "cron": "0 9 * * 1-5",
                "enabled": False,
                "default_enabled": False,
                "override": None,
                "next_run": None,
                "last_run": None,
                "last_status": None,
                "run_count": 0,
                "failure_count": 0,
            },
        ],
        "history": [
            {
                "job": "backup",
                "execution_id": execution.execution_id,
                "started_at": "2027-01-14T14:00:00+01:00",
                "completed_at": "2027-01-14T14:00:01.500000+01:00",
                "status": "failed",
                "duration_ms": 1500,
            }
        ],
        "updated_at": "2027-01-14T14:00:01.500000+01:00",
    }


async def test_a_job_that_runs_says_so(world):
    await world.wait(HOUR)
    assert world.keeper.document()["jobs"][0]["last_status"] == "running"
    await world.end_process()
    assert world.keeper.document()["jobs"][0]["last_status"] == "success"


async def test_what_was_never_started_has_no_duration(world):
    world.runner.refusal = "no"
    await world.wait(HOUR + 1)
    (execution,) = world.keeper.document()["history"]
    assert (execution["duration_ms"], execution["status"]) == (None, "failed")
    assert (
        execution["started_at"] == execution["completed_at"] == "2027-01-14T13:00:00.000001+00:00"
    )


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ExecutionState.SUCCEEDED, "success"),
        (ExecutionState.FAILED, "failed"),
        (ExecutionState.TIMED_OUT, "failed"),
        (ExecutionState.LOST, "failed"),
        (ExecutionState.CANCELLED, "cancelled"),
        (ExecutionState.RUNNING, "running"),
        (ExecutionState.QUEUED, "running"),
    ],
)
def test_states_are_said_in_the_words_of_the_original(state, word):
    assert original_word(state) == word


async def test_the_history_is_the_last_hundred_newest_first(make_world):
    world = make_world(a_job(every=MINUTE))
    await world.begin()
    for number in range(HISTORY_LENGTH + 5):
        await world.wait(MINUTE)
        await world.end_process(exit_status=number % 2)
    history = world.keeper.document()["history"]
    ids = [execution.execution_id for execution in world.store.executions]
    assert [one["execution_id"] for one in history] == ids[: -HISTORY_LENGTH - 1 : -1]
    assert world.keeper.recent[0].execution_id == ids[-1]


async def test_the_history_survives_a_restart(world, make_world):
    for _ in range(3):
        await world.wait(HOUR)
        await world.end_process()
    await world.end()
    after = make_world.after_crash_of(world)
    await after.begin()
    assert after.keeper.document()["history"] == world.keeper.document()["history"]
    assert after.keeper.document()["jobs"][0]["run_count"] == 3


async def test_changes_that_nobody_waits_for_are_written_together(make_world):
    world = make_world(*(a_job(f"job{number}", every=HOUR) for number in range(20)))
    await world.begin()
    # What the beginning has to write is written.
    await pass_delay(world.keeper)
    assert world.keeper._timer is None
    before = world.state_file.writes
    await world.wait(HOUR)
    for process in list(world.processes):
        process.end()
    await settle()
    assert world.state_file.writes == before
    await pass_delay(world.keeper)
    assert len(world.state_file.document["history"]) == 20
    assert world.keeper._timer is None
    assert world.state_file.writes == before + 1


async def test_a_disk_that_refuses_is_tried_again(world, caplog):
    world.state_file.failure = "the disk is full"
    await world.wait(HOUR)
    await pass_delay(world.keeper)
    assert "state.json is not up to date: the disk is full" in caplog.text
    world.state_file.failure = ""
    await pass_delay(world.keeper)
    assert world.state_file.document["jobs"][0]["last_status"] == "running"


async def test_who_asks_for_it_is_told_if_it_cannot_be_written(world):
    world.state_file.failure = "the disk is full"
    with pytest.raises(StorageError, match="the disk is full"):
        await world.keeper.save()


async def test_the_last_word_is_on_disk(world):
    await world.wait(HOUR)
    await world.end()
    (job,) = world.state_file.document["jobs"]
    assert (job["last_status"], job["run_count"]) == ("cancelled", 1)


async def test_the_last_word_may_be_refused(world, caplog):
    await pass_delay(world.keeper)
    world.keeper.save_soon()
    world.state_file.failure = "the disk is full"
    await pass_delay(world.keeper)
    assert caplog.text.count("state.json is not up to date: the disk is full") == 1
    await world.keeper.stop()
    assert caplog.text.count("state.json is not up to date: the disk is full") == 2


async def test_the_end_waits_for_what_is_being_written(world, monkeypatch, caplog):
    await pass_delay(world.keeper)
    go_on = asyncio.Event()

    async def refuse(_):
        await go_on.wait()
        raise StorageError("the disk is full")

    monkeypatch.setattr(world.state_file, "write", refuse)
    world.keeper.save_soon()
    writing = asyncio.ensure_future(pass_delay(world.keeper))
    await settle()
    ending = asyncio.ensure_future(world.keeper.stop())
    await settle()
    assert not ending.done()
    go_on.set()
    await asyncio.gather(writing, ending)
    assert caplog.text.count("state.json is not up to date") == 2
    assert world.keeper._timer is None
    await settle()
    assert caplog.text.count("state.json is not up to date") == 2


async def test_a_file_that_is_not_there_is_written_before_the_daemon_says_it_is_ready(make_world):
    world = make_world(a_job(every=HOUR))
    await world.daemon.begin()
    assert world.state_file.writes == 1
    assert world.state_file.document["jobs"][0]["next_run"] == "2027-01-14T13:00:00+00:00"


def test_what_is_remembered_is_kept_in_its_order(make_world):
    world = make_world()
    executions = [
        Execution(
            execution_id=str(number),
            job="j",
            cause=Cause.MANUAL,
            slot=None,
            queued_at=NOON,
            state=ExecutionState.SUCCEEDED,
            started_at=NOON,
            ended_at=NOON + SECOND,
        )
        for number in range(3)
    ]
    world.keeper.remember(executions)
    assert world.keeper.recent == executions
    world.stopped = True  # it never began
