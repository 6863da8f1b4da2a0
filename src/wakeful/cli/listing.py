"""``wakeful list`` and ``wakeful show``: the jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import colours, moments
from wakeful.cli.colours import state_cell
from wakeful.cli.documents import (
    details_document,
    execution_document,
    job_document,
    print_document,
)
from wakeful.cli.executions import execution_table
from wakeful.cli.names import JobName
from wakeful.cli.policies import policy_facts
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.table import Cell, Column, format_facts, format_table
from wakeful.cli.text import plural
from wakeful.client.records import HistoryRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.client.records import DaemonRecord, ExecutionRecord, JobDetails, JobRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

RECENT: Final = 5
_COLUMNS: Final = (
    Column("JOB", least=12),
    Column("SCHEDULE", least=9),
    Column("NEXT"),
    Column("LAST"),
    Column("RESULT"),
    Column("NOTE", least=10, optional=True),
)


@click.command("list")
@json_option
@click.pass_obj
def list_jobs(settings: Settings) -> None:
    """List the jobs, in the order of the configuration."""

    async def question(client: SchedulerClient) -> tuple[list[JobRecord], DaemonRecord]:
        return await asyncio.gather(client.list_jobs(), client.daemon())

    jobs, daemon = ask(settings, question)
    if settings.json:
        print_document([job_document(job) for job in jobs])
    elif jobs:
        click.echo(job_table(jobs, moments.now(), terminal_width()))
    else:
        note(f"There are no jobs yet; {daemon.configuration_file or 'the configuration'} has none.")
    _remarks(settings, jobs, daemon)


def _remarks(settings: Settings, jobs: Sequence[JobRecord], daemon: DaemonRecord) -> None:
    if not daemon.enabled:
        note(_paused(settings))
    broken = [job.name for job in jobs if job.error]
    if broken:
        note(
            f"{plural(len(broken), 'job')} cannot run;"
            f" '{settings.command('show', broken[0])}' says why."
        )


def _paused(settings: Settings) -> str:
    return f"The scheduler is paused; '{settings.command('resume')}' lets jobs run again."


def job_table(jobs: Sequence[JobRecord], present: Instant, width: int | None) -> str:
    """Lay out jobs for people."""
    rows = [
        (
            Cell(job.name),
            Cell(schedule_text(job)),
            next_cell(job, present),
            Cell(moments.relative(job.last_run, present)),
            _result_cell(job),
            Cell(job.error, colours.BAD) if job.error else Cell(job.description, colours.FAINT),
        )
        for job in jobs
    ]
    return format_table(_COLUMNS, rows, width=width)


def schedule_text(job: JobRecord) -> str:
    """Say when a job runs: a cron expression as it is, anything else with its trigger."""
    if not job.schedule:
        return "by hand" if not job.trigger else job.trigger
    return job.schedule if job.trigger == "cron" else f"{job.trigger} {job.schedule}".strip()


def next_cell(job: JobRecord, present: Instant) -> Cell:
    """Say when a job runs next, or why it does not."""
    if job.error:
        return Cell("cannot run", colours.BAD)
    if not job.enabled:
        return Cell("disabled", colours.FAINT)
    if job.waiting is not None:
        return Cell(f"waiting: {job.waiting_reason}", colours.CAUTION)
    return Cell(moments.relative(job.next_run, present) or "-")


def _result_cell(job: JobRecord) -> Cell:
    return state_cell("running" if job.running else job.last_state)


@click.command("show")
@click.argument("job", type=JobName())
@json_option
@click.pass_obj
def show_job(settings: Settings, job: str) -> None:
    """Show everything about one JOB: its definition, what comes next, what came last."""

    async def question(
        client: SchedulerClient,
    ) -> tuple[JobDetails, list[ExecutionRecord], DaemonRecord]:
        latest = HistoryRequest(job=job, limit=RECENT)
        return await asyncio.gather(client.get_job(job), client.history(latest), client.daemon())

    details, recent, daemon = ask(settings, question)
    if not daemon.enabled:
        note(_paused(settings))
    if settings.json:
        print_document(
            {**details_document(details), "recent": [execution_document(one) for one in recent]}
        )
        return
    present = moments.now()
    click.echo(format_facts(_facts(details, present)))
    if recent:
        click.echo()
        click.echo(execution_table(recent, present, terminal_width(), with_job=False))


def _facts(details: JobDetails, present: Instant) -> list[tuple[str, Cell]]:
    job = details.job
    arguments = " ".join(details.arguments)
    facts = [
        ("Job", Cell(job.name)),
        ("Description", Cell(job.description)),
        ("Error", Cell(job.error, colours.BAD)),
        *(
            ("Problem", Cell(problem, colours.CAUTION))
            for problem in job.problems
            if problem not in job.error
        ),
        ("Kind", Cell(job.kind)),
        ("Schedule", Cell(schedule_text(job))),
        ("Timezone", Cell(job.timezone)),
        ("Enabled", Cell("yes") if job.enabled else Cell("no", colours.CAUTION)),
        ("Waiting", Cell(_waiting_text(job, present), colours.CAUTION)),
        *_planned(details, present),
        *(("Running", Cell(one, colours.BUSY)) for one in job.running),
        ("Last run", Cell(_both(job.last_run, job.timezone, present))),
        ("Last result", state_cell(job.last_state)),
        ("Runs", Cell(f"{job.run_count}, {job.failure_count} failed, {job.missed_count} missed")),
        ("Command", Cell(arguments)),
        ("Folder", Cell(details.working_directory)),
        ("Variables", Cell(", ".join(details.environment))),
        ("Timeout", Cell(moments.lasted(details.timeout))),
        *policy_facts(details.policies),
        ("Tags", Cell(", ".join(job.tags))),
    ]
    return [(label, cell) for label, cell in facts if cell.text]


def _planned(details: JobDetails, present: Instant) -> list[tuple[str, Cell]]:
    job = details.job
    slots = details.slots or ((job.next_run,) if job.next_run else ())
    if not job.enabled or job.error:
        return []
    labels = ["Next runs" if len(slots) > 1 else "Next run", *[""] * len(slots)]
    notes = [details.note_of(place) for place in range(len(slots))]
    return [
        (label, Cell(_both(slot, job.timezone, present) + (f", {note}" if note else "")))
        for label, slot, note in zip(labels, slots, notes, strict=False)
    ]


def _waiting_text(job: JobRecord, present: Instant) -> str:
    if job.waiting is None:
        return ""
    return f"{job.waiting_reason}, the slot of {_both(job.waiting, job.timezone, present)}"


def _both(instant: Instant | None, zone: str, present: Instant) -> str:
    """Write a time exactly, and how far away it is."""
    if instant is None:
        return ""
    return f"{moments.exact(instant, zone)} ({moments.relative(instant, present)})"
