"""Executions: actual runs, the states they go through, and how they are recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


class ExecutionState(StrEnum):
    """Where an execution stands."""

    QUEUED = "queued"
    """Claimed and recorded; its process does not exist yet."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """Ended with exit status 0."""
    FAILED = "failed"
    """Ended otherwise, or could not be started."""
    TIMED_OUT = "timed-out"
    """Stopped because it took too long."""
    CANCELLED = "cancelled"
    """Stopped because somebody asked."""
    LOST = "lost"
    """The daemon was not there when it ended, and how it ended cannot be told."""

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self not in (ExecutionState.QUEUED, ExecutionState.RUNNING)


_FINAL = frozenset(state for state in ExecutionState if state.final)
TRANSITIONS: dict[ExecutionState, frozenset[ExecutionState]] = {
    ExecutionState.QUEUED: _FINAL | {ExecutionState.RUNNING},
    ExecutionState.RUNNING: _FINAL,
    **{state: frozenset() for state in _FINAL},
}
"""What may follow each state. A final state never changes."""


class Cause(StrEnum):
    """Why an execution takes place."""

    SCHEDULE = "schedule"
    """Its slot came."""
    CATCH_UP = "catch-up"
    """Its slot had passed unattended and the job wants it made up for."""
    MANUAL = "manual"
    """Somebody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One actual run of a slot or of a request.

    Attributes:
        execution_id: Sorts by time of birth; see `names.execution_identifier`.
        slot: The planned instant; None for a request.
        reason: A word or sentence why the state is what it is; empty for plain success.
        attempt: Counts from 1.
        signal: The number of the signal that ended it, if one did.
        requested_by: Who asked, for a request.
        pid: Process id, which is also the id of its group and session.
        log: Path of its output.
    """

    execution_id: str
    job: str
    cause: Cause
    slot: Instant | None
    queued_at: Instant
    state: ExecutionState = ExecutionState.QUEUED
    reason: str = ""
    attempt: int = 1
    started_at: Instant | None = None
    ended_at: Instant | None = None
    exit_status: int | None = None
    signal: int | None = None
    requested_by: str = ""
    pid: int | None = None
    log: str = ""

    def running(self, *, pid: int, at: Instant) -> Execution:
        """Give the record once its process exists."""
        self._check(ExecutionState.RUNNING)
        return replace(self, state=ExecutionState.RUNNING, pid=pid, started_at=at)

    def ended(
        self,
        state: ExecutionState,
        *,
        at: Instant,
        reason: str = "",
        exit_status: int | None = None,
        signal: int | None = None,
    ) -> Execution:
        """Give the record with its outcome.

        Raises:
            ValueError: It has an outcome already.
        """
        self._check(state)
        return replace(
            self, state=state, ended_at=at, reason=reason, exit_status=exit_status, signal=signal
        )

    def _check(self, state: ExecutionState) -> None:
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"an execution cannot go from {self.state} to {state}")

    @property
    def late(self) -> int | None:
        """Microseconds between slot and start, if it had both."""
        if self.slot is None or self.started_at is None:
            return None
        return self.started_at - self.slot

    @property
    def duration(self) -> int | None:
        """Microseconds between start and end, by the wall clock, if it had both."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(self.ended_at - self.started_at, 0)


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a process ended: with an exit status, or by a signal; neither if nobody knows."""

    exit_status: int | None = None
    signal: int | None = None


def outcome_of(ending: ProcessExit) -> tuple[ExecutionState, str]:
    """Judge an ending that nobody asked for. Success is exit status 0 and nothing else."""
    if ending.signal is not None:
        return ExecutionState.FAILED, f"killed by signal {ending.signal}"
    if ending.exit_status is None:
        return ExecutionState.LOST, "ended while the daemon was not there"
    if ending.exit_status == 0:
        return ExecutionState.SUCCEEDED, ""
    return ExecutionState.FAILED, f"exit status {ending.exit_status}"
