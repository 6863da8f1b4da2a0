"""Documents: what ``--json`` prints. Every key is always there, null where there is nothing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from wakeful.cli import moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.client.records import ExecutionRecord, JobDetails, JobRecord, Policies

Document = dict[str, Any]
DURATIONS: Final = frozenset({"within", "idle", "deadline", "lead", "at_most"})
"""Keys of policies that hold microseconds."""


def job_document(job: JobRecord) -> Document:
    """Describe a job; times are in its own zone."""
    return {
        "name": job.name,
        "description": job.description or None,
        "kind": job.kind or None,
        "trigger": job.trigger or None,
        "schedule": job.schedule or None,
        "timezone": job.timezone or None,
        "enabled": job.enabled,
        "next_run": moments.iso(job.next_run, job.timezone),
        "last_run": moments.iso(job.last_run, job.timezone),
        "last_state": job.last_state or None,
        "run_count": job.run_count,
        "failure_count": job.failure_count,
        "missed_count": job.missed_count,
        "error": job.error or None,
        "waiting": moments.iso(job.waiting, job.timezone),
        "waiting_reason": job.waiting_reason or None,
    }


def details_document(details: JobDetails) -> Document:
    """Describe a job with everything known about it."""
    job = details.job
    return {
        **job_document(job),
        "running": list(job.running),
        "problems": list(job.problems),
        "tags": list(job.tags),
        "slots": [moments.iso(slot, job.timezone) for slot in details.slots],
        "notes": [details.note_of(place) or None for place in range(len(details.slots))],
        "environment": list(details.environment),
        "working_directory": details.working_directory or None,
        "arguments": list(details.arguments),
        "timeout_ms": moments.milliseconds(details.timeout),
        "policies": policies_document(details.policies),
    }


def policies_document(policies: Policies) -> Document:
    """Describe what a job wants done about slots that cannot simply be served.

    The keys are those of the configuration, durations have their unit in the name.
    """
    return {
        "priority": policies.priority or None,
        "dst": policies.dst or None,
        **{
            key: _policy_document(values) if values else None
            for key, values in (
                ("missed", policies.missed),
                ("when", policies.when),
                ("wake", policies.wake),
                ("on_sleep", policies.on_sleep),
            )
        },
    }


def _policy_document(values: Mapping[str, object]) -> Document:
    return {
        f"{key}_ms" if key in DURATIONS else key: moments.milliseconds(value)
        if key in DURATIONS and isinstance(value, int)
        else value
        for key, value in values.items()
    }


def execution_document(execution: ExecutionRecord) -> Document:
    """Describe an execution; times are local."""
    return {
        "execution_id": execution.execution_id,
        "job": execution.job,
        "slot": moments.iso(execution.slot),
        "cause": execution.cause or None,
        "state": execution.state,
        "reason": execution.reason or None,
        "attempt": execution.attempt,
        "queued_at": moments.iso(execution.queued_at),
        "started_at": moments.iso(execution.started_at),
        "ended_at": moments.iso(execution.ended_at),
        "duration_ms": moments.milliseconds(execution.duration),
        "late_ms": moments.milliseconds(execution.late),
        "exit_status": execution.exit_status,
        "signal": execution.signal,
        "requested_by": execution.requested_by or None,
        "log": execution.log or None,
    }


def print_document(document: object, *, one_line: bool = False) -> None:
    """Print a document on standard output."""
    text = json.dumps(document, indent=None if one_line else 2, ensure_ascii=not _speaks_unicode())
    click.echo(text)


def _speaks_unicode() -> bool:
    """Whether any character can be written as it is."""
    encoding = getattr(sys.stdout, "encoding", None) or ""
    return encoding.lower().replace("-", "") == "utf8"
