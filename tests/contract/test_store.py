"""What every store promises, in memory as on disk."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.instant import SECOND
from wakeful.core.names import execution_identifier
from wakeful.core.plan import Close, Reason, SlotState
from wakeful.core.schedule import SlotSpan
from wakeful.services.ports import HistoryQuery, JobRecord, Memory, Totals

NOON = 1_800_000_000 * SECOND
RECORD = JobRecord(name="backup", planning="x", configured=True, anchor=1, accounted_until=2)
NUMBERS = itertools.count()


def born(job="backup", *, slot=None, **fields):
    number = next(NUMBERS)
    queued_at = NOON + number * SECOND
    return Execution(
        execution_id=execution_identifier(queued_at, number),
        job=job,
        cause=Cause.MANUAL if slot is None else Cause.SCHEDULE,
        slot=slot,
        queued_at=queued_at,
        **fields,
    )


def started(execution):
    return execution.running(pid=4711, at=execution.queued_at + SECOND)


def ended(execution, state=ExecutionState.SUCCEEDED):
    return execution.ended(state, at=execution.queued_at + 2 * SECOND)


def missed(first, last, count, state=SlotState.MISSED):
    return Close("backup", SlotSpan(first, last, count), state, Reason.TOO_LATE)


async def test_a_new_store_remembers_nothing(open_store):
    _, memory = await open_store()
    assert memory == Memory(unfinished=[])


async def test_a_slot_is_claimed_once_and_for_all(open_store):
    store, _ = await open_store()
    first, again, other = born(slot=5), born(slot=5), born("other", slot=5)
    assert await store.claim([first, again], []) == {first.execution_id}
    await store.record_finished([ended(first)])
    assert await store.claim([again, other], []) == {other.execution_id}
    store, _ = await open_store()
    assert await store.claim([again], []) == frozenset()
    assert await store.execution(again.execution_id) is None


async def test_requests_collide_with_nothing_but_themselves(store):
    one, other = born(), born()
    assert await store.claim([one, other], []) == {one.execution_id, other.execution_id}
    assert await store.claim([one], []) == frozenset()


async def test_what_is_claimed_is_queued(store):
    execution = born(slot=1)
    await store.claim([replace(execution, state=ExecutionState.RUNNING)], [])
    assert await store.execution(execution.execution_id) == execution


async def test_an_execution_goes_from_queued_over_running_to_its_end(open_store):
    store, _ = await open_store()
    queued, running, done = born(slot=1), born(slot=2), born(slot=3)
    await store.claim([queued, running, done], [])
    await store.record_started([started(running), started(done)])
    await store.record_finished([ended(started(done))])
    assert await store.execution(done.execution_id) == ended(started(done))
    _, memory = await open_store()
    assert list(memory.unfinished) == [queued, started(running)]


async def test_a_recorded_outcome_is_never_overwritten(store):
    execution = born(slot=1)
    await store.claim([execution], [])
    await store.record_finished([ended(execution)])
    await store.record_finished([ended(execution, ExecutionState.LOST)])
    await store.record_started([started(execution)])
    assert await store.execution(execution.execution_id) == ended(execution)
    assert await store.totals() == Totals(executions=1, succeeded=1)


async def test_what_was_never_claimed_is_not_recorded(store):
    await store.record_started([started(born())])
    await store.record_finished([ended(born())])
    assert await store.history(HistoryQuery()) == []


async def test_an_end_without_an_outcome_is_refused(store):
    with pytest.raises(ValueError, match="is queued"):
        await store.record_finished([born()])


async def test_ends_are_counted_by_job_and_in_total(open_store):
    store, _ = await open_store()
    await store.save_jobs([RECORD])
    finals = [state for state in ExecutionState if state.final]
    executions = [born(slot=number) for number, _ in enumerate(finals)]
    await store.claim([*executions, born("other")], [])
    await store.record_finished([ended(*pair) for pair in zip(executions, finals, strict=True)])
    assert await store.totals() == Totals(executions=6, succeeded=1, failed=2)
    _, memory = await open_store()
    job = memory.jobs["backup"]
    assert (job.run_count, job.failure_count) == (5, 3)
    assert job.last == ended(executions[-1], finals[-1])


async def test_closed_slots_are_counted_once(open_store):
    store, _ = await open_store()
    await store.save_jobs([RECORD])
    for _ in range(2):
        await store.claim([], [missed(10, 30, 3), missed(40, 50, 2, SlotState.SKIPPED)])
    _, memory = await open_store()
    assert memory.jobs["backup"].missed_count == 3
    assert memory.jobs["backup"].accounted_until == 50


@pytest.mark.parametrize("finish", [False, True])
async def test_a_claimed_slot_is_accounted_for(open_store, finish):
    store, _ = await open_store()
    await store.save_jobs([RECORD, replace(RECORD, name="other", accounted_until=500)])
    executions = [born(slot=100), born(slot=80), born("other", slot=100), born()]
    await store.claim(executions, [])
    if finish:
        await store.record_finished([ended(one) for one in executions])
    _, memory = await open_store()
    assert memory.jobs["backup"].accounted_until == 100
    assert memory.jobs["other"].accounted_until == 500


async def test_jobs_are_remembered_as_given_but_counts_only_grow(open_store):
    store, _ = await open_store()
    await store.save_jobs([replace(RECORD, run_count=7, failure_count=2, missed_count=1)])
    changed = replace(RECORD, planning="y", configured=False, override=True, anchor=9, run_count=3)
    await store.save_jobs([changed])
    _, memory = await open_store()
    assert memory.jobs == {"backup": replace(changed, run_count=7, failure_count=2, missed_count=1)}


@pytest.mark.parametrize("override", [None, True, False])
async def test_the_switch_of_the_scheduler_is_remembered(open_store, override):
    store, _ = await open_store()
    await store.save_enabled(override=not override, configured=True)
    await store.save_enabled(override=override, configured=False)
    _, memory = await open_store()
    assert memory.enabled_override is override
    assert memory.configured_enabled is False


@pytest.fixture
async def filled(store):
    executions = [born(("even", "odd")[number % 2], slot=number) for number in range(6)]
    await store.claim(executions, [])
    done = [ended(one) for one in executions[:4]]
    await store.record_finished(done)
    return [*done, *executions[4:]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"limit": 2}, [5, 4]),
        ({"limit": 0}, []),
        ({"job": "odd"}, [5, 3, 1]),
        ({"job": "nobody"}, []),
        ({"states": (ExecutionState.QUEUED,)}, [5, 4]),
        ({"states": (ExecutionState.SUCCEEDED,), "job": "even"}, [2, 0]),
    ],
)
async def test_history_lists_what_was_asked_for_newest_first(store, filled, query, expected):
    found = await store.history(HistoryQuery(**query))
    assert list(found) == [filled[number] for number in expected]


async def test_history_is_limited_by_birth_and_goes_on_at_a_cursor(store, filled):
    born_at = [one.queued_at for one in filled]
    found = await store.history(HistoryQuery(since=born_at[1], until=born_at[4]))
    assert list(found) == filled[3:0:-1]
    found = await store.history(HistoryQuery(before=filled[3].execution_id, limit=2))
    assert list(found) == [filled[2], filled[1]]


async def test_an_unknown_execution_is_none(store):
    assert await store.execution("nobody") is None


async def test_a_store_is_of_use_between_open_and_close(open_store):
    store, _ = await open_store()
    with pytest.raises(StorageError, match="open already"):
        await store.open()
    await store.close()
    await store.close()
    for call in (store.open(), store.claim([], []), store.totals(), store.save_jobs([])):
        with pytest.raises(StorageError, match="closed"):
            await call


async def test_the_record_of_a_closed_slot_is_found_by_each_slot_of_its_span(store):
    closing = missed(10, 30, 3)
    other = Close("other", SlotSpan(20, 20, 1), SlotState.SKIPPED, Reason.OVERLAP)
    await store.claim([], [closing, missed(40, 40, 1), other])
    for slot in (10, 20, 30):
        assert await store.closing_of_slot("backup", slot) == closing
    assert await store.closing_of_slot("other", 20) == other
    for job, slot in (("backup", 9), ("backup", 31), ("other", 10), ("nobody", 20)):
        assert await store.closing_of_slot(job, slot) is None


@pytest.mark.parametrize("finish", [False, True])
async def test_the_execution_of_a_slot_is_found(store, finish):
    execution, request = born(slot=10), born()
    await store.claim([execution, request], [])
    if finish:
        execution = ended(execution)
        await store.record_finished([execution])
    assert await store.execution_of_slot("backup", 10) == execution
    assert await store.execution_of_slot("backup", 11) is None
    assert await store.execution_of_slot("other", 10) is None


async def test_the_last_slot_on_record_is_found_whatever_became_of_it(store):
    executions = [born(slot=NOON), born(slot=NOON + 10), born("other", slot=NOON + 100), born()]
    await store.claim(executions, [missed(NOON + 20, NOON + 40, 3)])
    await store.record_finished([ended(one) for one in executions])
    assert await store.last_slot("backup", NOON - 1) is None
    assert await store.last_slot("backup", NOON + 9) == NOON
    assert await store.last_slot("backup", NOON + 15) == NOON + 10
    assert await store.last_slot("backup", NOON + 20) == NOON + 20
    assert await store.last_slot("backup", NOON + 30) == NOON + 20  # the next that is known
    assert await store.last_slot("backup", NOON + 40) == NOON + 40
    assert await store.last_slot("backup", NOON + 99) == NOON + 40
    assert await store.last_slot("nobody", NOON + 99) is None


async def test_a_slot_that_was_closed_is_not_executed_any_more(open_store):
    store, _ = await open_store()
    await store.claim([], [missed(10, 30, 3)])
    inside, outside, other = born(slot=20), born(slot=31), born("other", slot=20)
    assert await store.claim([inside, outside, other], []) == {
        outside.execution_id,
        other.execution_id,
    }
    store, _ = await open_store()
    assert await store.claim([born(slot=10), born(slot=30)], []) == frozenset()
    assert await store.execution(inside.execution_id) is None


async def test_what_a_wrong_clock_has_closed_is_executed_when_its_time_comes(store):
    year = 365 * 86400 * SECOND
    await store.claim([], [missed(NOON, NOON + year, 366)])
    early = replace(born(slot=NOON + SECOND), queued_at=NOON + SECOND)
    late = replace(born(slot=NOON + year), queued_at=NOON + year)
    assert await store.claim([early, late], []) == {early.execution_id}


async def test_one_claim_that_is_refused_keeps_nothing_else_from_being_recorded(store):
    await store.claim([], [missed(10, 10, 1)])
    execution = born(slot=20)
    closing = missed(15, 15, 1)
    assert await store.claim([born(slot=10), execution], [closing]) == {execution.execution_id}
    assert await store.closing_of_slot("backup", 15) == closing
