"""All there is to say of a job, and of clock changes, as typed dictionaries of Scheduler1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.adapters.dbus.library import Variant
from wakeful.adapters.presence.records import Record, job_record, pack
from wakeful.core.instant import from_timedelta
from wakeful.core.trigger import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.policy import Conditions, Missed, SleepPolicy, Wake
    from wakeful.services.clock_changes import JobClockChange
    from wakeful.services.reports import JobReport

_DETAILS = {
    "slots": "at",
    "notes": "as",
    "environment": "as",
    "working_directory": "s",
    "arguments": "as",
    "timeout": "t",
    "priority": "s",
    "dst": "s",
    "missed": "a{sv}",
    "when": "a{sv}",
    "wake": "a{sv}",
    "on_sleep": "a{sv}",
}


def job_details(report: JobReport, slots: Sequence[Instant], notes: Sequence[str]) -> Record:
    """Write all there is to say of a job. Values of its environment are not told.

    Args:
        report: The job.
        slots: The next ones.
        notes: What is special about each of them.
    """
    job, launch = report.job, report.job.launch
    return job_record(report) | pack(
        _DETAILS,
        {
            "slots": list(slots),
            "notes": list(notes),
            "environment": sorted(launch.environment) if launch else None,
            "working_directory": (launch.working_directory or None) if launch else None,
            "arguments": list(launch.arguments) if launch else None,
            "timeout": _microseconds(job.timeout),
            **_policies(job),
        },
    )


def _policies(job: Job) -> dict[str, object]:
    trigger = job.trigger
    planned = job.trigger_key not in {"", "on"}
    return {
        "priority": job.priority.name.lower(),
        "dst": trigger.policy.value if isinstance(trigger, CronTrigger) else None,
        "missed": _missed(job.missed) if planned else None,
        "when": _when(job.conditions) if job.conditions else None,
        "wake": _wake(job.wake) if job.wake else None,
        "on_sleep": _on_sleep(job.on_sleep),
    }


def _missed(missed: Missed) -> Record:
    return pack(
        {"policy": "s", "within": "t", "cap": "u"},
        {
            "policy": missed.action.value,
            "within": _microseconds(missed.within),
            "cap": missed.cap,
        },
    )


def _when(conditions: Conditions) -> Record:
    return pack(
        {
            "ac": "b",
            "battery_above": "u",
            "idle": "t",
            "metered": "b",
            "network": "b",
            "load_below": "d",
            "deadline": "t",
            "at_deadline": "s",
        },
        {
            "ac": conditions.ac,
            "battery_above": conditions.battery_above,
            "idle": _microseconds(conditions.idle),
            "metered": conditions.metered,
            "network": conditions.online,
            "load_below": conditions.load_below,
            "deadline": _microseconds(conditions.deadline),
            "at_deadline": conditions.at_deadline.value,
        },
    )


def _wake(wake: Wake) -> Record:
    return {
        "lead": Variant("t", from_timedelta(wake.lead)),
        "battery_above": Variant("u", wake.battery_above),
        "lid": Variant("b", wake.lid),
    }


def _on_sleep(policy: SleepPolicy) -> Record:
    return {
        "policy": Variant("s", policy.action.value),
        "at_most": Variant("t", from_timedelta(policy.at_most)),
    }


def _microseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else from_timedelta(duration)


_CLOCK_CHANGE = {
    "job": "s",
    "at": "t",
    "before": "i",
    "after": "i",
    "kind": "s",
    "effect": "s",
    "count": "u",
    "times": "as",
    "runs_at": "t",
    "text": "s",
}


def clock_change_record(affected: JobClockChange) -> Record:
    """Write a change of the clock that affects a job."""
    change = affected.change
    return pack(
        _CLOCK_CHANGE,
        {
            "job": affected.job,
            "at": change.at,
            "before": change.before,
            "after": change.after,
            "kind": change.kind.value,
            "effect": change.effect.value,
            "count": change.count,
            "times": [time.isoformat() for time in change.times],
            "runs_at": change.runs_at,
            "text": affected.text,
        },
    )
