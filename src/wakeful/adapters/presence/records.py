"""Jobs, executions and the like as the typed dictionaries of org.wakeful.Scheduler1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.adapters.dbus.library import Variant

if TYPE_CHECKING:
    from wakeful.core.event import ConfigurationReloaded
    from wakeful.core.execution import Execution
    from wakeful.core.period import Period
    from wakeful.services.explanation import Explanation
    from wakeful.services.reports import HealthReport, JobReport

Record = dict[str, Any]


def pack(signatures: dict[str, str], values: dict[str, object]) -> Record:
    """Make variants of all values but None, which stand for what does not apply."""
    return {
        name: Variant(signatures[name], value)
        for name, value in values.items()
        if value is not None
    }


_JOB = {
    "name": "s",
    "description": "s",
    "kind": "s",
    "trigger": "s",
    "schedule": "s",
    "timezone": "s",
    "enabled": "b",
    "next_run": "t",
    "last_run": "t",
    "last_state": "s",
    "run_count": "u",
    "failure_count": "u",
    "missed_count": "u",
    "running": "as",
    "error": "s",
    "problems": "as",
    "tags": "as",
    "waiting": "t",
    "waiting_reason": "s",
}


def job_record(report: JobReport) -> Record:
    """Write a job for a listing."""
    job, waiting = report.job, report.waiting
    return pack(
        _JOB,
        {
            "name": job.name,
            "description": job.description,
            "kind": job.kind,
            "trigger": job.trigger_key,
            "schedule": job.schedule_text,
            "timezone": job.timezone,
            "enabled": report.enabled,
            "next_run": report.next_run,
            "last_run": report.last_run,
            "last_state": report.last.state.value if report.last else None,
            "run_count": report.run_count,
            "failure_count": report.failure_count,
            "missed_count": report.missed_count,
            "running": list(report.running) or None,
            "error": job.error or None,
            "problems": [str(problem) for problem in job.problems] or None,
            "tags": list(job.tags) or None,
            "waiting": waiting.slot if waiting else None,
            "waiting_reason": str(waiting.reason) if waiting else None,
        },
    )


_EXECUTION = {
    "execution_id": "s",
    "job": "s",
    "slot": "t",
    "cause": "s",
    "state": "s",
    "reason": "s",
    "attempt": "u",
    "queued_at": "t",
    "started_at": "t",
    "ended_at": "t",
    "duration": "t",
    "late": "x",
    "exit_status": "i",
    "signal": "i",
    "requested_by": "s",
    "log": "s",
    "pid": "u",
}


def execution_record(execution: Execution) -> Record:
    """Write an execution."""
    return pack(
        _EXECUTION,
        {
            "execution_id": execution.execution_id,
            "job": execution.job,
            "slot": execution.slot,
            "cause": execution.cause.value,
            "state": execution.state.value,
            "reason": execution.reason or None,
            "attempt": execution.attempt,
            "queued_at": execution.queued_at,
            "started_at": execution.started_at,
            "ended_at": execution.ended_at,
            "duration": execution.duration,
            "late": execution.late,
            "exit_status": execution.exit_status,
            "signal": execution.signal,
            "requested_by": execution.requested_by or None,
            "log": execution.log,
            "pid": execution.pid,
        },
    )


def reload_record(outcome: ConfigurationReloaded) -> Record:
    """Write what a reload has changed."""
    return {
        "added": Variant("as", list(outcome.added)),
        "removed": Variant("as", list(outcome.removed)),
        "changed": Variant("as", list(outcome.changed)),
        "problems": Variant("as", [str(problem) for problem in outcome.problems]),
    }


_HEALTH = {
    "healthy": "b",
    "message": "s",
    "checks": "a{sb}",
    "uptime": "t",
    "job_count": "u",
    "running_count": "u",
    "failing_jobs": "as",
    "problems": "as",
    "next_job": "s",
    "next_run": "t",
    "last_execution": "s",
    "total_executions": "t",
    "succeeded": "t",
    "failed": "t",
}


def health_record(health: HealthReport) -> Record:
    """Write a judgement of health."""
    last = health.last_execution
    return pack(
        _HEALTH,
        {
            "healthy": health.healthy,
            "message": health.message,
            "checks": health.checks,
            "uptime": int(health.uptime * 1_000_000),
            "job_count": health.job_count,
            "running_count": health.running_count,
            "failing_jobs": list(health.failing_jobs),
            "problems": list(health.problems),
            "next_job": health.next_job[0] if health.next_job else None,
            "next_run": health.next_job[1] if health.next_job else None,
            "last_execution": last.execution_id if last else None,
            "total_executions": health.totals.executions,
            "succeeded": health.totals.succeeded,
            "failed": health.totals.failed,
        },
    )


_PERIOD = {
    "kind": "s",
    "since": "t",
    "until": "t",
    "asleep": "t",
    "step": "x",
    "source": "s",
}


def period_record(period: Period) -> Record:
    """Write a time of sleep, of absence, or between two times a clock showed."""
    return pack(
        _PERIOD,
        {
            "kind": period.kind.value,
            "since": period.since,
            "until": period.until,
            "asleep": period.asleep or None,
            "step": period.step or None,
            "source": period.source,
        },
    )


_EXPLANATION = {
    "job": "s",
    "slot": "t",
    "state": "s",
    "reason": "s",
    "text": "s",
    "obstacles": "as",
    "execution_id": "s",
    "execution_state": "s",
    "first": "t",
    "last": "t",
    "count": "u",
    "periods": "aa{sv}",
}


def explanation_record(explanation: Explanation) -> Record:
    """Write what became of a slot, and why."""
    execution, span = explanation.execution, explanation.span
    return pack(
        _EXPLANATION,
        {
            "job": explanation.job,
            "slot": explanation.slot,
            "state": explanation.state,
            "reason": explanation.reason or None,
            "text": explanation.text,
            "obstacles": list(explanation.obstacles) or None,
            "execution_id": execution.execution_id if execution else None,
            "execution_state": execution.state.value if execution else None,
            "first": span.first if span else None,
            "last": span.last if span else None,
            "count": span.count if span else None,
            "periods": [period_record(one) for one in explanation.periods] or None,
        },
    )
