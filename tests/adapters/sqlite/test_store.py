"""What the port promises, promise by promise, on a real file."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from wakeful.adapters.sqlite import SqliteStore
from wakeful.adapters.sqlite.rows import LONGEST_PAGE
from wakeful.core.errors import StorageError
from wakeful.core.execution import Cause, ExecutionState
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.plan import SlotState
from wakeful.services.ports import HistoryQuery, Memory, Totals

NOON = 1_800_000_000 * SECOND
"""When the first execution of a test is born."""


def ended(execution, state=ExecutionState.SUCCEEDED, **outcome):
    return execution.ended(state, at=execution.queued_at + 2 * SECOND, **outcome)


def started(execution):
    return execution.running(pid=4711, at=execution.queued_at + SECOND)


async def test_a_new_store_remembers_nothing(open_store):
    _, memory = await open_store()

    assert memory == Memory(unfinished=[])


async def test_claim_gives_the_identifiers_that_were_recorded(store, execution):
    executions = [execution(slot=1), execution("other", slot=1), execution(cause=Cause.MANUAL)]

    recorded = await store.claim(executions, [])

    assert recorded == {each.execution_id for each in executions}
    assert await store.history(HistoryQuery()) == executions[::-1]


async def test_a_slot_that_has_an_execution_is_not_claimed_again(store, execution):
    first, second, free = execution(slot=1), execution(slot=1), execution(slot=2)
    await store.claim([first], [])

    assert await store.claim([second, free], []) == {free.execution_id}
    assert await store.execution(second.execution_id) is None


async def test_a_slot_is_not_claimed_twice_after_its_execution_ended(store, execution):
    first, second = execution(slot=1), execution(slot=1)
    await store.claim([first], [])
    await store.record_finished([ended(first)])

    assert await store.claim([second], []) == frozenset()


async def test_a_slot_is_not_claimed_again_after_a_restart(open_store, execution):
    store, _ = await open_store()
    await store.claim([execution(slot=1)], [])
    store, _ = await open_store()

    assert await store.claim([execution(slot=1)], []) == frozenset()


async def test_requests_never_collide(store, execution):
    requests = [execution(cause=Cause.MANUAL, slot=None) for _ in range(3)]

    assert len(await store.claim(requests, [])) == 3


async def test_an_identifier_is_claimed_once(store, execution):
    request = execution(cause=Cause.MANUAL)
    await store.claim([request], [])

    assert await store.claim([request], []) == frozenset()


async def test_claim_records_executions_as_queued(store, execution):
    await store.claim([dataclasses.replace(execution(slot=1), state=ExecutionState.RUNNING)], [])

    (recorded,) = await store.history(HistoryQuery())
    assert recorded.state is ExecutionState.QUEUED


async def test_every_field_of_an_execution_is_kept(open_store, execution):
    store, _ = await open_store()
    born = execution(
        "täglich",
        slot=5,
        cause=Cause.CATCH_UP,
        reason="made up for",
        attempt=2,
        requested_by="uid 1000",
        log="/var/lib/wakeful/logs/täglich",
    )
    done = ended(started(born), ExecutionState.FAILED, reason="killed", exit_status=3, signal=9)
    await store.claim([born], [])
    await store.record_finished([done])
    store, memory = await open_store()

    assert await store.execution(born.execution_id) == done
    assert memory.unfinished == []


async def test_text_that_is_no_utf_8_is_recorded_with_escapes(store, execution):
    born = execution(slot=1, log="/logs/\udcff")

    await store.claim([born], [])

    found = await store.execution(born.execution_id)
    assert found.log == "/logs/\\udcff"


async def test_a_claim_that_fails_changes_nothing(open_store, record, execution, close_slots):
    store, _ = await open_store()
    await store.save_jobs([record()])
    closings = [close_slots("backup", 8, 8), close_slots("backup", 9, 2**70)]

    with pytest.raises(StorageError):
        await store.claim([execution(slot=7)], closings)

    assert await store.history(HistoryQuery()) == []
    store, memory = await open_store()
    assert memory.jobs["backup"] == record()
    assert len(await store.claim([execution(slot=7)], [])) == 1


async def test_a_value_that_does_not_fit_is_a_storage_error(store, execution):
    with pytest.raises(StorageError, match="cannot hold"):
        await store.claim([execution(slot=2**70)], [])


async def test_only_missed_slots_are_counted_as_missed(open_store, record, close_slots):
    store, _ = await open_store()
    await store.save_jobs([record()])
    await store.claim([], [close_slots("backup", 10, 30, 3)])
    await store.claim([], [close_slots("backup", 40, 50, 2, state=SlotState.COALESCED)])
    await store.claim([], [close_slots("backup", 60, 60)])
    _, memory = await open_store()

    assert memory.jobs["backup"].missed_count == 4


async def test_a_span_that_is_closed_again_counts_once(open_store, record, close_slots):
    store, _ = await open_store()
    await store.save_jobs([record()])
    for _ in range(2):
        await store.claim([], [close_slots("backup", 10, 30, 3)])
    _, memory = await open_store()

    assert memory.jobs["backup"].missed_count == 3


@pytest.mark.parametrize("finish", [False, True])
async def test_slots_claimed_are_accounted_for_after_a_restart(
    open_store, record, execution, finish
):
    store, _ = await open_store()
    await store.save_jobs([record(accounted_until=50), record("other", accounted_until=500)])
    executions = [execution(slot=100), execution("other", slot=100), execution(slot=80)]
    await store.claim(executions, [])
    if finish:
        await store.record_finished([ended(each) for each in executions])
    _, memory = await open_store()

    assert memory.jobs["backup"].accounted_until == 100
    assert memory.jobs["other"].accounted_until == 500


async def test_slots_closed_are_accounted_for_after_a_restart(open_store, record, close_slots):
    store, _ = await open_store()
    await store.save_jobs([record(accounted_until=50)])
    await store.claim([], [close_slots("backup", 60, 100, 3), close_slots("backup", 10, 20, 2)])
    _, memory = await open_store()

    assert memory.jobs["backup"].accounted_until == 100


async def test_a_request_accounts_for_no_slot(open_store, record, execution):
    store, _ = await open_store()
    await store.save_jobs([record(accounted_until=50)])
    slot, request = execution(slot=70), execution(cause=Cause.MANUAL)
    await store.claim([slot, request], [])
    await store.record_finished([ended(slot), ended(request)])
    _, memory = await open_store()

    assert memory.jobs["backup"].accounted_until == 70


async def test_an_execution_that_started_is_recalled_as_running(open_store, execution):
    store, _ = await open_store()
    queued, running, done = execution(slot=1), execution(slot=2), execution(slot=3)
    await store.claim([queued, running, done], [])
    await store.record_started([started(running), started(done)])
    await store.record_finished([ended(started(done))])
    _, memory = await open_store()

    assert memory.unfinished == [queued, started(running)]


async def test_a_late_start_does_not_overwrite_an_outcome(store, execution):
    born = execution(slot=1)
    await store.claim([born], [])
    await store.record_finished([ended(started(born))])
    await store.record_started([started(born)])

    assert await store.execution(born.execution_id) == ended(started(born))


async def test_an_outcome_is_never_overwritten_nor_counted_twice(open_store, record, execution):
    store, _ = await open_store()
    await store.save_jobs([record()])
    born = execution(slot=1)
    await store.claim([born], [])
    await store.record_finished([ended(born)])
    await store.record_finished([ended(born, ExecutionState.LOST)])

    assert await store.execution(born.execution_id) == ended(born)
    assert await store.totals() == Totals(executions=1, succeeded=1)
    _, memory = await open_store()
    assert memory.jobs["backup"].run_count == 1
    assert memory.jobs["backup"].failure_count == 0


@pytest.mark.parametrize("state", [ExecutionState.QUEUED, ExecutionState.RUNNING])
async def test_what_has_no_outcome_cannot_be_recorded_as_finished(store, execution, state):
    with pytest.raises(ValueError, match=state):
        await store.record_finished([dataclasses.replace(execution(), state=state)])


async def test_outcomes_are_counted_by_job_and_in_total(open_store, record, execution):
    store, _ = await open_store()
    await store.save_jobs([record()])
    finals = [state for state in ExecutionState if state.final]
    executions = {state: execution(slot=number) for number, state in enumerate(finals)}
    await store.claim([*executions.values(), execution("other", slot=1)], [])
    await store.record_finished([ended(each, state) for state, each in executions.items()])

    assert await store.totals() == Totals(executions=6, succeeded=1, failed=2)
    _, memory = await open_store()
    assert memory.jobs["backup"].run_count == 5
    assert memory.jobs["backup"].failure_count == 3


async def test_the_last_execution_is_the_youngest_that_ended(open_store, record, execution):
    store, _ = await open_store()
    await store.save_jobs([record(), record("idle")])
    older, younger, running = execution(slot=1), execution(slot=2), execution(slot=3)
    await store.claim([older, younger, running], [])
    await store.record_finished([ended(younger)])
    await store.record_finished([ended(older)])
    _, memory = await open_store()

    assert memory.jobs["backup"].last == ended(younger)
    assert memory.jobs["idle"].last is None


async def test_jobs_are_remembered_as_given(open_store, record):
    store, _ = await open_store()
    await store.save_jobs([record(), record("other", configured=False, override=True)])
    changed = record(planning="every 5m", configured=False, override=False, anchor=7)
    await store.save_jobs([changed])
    _, memory = await open_store()

    assert memory.jobs == {
        "backup": changed,
        "other": record("other", configured=False, override=True),
    }


async def test_counts_and_last_execution_only_grow_by_saving_a_job(open_store, record, execution):
    store, _ = await open_store()
    born = execution(slot=1)
    await store.save_jobs([record(run_count=7, failure_count=1, missed_count=2)])
    await store.claim([born], [])
    await store.record_finished([ended(born)])
    await store.save_jobs([record(run_count=3)])
    _, memory = await open_store()

    expected = record(run_count=8, failure_count=1, missed_count=2, last=ended(born))
    assert memory.jobs["backup"] == expected


async def test_imported_counts_are_not_in_the_totals(store, record):
    await store.save_jobs([record(run_count=7, failure_count=1)])

    assert await store.totals() == Totals()


@pytest.mark.parametrize("override", [None, True, False])
@pytest.mark.parametrize("configured", [True, False])
async def test_the_switch_of_the_scheduler_is_remembered(open_store, override, configured):
    store, _ = await open_store()
    await store.save_enabled(override=not configured, configured=not configured)
    await store.save_enabled(override=override, configured=configured)
    _, memory = await open_store()

    assert memory.enabled_override is override
    assert memory.configured_enabled is configured


@pytest.fixture
async def filled(store, execution):
    """Six executions of two jobs in turn, a second apart; the first four ended."""
    executions = [execution(("even", "odd")[number % 2], slot=number) for number in range(6)]
    await store.claim(executions, [])
    states = [ExecutionState.SUCCEEDED, ExecutionState.FAILED] * 2
    done = [ended(each, state) for each, state in zip(executions, states, strict=False)]
    await store.record_finished(done)
    return [*done, *executions[4:]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (HistoryQuery(), [5, 4, 3, 2, 1, 0]),
        (HistoryQuery(limit=2), [5, 4]),
        (HistoryQuery(limit=0), []),
        (HistoryQuery(limit=-1), []),
        (HistoryQuery(job="even"), [4, 2, 0]),
        (HistoryQuery(job="even", limit=2), [4, 2]),
        (HistoryQuery(job="nobody"), []),
        (HistoryQuery(states=(ExecutionState.FAILED,)), [3, 1]),
        (HistoryQuery(states=(ExecutionState.FAILED, ExecutionState.QUEUED)), [5, 4, 3, 1]),
        (HistoryQuery(states=(ExecutionState.SUCCEEDED,), job="odd"), []),
        (HistoryQuery(states=tuple(ExecutionState)), [5, 4, 3, 2, 1, 0]),
    ],
)
async def test_history_lists_what_was_asked_for_newest_first(store, filled, query, expected):
    assert await store.history(query) == [filled[number] for number in expected]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (NOON + 2 * SECOND, None, [5, 4, 3, 2]),
        (NOON + 2 * SECOND + 1, None, [5, 4, 3]),
        (None, NOON + 2 * SECOND, [1, 0]),
        (None, NOON + 2 * SECOND + 1, [2, 1, 0]),
        (NOON + SECOND, NOON + 3 * SECOND, [2, 1]),
        (NOON - HOUR, NOON + HOUR, [5, 4, 3, 2, 1, 0]),
        (-(2**80), 2**80, [5, 4, 3, 2, 1, 0]),
        (NOON + HOUR, None, []),
    ],
)
async def test_history_is_limited_by_birth(store, filled, since, until, expected):
    found = await store.history(HistoryQuery(since=since, until=until))

    assert found == [filled[number] for number in expected]


@pytest.mark.parametrize("job", [None, "odd"])
async def test_history_goes_on_at_the_cursor(store, filled, job):
    pages = []
    before = None
    while page := await store.history(HistoryQuery(job=job, limit=2, before=before)):
        pages += page
        before = page[-1].execution_id

    assert pages == [each for each in filled[::-1] if job in (None, each.job)]


async def test_history_never_gives_more_than_a_page(store, execution):
    await store.claim([execution(cause=Cause.MANUAL) for _ in range(LONGEST_PAGE + 1)], [])

    assert len(await store.history(HistoryQuery(limit=10**30))) == LONGEST_PAGE


async def test_an_unknown_execution_is_none(store):
    assert await store.execution("nobody") is None


async def test_calls_before_open_are_refused(path):
    with pytest.raises(StorageError, match="not open"):
        await SqliteStore(path).totals()


async def test_open_twice_is_refused(store):
    with pytest.raises(StorageError, match="open already"):
        await store.open()


async def test_calls_after_close_are_refused(store, execution):
    await store.close()

    for call in (
        store.open(),
        store.claim([execution()], []),
        store.record_started([]),
        store.record_finished([]),
        store.save_jobs([]),
        store.save_enabled(override=None, configured=True),
        store.history(HistoryQuery()),
        store.execution("x"),
        store.totals(),
    ):
        with pytest.raises(StorageError, match="closed"):
            await call


async def test_close_may_be_called_again_and_before_open(path):
    store = SqliteStore(path)
    await store.close()
    await store.close()

    assert not path.exists()


async def test_close_finishes_what_was_asked_for(open_store, execution):
    store, _ = await open_store()
    claims = [asyncio.ensure_future(store.claim([execution(slot=n)], [])) for n in range(50)]
    await asyncio.sleep(0)  # they have asked
    await store.close()

    assert all([len(await claim) == 1 for claim in claims])
    _, memory = await open_store()
    assert len(memory.unfinished) == 50


async def test_close_leaves_nothing_in_the_log(store, execution, path):
    await store.claim([execution(slot=1)], [])
    await store.history(HistoryQuery())
    await store.close()

    left = {file.name for file in path.parent.iterdir()}
    assert left == {"wakeful.db", "wakeful.db.lock"}


async def test_a_call_whose_task_is_cancelled_is_carried_out(store, execution):
    born = execution(slot=1)
    claim = asyncio.ensure_future(store.claim([born], []))
    await asyncio.sleep(0)
    claim.cancel()
    with pytest.raises(asyncio.CancelledError):
        await claim
    await store.save_jobs([])  # comes after it

    assert await store.execution(born.execution_id) == born


async def test_open_can_be_cancelled(path):
    store = SqliteStore(path)
    opening = asyncio.ensure_future(store.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening

    await store.open()
    await store.close()
