"""A store that remembers as long as the test lasts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError
from wakeful.core.execution import ExecutionState
from wakeful.core.plan import Close, SlotState
from wakeful.services.ports import Memory, Totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.services.ports import HistoryQuery, JobRecord, PeriodQuery

_FAILED = frozenset({ExecutionState.FAILED, ExecutionState.TIMED_OUT})
_FAILURES = _FAILED | {ExecutionState.LOST}


@dataclass(slots=True)
class _Counts:
    """What is known of one job beyond its record."""

    runs: int = 0
    failures: int = 0
    missed: int = 0
    last_slot: Instant | None = None
    last: Execution | None = None

    def reach(self, slot: Instant | None) -> None:
        """Take note that a slot is decided on."""
        if slot is not None:
            self.last_slot = slot if self.last_slot is None else max(slot, self.last_slot)


@dataclass(slots=True)
class _Disk:
    """What survives the end of a store."""

    executions: dict[str, Execution] = field(default_factory=dict)
    closings: list[Close] = field(default_factory=list)
    records: dict[str, JobRecord] = field(default_factory=dict)
    counts: defaultdict[str, _Counts] = field(default_factory=lambda: defaultdict(_Counts))
    override: bool | None = None
    configured: bool | None = None
    periods: list[Period] = field(default_factory=list)
    active_until: Instant | None = None
    boot: str = ""

    def last_sign_of_life(self) -> Instant | None:
        """Give the last instant at which the daemon was at work for sure."""
        signs = [counts.last_slot for counts in self.counts.values()]
        signs += [one.queued_at for one in self.executions.values()]
        signs += [self.active_until, self.periods[-1].until if self.periods else None]
        return max((one for one in signs if one is not None), default=None)

    def is_closed(self, execution: Execution) -> bool:
        """Say whether the slot of an execution was closed, and not by a wrong clock."""
        slot = execution.slot
        return slot is not None and any(
            one.job == execution.job and one.span.first <= slot <= one.span.last
            for one in self.closings
            if one.span.last <= execution.queued_at
        )


class MemoryStore:
    """Implements `wakeful.services.ports.Store`.

    Attributes:
        failure: If set, every call raises `StorageError` with this text and changes nothing, as
            when the disk is full.
        calls: The names of the calls that changed something, in order.
    """

    def __init__(self) -> None:
        self._disk = _Disk()
        self._state = "not open"
        self.failure = ""
        self.calls: list[str] = []

    def successor(self) -> MemoryStore:
        """Give a store that is not open yet and finds what this one wrote: a restart."""
        other = MemoryStore()
        other._disk = self._disk
        return other

    @property
    def executions(self) -> list[Execution]:
        """All executions on record, oldest first."""
        return [self._disk.executions[one] for one in sorted(self._disk.executions)]

    @property
    def closings(self) -> list[Close]:
        """All closed slots on record, in the order they were closed."""
        return list(self._disk.closings)

    @property
    def records(self) -> dict[str, JobRecord]:
        """The records of jobs as they were given."""
        return dict(self._disk.records)

    @property
    def switches(self) -> tuple[bool | None, bool | None]:
        """What was toggled and what is configured of the whole scheduler."""
        return self._disk.override, self._disk.configured

    async def open(self) -> Memory:
        """See `wakeful.services.ports.Store`."""
        if self.failure or self._state != "not open":
            raise StorageError(self.failure or f"the store is {self._state}")
        self._state = "open already"
        return self._recall()

    def _recall(self) -> Memory:
        disk = self._disk
        unfinished = [one for one in self.executions if not one.state.final]
        claimed = [(one.job, one.slot) for one in unfinished if one.slot is not None]
        jobs: dict[str, JobRecord] = {}
        for name, record in disk.records.items():
            counts = disk.counts[name]
            decided = [slot for job, slot in claimed if job == name]
            if counts.last_slot is not None:
                decided.append(counts.last_slot)
            jobs[name] = replace(
                record,
                accounted_until=max([record.accounted_until, *decided]),
                run_count=counts.runs,
                failure_count=counts.failures,
                missed_count=counts.missed,
                last=counts.last,
            )
        return Memory(
            jobs=jobs,
            unfinished=unfinished,
            enabled_override=disk.override,
            configured_enabled=disk.configured,
            periods=tuple(disk.periods),
            active_until=disk.last_sign_of_life(),
        )

    def _change(self, call: str) -> _Disk:
        disk = self._look()
        self.calls.append(call)
        return disk

    def _look(self) -> _Disk:
        if self.failure:
            raise StorageError(self.failure)
        if self._state != "open already":
            raise StorageError(f"the store is {self._state}")
        return self._disk

    async def claim(
        self, executions: Sequence[Execution], closings: Sequence[Close]
    ) -> frozenset[str]:
        """See `wakeful.services.ports.Store`."""
        disk = self._change("claim")
        recorded: set[str] = set()
        taken: set[tuple[str, Instant | None]] = {
            (one.job, one.slot) for one in disk.executions.values() if one.slot is not None
        }
        for execution in executions:
            slot = execution.job, execution.slot
            if execution.execution_id in disk.executions or slot in taken:
                continue
            if disk.is_closed(execution):
                continue
            disk.executions[execution.execution_id] = replace(
                execution, state=ExecutionState.QUEUED
            )
            recorded.add(execution.execution_id)
            if execution.slot is not None:
                taken.add(slot)
        for closing in closings:
            self._close(disk, closing)
        return frozenset(recorded)

    @staticmethod
    def _close(disk: _Disk, closing: Close) -> None:
        job, span = closing.job, closing.span
        if any(
            (one.job, one.span.first, one.span.last) == (job, span.first, span.last)
            for one in disk.closings
        ):
            return
        disk.closings.append(closing)
        counts = disk.counts[job]
        counts.missed += span.count if closing.state is SlotState.MISSED else 0
        counts.reach(span.last)

    async def record_started(self, executions: Sequence[Execution]) -> None:
        """See `wakeful.services.ports.Store`."""
        disk = self._change("record_started")
        for execution in executions:
            known = disk.executions.get(execution.execution_id)
            if known is not None and not known.state.final:
                disk.executions[execution.execution_id] = execution

    async def record_finished(self, executions: Sequence[Execution]) -> None:
        """See `wakeful.services.ports.Store`.

        Raises:
            ValueError: An execution has no outcome.
        """
        for execution in executions:
            if not execution.state.final:
                raise ValueError(f"execution {execution.execution_id} is {execution.state}")
        disk = self._change("record_finished")
        for execution in executions:
            known = disk.executions.get(execution.execution_id)
            if known is None or known.state.final:
                continue
            disk.executions[execution.execution_id] = execution
            counts = disk.counts[execution.job]
            counts.runs += 1
            counts.failures += execution.state in _FAILURES
            counts.reach(execution.slot)
            if counts.last is None or counts.last.execution_id < execution.execution_id:
                counts.last = execution

    async def save_jobs(self, records: Sequence[JobRecord]) -> None:
        """See `wakeful.services.ports.Store`."""
        disk = self._change("save_jobs")
        for record in records:
            disk.records[record.name] = record
            counts = disk.counts[record.name]
            counts.runs = max(counts.runs, record.run_count)
            counts.failures = max(counts.failures, record.failure_count)
            counts.missed = max(counts.missed, record.missed_count)

    async def save_enabled(self, *, override: bool | None, configured: bool) -> None:
        """See `wakeful.services.ports.Store`."""
        disk = self._change("save_enabled")
        disk.override, disk.configured = override, configured

    async def record_periods(self, periods: Sequence[Period]) -> None:
        """See `wakeful.services.ports.Store`."""
        self._change("record_periods").periods.extend(periods)

    async def record_active(self, until: Instant) -> None:
        """See `wakeful.services.ports.Store`."""
        self._change("record_active").active_until = until

    async def remember_boot(self, boot: str) -> bool:
        """See `wakeful.services.ports.Store`."""
        disk = self._change("remember_boot")
        known, disk.boot = disk.boot, boot
        return known != boot

    async def periods(self, query: PeriodQuery) -> Sequence[Period]:
        """See `wakeful.services.ports.Store`."""
        found = [
            one
            for one in reversed(self._look().periods)
            if (query.since is None or one.until > query.since)
            and (query.until is None or one.since < query.until)
        ]
        return found[: max(query.limit, 0)]

    async def closing_of_slot(self, job: str, slot: Instant) -> Close | None:
        """See `wakeful.services.ports.Store`."""
        for one in self._look().closings:
            if one.job == job and one.span.first <= slot <= one.span.last:
                return one
        return None

    async def execution_of_slot(self, job: str, slot: Instant) -> Execution | None:
        """See `wakeful.services.ports.Store`."""
        for one in self._look().executions.values():
            if (one.job, one.slot) == (job, slot):
                return one
        return None

    async def last_slot(self, job: str, until: Instant) -> Instant | None:
        """See `wakeful.services.ports.Store`."""
        disk = self._look()
        slots = [one.slot for one in disk.executions.values() if one.job == job]
        slots += [
            one.span.last if one.span.last <= until else one.span.first
            for one in disk.closings
            if one.job == job and one.span.first <= until
        ]
        return max((slot for slot in slots if slot is not None and slot <= until), default=None)

    async def history(self, query: HistoryQuery) -> Sequence[Execution]:
        """See `wakeful.services.ports.Store`."""
        self._look()
        found = [one for one in reversed(self.executions) if _matches(one, query)]
        return found[: max(query.limit, 0)]

    async def execution(self, execution_id: str) -> Execution | None:
        """See `wakeful.services.ports.Store`."""
        return self._look().executions.get(execution_id)

    async def totals(self) -> Totals:
        """See `wakeful.services.ports.Store`."""
        states = [one.state for one in self._look().executions.values()]
        return Totals(
            executions=len(states),
            succeeded=states.count(ExecutionState.SUCCEEDED),
            failed=sum(state in _FAILED for state in states),
        )

    async def close(self) -> None:
        """See `wakeful.services.ports.Store`."""
        self._state = "closed"


def _matches(execution: Execution, query: HistoryQuery) -> bool:
    return (
        query.job in (None, execution.job)
        and (not query.states or execution.state in query.states)
        and (query.since is None or execution.queued_at >= query.since)
        and (query.until is None or execution.queued_at < query.until)
        and (query.before is None or execution.execution_id < query.before)
    )
