from __future__ import annotations

import itertools

import pytest

from wakeful.core.execution import (
    TRANSITIONS,
    Cause,
    Execution,
    ExecutionState,
    ProcessExit,
    outcome_of,
)
from wakeful.core.instant import SECOND

NOON = 1_800_000_000 * SECOND
FINAL = [state for state in ExecutionState if state.final]


def execution(state=ExecutionState.QUEUED, **fields):
    given = {"cause": Cause.SCHEDULE, "slot": NOON, "queued_at": NOON + 1, "state": state}
    return Execution(execution_id="e", job="backup", **{**given, **fields})


def test_an_execution_is_queued_first():
    born = Execution(execution_id="e", job="j", cause=Cause.MANUAL, slot=None, queued_at=NOON)
    assert born.state is ExecutionState.QUEUED
    assert not born.state.final


def test_it_runs_once_its_process_exists():
    running = execution().running(pid=7, at=NOON + 5)
    assert (running.state, running.pid, running.started_at) == (ExecutionState.RUNNING, 7, NOON + 5)


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize("before", [ExecutionState.QUEUED, ExecutionState.RUNNING])
def test_it_may_end_in_any_way(before, state):
    ended = execution(before).ended(state, at=NOON + 9, reason="so", exit_status=3, signal=9)
    assert (ended.state, ended.ended_at, ended.reason) == (state, NOON + 9, "so")
    assert (ended.exit_status, ended.signal) == (3, 9)


@pytest.mark.parametrize(("before", "after"), [*itertools.product(FINAL, FINAL)])
def test_a_final_state_never_changes(before, after):
    with pytest.raises(ValueError, match=f"cannot go from {before} to {after}"):
        execution(before).ended(after, at=NOON)


@pytest.mark.parametrize("state", [ExecutionState.RUNNING, *FINAL])
def test_nothing_starts_twice(state):
    with pytest.raises(ValueError, match=f"cannot go from {state} to running"):
        execution(state).running(pid=1, at=NOON)


def test_nothing_ends_in_a_state_that_is_no_end():
    with pytest.raises(ValueError, match="to queued"):
        execution().ended(ExecutionState.QUEUED, at=NOON)


def test_every_state_says_what_may_follow():
    assert TRANSITIONS.keys() == set(ExecutionState)
    assert all(TRANSITIONS[state] == frozenset() for state in FINAL)


@pytest.mark.parametrize(
    ("slot", "started_at", "late"), [(NOON, NOON + 3, 3), (None, NOON, None), (NOON, None, None)]
)
def test_how_late_it_was(slot, started_at, late):
    assert execution(slot=slot, started_at=started_at).late == late


@pytest.mark.parametrize(
    ("started_at", "ended_at", "duration"),
    [(NOON, NOON + 3, 3), (None, NOON, None), (NOON, None, None), (NOON, NOON - SECOND, 0)],
)
def test_how_long_it_took_is_never_negative(started_at, ended_at, duration):
    assert execution(started_at=started_at, ended_at=ended_at).duration == duration


@pytest.mark.parametrize(
    ("ending", "state", "reason"),
    [
        (ProcessExit(exit_status=0), ExecutionState.SUCCEEDED, ""),
        (ProcessExit(exit_status=7), ExecutionState.FAILED, "exit status 7"),
        (ProcessExit(exit_status=255), ExecutionState.FAILED, "exit status 255"),
        (ProcessExit(signal=9), ExecutionState.FAILED, "killed by signal 9"),
        (ProcessExit(), ExecutionState.LOST, "ended while the daemon was not there"),
    ],
)
def test_success_is_exit_status_0_and_nothing_else(ending, state, reason):
    assert outcome_of(ending) == (state, reason)
