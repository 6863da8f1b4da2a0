"""Entries of the catalogue, from a job and what is remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.clock_step import after_step_back
from wakeful.core.instant import from_timedelta
from wakeful.core.trigger import AtTrigger, EveryTrigger, OccasionTrigger
from wakeful.services.catalogue import Entry

if TYPE_CHECKING:
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.services.ports import JobRecord


def first_entry(job: Job, now: Instant) -> Entry:
    """Make the entry of a job that was never seen before.

    Nothing is owed to it from the past, but for the one instant it may name.
    """
    owed = isinstance(job.trigger, AtTrigger) and job.trigger.at <= now
    accounted_until = job.trigger.at - 1 if owed and isinstance(job.trigger, AtTrigger) else now
    return _entry(job, anchor=now, accounted_until=accounted_until)


def remembered_entry(job: Job, record: JobRecord, now: Instant) -> Entry:
    """Make the entry of a job that was there in an earlier life of the daemon.

    A trigger that changed meanwhile starts anew; so does a switch that was edited. Should the
    clock have been set back since, the job goes on as after any such step.
    """
    if record.planning == job.planning:
        entry = _entry(job, anchor=record.anchor, accounted_until=record.accounted_until)
        step_back(entry, now=now, step=now - record.accounted_until)
    else:
        entry = first_entry(job, now)
    entry.override = record.override if record.configured == job.enabled else None
    _go_on_counting(entry, record)
    return entry


def changed_entry(job: Job, present: Entry, now: Instant) -> Entry:
    """Make the entry of a job whose definition was edited while it is in force."""
    record = present.record()
    entry = remembered_entry(job, record, now)
    entry.live = present.live
    if record.planning == job.planning and present.waiting is not None:
        entry.waiting, entry.answer = present.waiting, present.answer
        if isinstance(job.trigger, OccasionTrigger):
            entry.schedule = present.schedule
    return entry


def catch_up(entry: Entry, present: Entry | None) -> None:
    """Bring an entry up to what happened to the one it replaces since it was made from that."""
    if present is None or present is entry:
        return
    _go_on_counting(entry, present)
    if present.job.planning == entry.job.planning:
        entry.accounted_until = max(entry.accounted_until, present.accounted_until)
        entry.waiting, entry.answer = present.waiting, present.answer


def step_back(entry: Entry, *, now: Instant, step: int) -> None:
    """Let a job go on after the clock was set, see `after_step_back`."""
    trigger = entry.job.trigger
    interval = from_timedelta(trigger.interval) if isinstance(trigger, EveryTrigger) else None
    entry.accounted_until, anchor = after_step_back(
        accounted_until=entry.accounted_until,
        anchor=entry.anchor,
        interval=interval,
        now=now,
        step=step,
    )
    if anchor != entry.anchor:
        entry.anchor, entry.schedule = anchor, entry.job.schedule(anchor)


def _go_on_counting(entry: Entry, known: Entry | JobRecord) -> None:
    entry.last = known.last
    entry.run_count = known.run_count
    entry.failure_count = known.failure_count
    entry.missed_count = known.missed_count


def _entry(job: Job, *, anchor: Instant, accounted_until: Instant) -> Entry:
    schedule = job.schedule(anchor)
    return Entry(job=job, schedule=schedule, anchor=anchor, accounted_until=accounted_until)
