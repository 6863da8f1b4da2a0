"""From what is due to executions on record; nothing starts that is not claimed."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.world import NOON, a_job, settle, soon
from wakeful.core.errors import (
    AlreadyRunningError,
    InvalidJobError,
    NoSuchJobError,
    ShuttingDownError,
    StorageError,
)
from wakeful.core.event import ExecutionFinished, ExecutionStarted, SlotsClosed
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.names import is_execution_identifier
from wakeful.core.plan import Reason, SlotState
from wakeful.core.trigger import AtTrigger


async def test_a_job_runs_when_its_slot_comes(world):
    await world.wait(HOUR - SECOND)
    assert world.processes == []
    await world.wait(SECOND)
    (process,) = world.processes
    (execution,) = world.store.executions
    assert execution.slot == execution.queued_at == NOON + HOUR
    assert (execution.cause, execution.state) == (Cause.SCHEDULE, ExecutionState.RUNNING)
    assert is_execution_identifier(execution.execution_id)
    assert str(process.log) == execution.log == f"/logs/{execution.execution_id}.log"
    assert process.execution_id == execution.execution_id


async def test_nothing_starts_before_it_is_on_record(world, monkeypatch):
    claim, claiming, go_on = world.store.claim, asyncio.Event(), asyncio.Event()

    async def slow_claim(*arguments):
        claiming.set()
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(world.store, "claim", slow_claim)
    await world.wait(HOUR)
    assert claiming.is_set()
    assert world.processes == []
    assert world.happened(ExecutionStarted) == []
    go_on.set()
    await settle()
    assert len(world.processes) == 1


async def test_a_slot_that_was_executed_before_is_left_alone(world, caplog):
    before = Execution(
        execution_id="0" * 26,
        job="backup",
        cause=Cause.SCHEDULE,
        slot=NOON + HOUR,
        queued_at=NOON,
    )
    await world.store.claim([before], [])
    await world.wait(HOUR)
    assert world.processes == []
    assert "was decided on before; left alone" in caplog.text
    assert world.entry().live == {}
    await world.wait(HOUR)
    assert [one.slot for one in world.store.executions[1:]] == [NOON + 2 * HOUR]


async def test_two_wake_ups_for_one_slot_start_it_once(world):
    world.clock.pass_time(HOUR)
    world.dispatcher.due(["backup"])
    world.dispatcher.due(["backup", "backup"])
    await world.dispatcher.serve(["backup"])
    await settle()
    assert len(world.processes) == 1


async def test_every_seven_minutes_stays_so_over_hours(make_world):
    world = make_world(a_job(every=7 * MINUTE))
    await world.begin()
    for _ in range(3 * 60):
        await world.wait(MINUTE)
        if world.processes and world.runner.last.alive:
            await world.end_process()
    slots = [execution.slot for execution in world.store.executions]
    assert slots == [NOON + number * 7 * MINUTE for number in range(1, 26)]


async def test_a_slot_that_comes_while_the_job_runs_is_skipped(world):
    await world.wait(HOUR)
    await world.wait(HOUR)
    (closing,) = world.store.closings
    assert (closing.state, closing.reason) == (SlotState.SKIPPED, Reason.OVERLAP)
    assert closing.span.first == NOON + 2 * HOUR
    assert world.happened(SlotsClosed) == [SlotsClosed(closing)]
    await world.end_process()
    await world.wait(HOUR)
    assert len(world.processes) == 2
    assert world.entry().missed_count == 0


async def test_slots_that_passed_during_a_long_sleep_are_made_up_for_once(world):
    await world.wait(5 * HOUR + 30 * MINUTE)
    (execution,) = world.store.executions
    assert (execution.slot, execution.cause) == (NOON + 5 * HOUR, Cause.CATCH_UP)
    (closing,) = world.store.closings
    assert (closing.state, closing.span.count) == (SlotState.COALESCED, 4)


async def test_a_slot_that_is_too_old_to_be_of_use_is_missed(make_world):
    world = make_world(a_job(trigger=AtTrigger(NOON + HOUR), trigger_key="at"))
    await world.begin()
    await world.wait(3 * DAY)
    (closing,) = world.store.closings
    assert (closing.state, closing.reason) == (SlotState.MISSED, Reason.TOO_LATE)
    assert world.entry().missed_count == 1
    assert world.processes == []


async def test_a_clock_that_is_set_back_brings_no_slot_again(world):
    await world.wait(2 * HOUR)
    await world.end_process()
    world.clock.instant -= 3 * HOUR
    for _ in range(3):
        await world.wait(HOUR)
        await world.dispatcher.serve(["backup"])
    assert len(world.store.executions) == 1
    await world.wait(HOUR)
    assert [one.slot for one in world.store.executions] == [NOON + 2 * HOUR, NOON + 3 * HOUR]


async def test_a_full_disk_puts_slots_off_and_they_are_looked_at_again(world, caplog):
    world.store.failure = "the disk is full"
    await world.wait(HOUR)
    assert world.processes == []
    assert world.entry().live == {}
    assert world.entry().accounted_until == NOON
    assert "slots are put off, for they cannot be recorded: the disk is full" in caplog.text
    await asyncio.sleep(0.03)
    assert world.processes == []
    world.store.failure = ""
    await soon(lambda: world.processes)
    (execution,) = world.store.executions
    assert execution.slot == NOON + HOUR
    await asyncio.sleep(0.03)
    assert len(world.processes) == 1


async def test_a_slot_that_comes_while_the_disk_is_full_is_not_forgotten(world):
    world.store.failure = "the disk is full"
    await world.wait(HOUR)
    await world.wait(HOUR)
    world.store.failure = ""
    await soon(lambda: world.processes)
    (execution,) = world.store.executions
    assert execution.slot == NOON + 2 * HOUR
    (closing,) = world.store.closings
    assert closing.span.first == NOON + HOUR


async def test_a_request_is_carried_out_at_once(world):
    execution = await world.dispatcher.run("backup", requested_by="uid 1000")
    assert (execution.cause, execution.slot) == (Cause.MANUAL, None)
    assert execution.requested_by == "uid 1000"
    assert world.runner.last.execution_id == execution.execution_id
    assert world.store.executions[0].execution_id == execution.execution_id
    assert world.happened(ExecutionStarted) == [ExecutionStarted(execution)]


async def test_a_request_and_a_slot_take_the_same_way(world):
    await world.dispatcher.run("backup", requested_by="me")
    await world.wait(HOUR)
    assert len(world.processes) == 1
    assert world.store.closings[0].reason is Reason.OVERLAP


async def test_what_runs_is_not_started_again_unless_by_force(world):
    first = await world.dispatcher.run("backup", requested_by="me")
    message = f"job 'backup' is already running .execution {first.execution_id}."
    with pytest.raises(AlreadyRunningError, match=message):
        await world.dispatcher.run("backup", requested_by="me")
    await world.dispatcher.run("backup", requested_by="me", force=True)
    assert len(world.processes) == 2
    assert len(world.entry().live) == 2


async def test_two_requests_at_once_are_one_execution(world):
    found = await asyncio.gather(
        *(world.dispatcher.run("backup", requested_by="me") for _ in range(5)),
        return_exceptions=True,
    )
    assert [type(one) for one in found].count(AlreadyRunningError) == 4
    assert len(world.processes) == 1


async def test_a_hundred_executions_at_once_have_a_hundred_logs(world):
    for _ in range(100):
        await world.dispatcher.run("backup", requested_by="me", force=True)
    assert len({process.execution_id for process in world.processes}) == 100
    assert len({process.log for process in world.processes}) == 100


async def test_a_disabled_job_can_be_run_by_hand(make_world):
    world = make_world(a_job(every=HOUR, enabled=False), enabled=False)
    await world.begin()
    await world.wait(3 * HOUR)
    assert world.processes == []
    await world.dispatcher.run("backup", requested_by="me")
    assert len(world.processes) == 1


async def test_a_job_that_is_not_there_cannot_be_run(world):
    with pytest.raises(NoSuchJobError, match="there is no job 'bakcup'"):
        await world.dispatcher.run("bakcup", requested_by="me")


async def test_a_job_with_errors_cannot_be_run(make_world):
    world = make_world(a_job(bad=True))
    await world.begin()
    with pytest.raises(InvalidJobError, match=r"job 'backup' has errors: .*tiemout.*; mend the"):
        await world.dispatcher.run("backup", requested_by="me")
    assert world.store.executions == []


async def test_a_job_with_errors_is_never_served(make_world):
    world = make_world(a_job(every=HOUR, bad=True), a_job("other", launch=None, every=HOUR))
    await world.begin()
    await world.wait(5 * HOUR)
    await world.reloader.reload()
    await world.switchboard.set_job("backup", enabled=False)
    await world.switchboard.set_job("backup", enabled=True)
    await world.switchboard.set_scheduler(enabled=False)
    await world.switchboard.set_scheduler(enabled=True)
    await world.dispatcher.serve(["backup", "other"])
    await settle()
    assert world.processes == []
    assert world.store.executions == []
    assert world.happened(ExecutionFinished) == []


async def test_a_request_that_cannot_be_recorded_is_not_carried_out(world):
    world.store.failure = "the disk is full"
    with pytest.raises(StorageError, match="the disk is full"):
        await world.dispatcher.run("backup", requested_by="me")
    assert world.processes == []
    assert world.entry().live == {}
    world.store.failure = ""
    await world.dispatcher.run("backup", requested_by="me")


async def test_a_caller_who_gives_up_changes_nothing(world, monkeypatch):
    claim, go_on = world.store.claim, asyncio.Event()

    async def slow_claim(*arguments):
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(world.store, "claim", slow_claim)
    request = asyncio.ensure_future(world.dispatcher.run("backup", requested_by="me"))
    await settle()
    request.cancel()
    await settle()
    assert request.cancelled()
    go_on.set()
    await settle()
    assert len(world.processes) == 1
    await world.end_process()
    assert world.entry().live == {}


async def test_nothing_is_taken_on_while_stopping(world):
    await world.dispatcher.stop()
    with pytest.raises(ShuttingDownError, match="the daemon is stopping"):
        await world.dispatcher.run("backup", requested_by="me")
    await world.wait(3 * HOUR)
    assert world.store.executions == []
    assert world.store.closings == []
    assert world.entry().accounted_until < NOON + HOUR


async def test_slots_that_were_put_off_are_not_looked_at_after_the_end(world):
    world.store.failure = "the disk is full"
    await world.wait(HOUR)
    await world.dispatcher.stop()
    world.store.failure = ""
    await asyncio.sleep(0.03)
    assert world.store.calls.count("claim") == 0


async def test_what_was_begun_is_handed_over_before_the_end(world, monkeypatch):
    claim, go_on = world.store.claim, asyncio.Event()

    async def slow_claim(*arguments):
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(world.store, "claim", slow_claim)
    request = asyncio.ensure_future(world.dispatcher.run("backup", requested_by="me"))
    await settle()
    ending = asyncio.ensure_future(world.end())
    await settle()
    assert not ending.done()
    go_on.set()
    await ending
    execution = await request
    (recorded,) = world.store.executions
    assert recorded.execution_id == execution.execution_id
    assert recorded.state is ExecutionState.CANCELLED


async def test_many_starts_at_once_let_others_have_their_turn(make_world, monkeypatch):
    world = make_world(*(a_job(f"job{number}", every=HOUR) for number in range(20)))
    await world.begin()
    monkeypatch.setattr("wakeful.services.registrar.SLICE_SECONDS", -1)
    turns = 0

    async def count_turns():
        nonlocal turns
        while len(world.processes) < 20:
            await asyncio.sleep(0)
            turns += 1

    others = asyncio.ensure_future(count_turns())
    await world.wait(HOUR)
    await others
    assert turns >= 20


async def test_what_goes_wrong_with_some_slots_is_logged(world, caplog, monkeypatch):
    async def break_down(*_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(world.store, "claim", break_down)
    await world.wait(HOUR)
    assert "slots could not be served" in caplog.text
    assert "out of order" in caplog.text
