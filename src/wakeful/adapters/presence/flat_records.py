"""Jobs, executions and health with the field names of the original daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.core.execution import ExecutionState
from wakeful.core.instant import SECOND, to_datetime, to_iso
from wakeful.services.state_keeper import original_word

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.services.reports import HealthReport, JobReport


def job_entry(report: JobReport) -> dict[str, Any]:
    """Write a job."""
    job, last = report.job, report.last
    duration = last.duration if last else None
    entry: dict[str, Any] = {
        "name": job.name,
        "description": job.description,
        "skill": job.skill,
        "kind": job.kind,
        "cron": job.schedule_text if job.trigger_key == "cron" else "",
        "trigger": job.trigger_key,
        "schedule": job.schedule_text,
        "persona": job.persona,
        "enabled": report.enabled,
        "notify": list(job.notify),
        "next_run": to_iso(report.next_run, job.zone) if report.next_run else None,
        "last_run": to_iso(report.last_run, job.zone) if report.last_run else None,
        "last_status": _last_status(report),
        "last_duration_ms": None if duration is None else duration // 1000,
        "run_count": report.run_count,
        "failure_count": report.failure_count,
        "running": bool(report.running),
        "error": job.error or None,
    }
    return entry


def _last_status(report: JobReport) -> str | None:
    """Clients know success, failed and running, and nothing else."""
    if report.running:
        return "running"
    if report.last is None:
        return None
    return "success" if report.last.state is ExecutionState.SUCCEEDED else "failed"


def session_name(execution: Execution, skill: str) -> str:
    """Name an execution as the original did: readable, and unique by its end."""
    moment = to_datetime(execution.queued_at)
    label = (skill or execution.job).replace("/", "-")
    return f"cron-{label}-{moment:%Y%m%d-%H%M%S}-{execution.execution_id[-6:]}"


def execution_entry(execution: Execution, skill: str, preview: str) -> dict[str, Any]:
    """Write an execution."""
    duration = execution.duration
    succeeded = execution.state is ExecutionState.SUCCEEDED
    started = execution.started_at or execution.queued_at
    ended = execution.state.final
    return {
        "id": execution.execution_id,
        "execution_id": execution.execution_id,
        "job_name": execution.job,
        "job": execution.job,
        "skill": skill,
        "timestamp": to_iso(started),
        "started_at": to_iso(started),
        "completed_at": to_iso(execution.ended_at) if execution.ended_at else None,
        "success": succeeded,
        "status": original_word(execution.state),
        "state": execution.state.value,
        "duration_ms": None if duration is None else duration // 1000,
        "error": (execution.reason or execution.state.value) if ended and not succeeded else None,
        "output_preview": preview,
        "session_name": session_name(execution, skill),
    }


def health_entry(health: HealthReport, now: Instant) -> dict[str, Any]:
    """Write a judgement of health, with both sets of fields that were ever in use."""
    totals = health.totals
    judged = totals.succeeded + totals.failed
    last = health.last_execution
    upcoming = health.next_job
    return {
        "healthy": health.healthy,
        "checks": health.checks,
        "message": health.message,
        "timestamp": to_iso(now),
        "jobs_executed": totals.executions,
        "jobs_failed": totals.failed,
        "scheduler_running": health.checks["scheduler_running"],
        "job_count": health.job_count,
        "next_job": upcoming
        and {
            "name": upcoming[0],
            "scheduled": to_iso(upcoming[1]),
            "in_seconds": max((upcoming[1] - now) // SECOND, 0),
        },
        "last_execution": last
        and {
            "job": last.job,
            "status": original_word(last.state),
            "completed_at": to_iso(last.ended_at) if last.ended_at else None,
        },
        "uptime_seconds": int(health.uptime),
        "stats": {
            "total_executions": totals.executions,
            "successful": totals.succeeded,
            "failed": totals.failed,
            "success_rate": round(totals.succeeded / judged, 3) if judged else 1.0,
        },
    }
