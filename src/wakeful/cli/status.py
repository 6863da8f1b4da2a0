"""``wakeful status`` and ``wakeful health``: the scheduler itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from wakeful.cli import colours, moments
from wakeful.cli.documents import Document, execution_document, print_document
from wakeful.cli.executions import execution_table
from wakeful.cli.exits import FAILED
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.table import Cell, format_facts
from wakeful.cli.text import plural
from wakeful.client.records import FAILED_STATES, HistoryRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.client.records import DaemonRecord, ExecutionRecord, HealthRecord, JobRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

LAST_FAILURES: Final = 5
MOST_RUNNING: Final = 1000


class Overview(NamedTuple):
    """All that ``status`` shows."""

    daemon: DaemonRecord
    pid: int | None
    jobs: Sequence[JobRecord]
    running: Sequence[ExecutionRecord]
    failures: Sequence[ExecutionRecord]

    @property
    def next_job(self) -> JobRecord | None:
        """The job that is due first."""
        due = [job for job in self.jobs if job.enabled and job.next_run is not None]
        return min(due, key=lambda job: job.next_run or 0, default=None)


@click.command("status")
@json_option
@click.pass_obj
def status(settings: Settings) -> None:
    """Show the scheduler at a glance: what runs, what comes next, what went wrong."""

    async def question(client: SchedulerClient) -> Overview:
        live = HistoryRequest(states=("queued", "running"), limit=MOST_RUNNING)
        failed = HistoryRequest(states=FAILED_STATES, limit=LAST_FAILURES)
        return Overview(
            *await asyncio.gather(
                client.daemon(),
                client.daemon_pid(),
                client.list_jobs(),
                client.history(live),
                client.history(failed),
            )
        )

    overview = ask(settings, question)
    present = moments.now()
    if settings.json:
        print_document(_status_document(settings, overview, present))
        return
    click.echo(format_facts(_status_facts(settings, overview, present)))
    for title, executions in (("Running:", overview.running), ("Failed:", overview.failures)):
        if executions:
            click.echo(f"\n{title}")
            click.echo(execution_table(executions, present, terminal_width()))


def _status_facts(
    settings: Settings, overview: Overview, present: Instant
) -> list[tuple[str, Cell]]:
    daemon, following = overview.daemon, overview.next_job
    process = f"process {overview.pid}" if overview.pid else "running"
    if daemon.started_at is not None:
        process += f", for {moments.lasted(max(present - daemon.started_at, 0))}"
    return [
        ("Wakeful", Cell(f"{daemon.version}, {process}")),
        ("Bus", Cell(settings.bus)),
        (
            "Scheduler",
            Cell("enabled", colours.GOOD) if daemon.enabled else Cell("paused", colours.CAUTION),
        ),
        ("Configuration", Cell(daemon.configuration_file)),
        ("State", Cell(daemon.state_directory)),
        ("Jobs", _jobs_cell(overview.jobs)),
        ("Running", Cell(str(len(overview.running)), colours.BUSY if overview.running else "")),
        (
            "Next",
            Cell(f"{following.name} {moments.relative(following.next_run, present)}")
            if following
            else Cell("nothing"),
        ),
    ]


def _jobs_cell(jobs: Sequence[JobRecord]) -> Cell:
    disabled = sum(not job.enabled for job in jobs)
    broken = sum(bool(job.error) for job in jobs)
    parts = [plural(len(jobs), "job").partition(" ")[0]]
    if disabled:
        parts.append(f"{disabled} disabled")
    if broken:
        parts.append(f"{plural(broken, 'job')} with errors")
    return Cell(", ".join(parts), colours.BAD if broken else "")


def _status_document(settings: Settings, overview: Overview, present: Instant) -> Document:
    daemon, following = overview.daemon, overview.next_job
    started = daemon.started_at
    return {
        "version": daemon.version or None,
        "bus": settings.bus,
        "pid": overview.pid,
        "started_at": moments.iso(started),
        "uptime_seconds": None if started is None else max(present - started, 0) // 1_000_000,
        "enabled": daemon.enabled,
        "timezone": daemon.timezone or None,
        "configuration_file": daemon.configuration_file or None,
        "state_directory": daemon.state_directory or None,
        "job_count": len(overview.jobs),
        "disabled_count": sum(not job.enabled for job in overview.jobs),
        "error_count": sum(bool(job.error) for job in overview.jobs),
        "running": [execution_document(one) for one in overview.running],
        "next_job": following.name if following else None,
        "next_run": moments.iso(following.next_run, following.timezone) if following else None,
        "failures": [execution_document(one) for one in overview.failures],
    }


@click.command("health")
@json_option
@click.pass_context
def health(context: click.Context) -> None:
    """Say whether all is well; exit 0 if so, 1 if not."""
    settings: Settings = context.obj

    async def question(client: SchedulerClient) -> HealthRecord:
        return await client.health()

    record = ask(settings, question)
    if settings.json:
        print_document(_health_document(record))
    else:
        click.echo(format_facts(_health_facts(record)))
        for problem in record.problems:
            note(problem)
    if not record.healthy:
        context.exit(FAILED)


def _health_facts(record: HealthRecord) -> list[tuple[str, Cell]]:
    word = Cell("healthy", colours.GOOD) if record.healthy else Cell("not healthy", colours.BAD)
    return [
        ("Wakeful", word),
        *([("Message", Cell(record.message))] if record.message else []),
        *(
            (name, Cell("ok", colours.GOOD) if good else Cell("wrong", colours.BAD))
            for name, good in record.checks
        ),
        *(("Failing", Cell(name, colours.BAD)) for name in record.failing_jobs),
    ]


def _health_document(record: HealthRecord) -> Document:
    return {
        "healthy": record.healthy,
        "message": record.message or None,
        "checks": dict(record.checks),
        "uptime_seconds": record.uptime // 1_000_000,
        "job_count": record.job_count,
        "running_count": record.running_count,
        "failing_jobs": list(record.failing_jobs),
        "problems": list(record.problems),
        "next_job": record.next_job or None,
        "next_run": moments.iso(record.next_run),
        "last_execution": record.last_execution or None,
        "total_executions": record.total_executions,
        "succeeded": record.succeeded,
        "failed": record.failed,
    }
