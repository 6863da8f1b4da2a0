"""Clock changes: on which dates they affect jobs, and what is special about slots near them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wakeful.core.admitted_schedule import AdmittedSchedule
from wakeful.core.bounded_schedule import BoundedSchedule
from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.clock_change import (
    ChangeKind,
    ClockChange,
    Effect,
    SlotNoteKind,
    WallClockSchedule,
    affected_by_clock_change,
    slot_note,
)
from wakeful.core.instant import SECOND, to_datetime
from wakeful.core.jitter_schedule import JitterSchedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule
    from wakeful.services.catalogue import Entry

SLICE_SECONDS = 0.002
"""How long looking may keep the loop from everything else."""


@runtime_checkable
class _Telling(WallClockSchedule, Protocol):
    """A schedule that can say what it does when the clock changes."""


@dataclass(frozen=True, slots=True)
class JobClockChange:
    """A change of the clock that affects a job.

    Attributes:
        text: What happens to the job, for people: a sentence without its end.
    """

    job: str
    change: ClockChange
    text: str


async def clock_changes(
    entries: Iterable[Entry], after: Instant, until: Instant
) -> tuple[list[JobClockChange], list[str]]:
    """Find the changes of the clock in ``(after, until]`` that affect jobs.

    Returns:
        The changes in the order of time, and the names of jobs that follow a wall clock but
        cannot tell what they do about changes of it.
    """
    found: list[JobClockChange] = []
    untold: list[str] = []
    loop = asyncio.get_running_loop()
    end = loop.time() + SLICE_SECONDS
    for entry in entries:
        if loop.time() > end:
            await asyncio.sleep(0)
            end = loop.time() + SLICE_SECONDS
        schedule = _innermost(entry.schedule)
        if isinstance(schedule, _Telling):
            for change in affected_by_clock_change(schedule, after, until):
                if _counts(entry.schedule, change):
                    admitted = _as_admitted(entry.schedule, change)
                    text = _what_happens(admitted, entry)
                    found.append(JobClockChange(entry.job.name, admitted, text))
        elif isinstance(schedule, CalendarSchedule):
            untold.append(entry.job.name)
    found.sort(key=lambda one: one.change.at)
    return found, untold


def slot_notes(entry: Entry, slots: Iterable[Instant]) -> list[str]:
    """Say what a change of the clock does to slots of a job; empty where nothing is special."""
    schedule = _innermost(entry.schedule)
    if not isinstance(schedule, _Telling) or _is_delayed(entry.schedule):
        return ["" for _ in slots]
    return [_note_of(schedule, slot) for slot in slots]


def _innermost(schedule: Schedule | None) -> Schedule | None:
    """Give the schedule of the trigger itself."""
    while isinstance(schedule, JitterSchedule | AdmittedSchedule | BoundedSchedule):
        schedule = schedule.inner
    return schedule


def _is_delayed(schedule: Schedule | None) -> bool:
    """Whether slots are not at the times that were planned."""
    return isinstance(schedule, JitterSchedule)


def _counts(schedule: Schedule | None, change: ClockChange) -> bool:
    """Whether the times that a change concerns are not left out for another reason.

    What is not admitted on the days around a change is not affected by it.
    """
    shift = abs(change.after - change.before)
    low, high = change.at - shift * SECOND, change.at + shift * SECOND
    while isinstance(schedule, JitterSchedule | AdmittedSchedule | BoundedSchedule):
        if isinstance(schedule, BoundedSchedule):
            too_early = schedule.not_before is not None and high < schedule.not_before
            too_late = schedule.not_after is not None and low > schedule.not_after
            if too_early or too_late:
                return False
        elif isinstance(schedule, AdmittedSchedule):
            opening = schedule.admission.first_from(low // SECOND)
            if opening is None or opening[0] * SECOND > high:
                return False
        schedule = schedule.inner
    return True


def _as_admitted(schedule: Schedule | None, change: ClockChange) -> ClockChange:
    """Give a change with what becomes of its times if the run after a gap is not admitted."""
    if isinstance(schedule, JitterSchedule):
        schedule = schedule.inner
    if change.effect is not Effect.MOVED or schedule is None:
        return change
    runs = schedule.next_after(change.at - 1) == change.at
    return change if runs else replace(change, effect=Effect.SKIPPED)


def _what_happens(change: ClockChange, entry: Entry) -> str:
    times = _times(change)
    many = change.count > 1
    if change.kind is ChangeKind.GAP:
        subject = f"{times} {'do' if many else 'does'} not exist"
    else:
        subject = f"{times} {'come' if many else 'comes'} twice"
    match change.effect:
        case Effect.MOVED:
            moment = to_datetime(change.at, entry.job.zone)
            return f"{subject}; it runs once instead, at {_clock(moment)}"
        case Effect.SKIPPED:
            return f"{subject}; it does not run then"
        case Effect.FEWER:
            return f"{subject}; {_runs(change.count)} less"
        case Effect.ONCE:
            return f"{subject}; it runs the first time only"
        case Effect.TWICE:
            return f"{subject}; it runs both times"
        case Effect.MORE:
            return f"{subject}; {_runs(change.count)} more"


def _times(change: ClockChange) -> str:
    """Name the times: all if there are few, else the first and how many."""
    shown = [_clock(time) for time in change.times]
    if change.count == 1:
        return shown[0]
    if change.count <= len(shown):
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"{shown[0]}, {shown[1]} and {change.count - 2} more"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _note_of(schedule: WallClockSchedule, slot: Instant) -> str:
    note = slot_note(schedule, slot)
    if note is None:
        return ""
    match note.kind:
        case SlotNoteKind.MOVED:
            more = f" and {note.count - 1} more" if note.count > 1 else ""
            return f"instead of {_clock(note.time)}{more}, which the clock leaves out"
        case SlotNoteKind.ONLY_FIRST:
            return f"{_clock(note.time)} comes twice; the first only"
        case SlotNoteKind.FIRST_OF_TWO:
            return f"{_clock(note.time)} comes twice; the first"
        case SlotNoteKind.SECOND_OF_TWO:
            return f"{_clock(note.time)} comes twice; the second"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
