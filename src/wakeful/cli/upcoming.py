"""``wakeful next``: what will run."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.colours import CAUTION
from wakeful.cli.documents import print_document
from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.table import Cell, Column, format_table

if TYPE_CHECKING:
    from wakeful.client.records import DaemonRecord, JobRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

COUNT: Final = 10
MOST: Final = 1000
_FEW: Final = 4
_MORE: Final = 8
_COLUMNS: Final = (Column("TIME"), Column("IN", right=True), Column("JOB", least=12))
_NOTE: Final = Column("NOTE", least=10)

Planned = tuple["Instant", str, str, str]
"""A slot, the name of the job, its zone, and what is special about the slot."""


@click.command("next")
@click.argument("job", type=JobName(), required=False)
@click.option(
    "--count",
    "-n",
    type=click.IntRange(1, MOST),
    default=COUNT,
    show_default=True,
    help="How many slots.",
)
@json_option
@click.pass_obj
def upcoming(settings: Settings, job: str | None, count: int) -> None:
    """List the next slots of all jobs, or of JOB, in the order of time.

    Slots that a change of the clock affects have a note.
    """

    async def question(client: SchedulerClient) -> tuple[list[Planned], str, DaemonRecord]:
        if job is None:
            planned = await slots_of_all(client, count)
            why = ""
        else:
            record, planned = await _slots_of(client, job, count)
            why = "" if planned else why_none(record)
        return planned, why, await client.daemon()

    planned, why, daemon = ask(settings, question)
    if settings.json:
        print_document([_document(one) for one in planned])
    elif planned:
        click.echo(_table(planned))
    if why:
        note(why)
    if not daemon.enabled:
        note("The scheduler is paused; no job runs by the clock until it is resumed.")
    elif not planned and not why:
        note("No job is due.")


async def slots_of_all(client: SchedulerClient, count: int) -> list[Planned]:
    """Give the next slots over all jobs.

    Jobs are asked in the order of their first slots, and no further than the slots found so
    far reach: what comes later cannot be among the first ``count``.
    """
    jobs = [job for job in await client.list_jobs() if job.enabled and job.next_run is not None]
    jobs.sort(key=lambda job: job.next_run or 0)
    # The first slots alone may be enough of them: nothing behind the last of these counts.
    bound = jobs[count - 1].next_run if len(jobs) >= count else None
    found: list[Planned] = []
    for job in jobs:
        if len(found) == count:
            bound = found[-1][0]
        if bound is not None and (job.next_run or 0) > bound:
            break
        for one in await _slots_until(client, job.name, count, bound):
            insort(found, one)
        del found[count:]
    return found


async def _slots_until(
    client: SchedulerClient, name: str, count: int, bound: Instant | None
) -> list[Planned]:
    """Give the next slots of a job, at most ``count``, and not many more than up to a bound."""
    wanted = min(_FEW, count)
    while True:
        _, planned = await _slots_of(client, name, wanted)
        reached = bound is not None and bool(planned) and planned[-1][0] > bound
        if reached or wanted == count or len(planned) < wanted:
            return planned
        wanted = min(wanted * _MORE, count)


async def _slots_of(
    client: SchedulerClient, name: str, count: int
) -> tuple[JobRecord, list[Planned]]:
    details = await client.get_job(name, slots=count)
    job = details.job
    if not job.enabled or job.error:
        return job, []
    return job, [
        (slot, job.name, job.timezone, details.note_of(place))
        for place, slot in enumerate(details.slots[:count])
    ]


def why_none(job: JobRecord) -> str:
    """Say why a job has no next slot."""
    if job.error:
        return f"{job.name} cannot run: {job.error}."
    if not job.enabled:
        return f"{job.name} is disabled; no run is planned."
    if not job.trigger:
        return f"{job.name} runs by hand only; no run is planned."
    if job.trigger == "on" or job.schedule.lower() == "@reboot":
        return f"{job.name} runs when something happens ({job.schedule}); no run is planned."
    return f"{job.name} has no further slot."


def _document(planned: Planned) -> dict[str, str | None]:
    slot, job, zone, note = planned
    return {
        "job": job,
        "slot": moments.iso(slot, zone),
        "timezone": zone or None,
        "note": note or None,
    }


def _table(planned: list[Planned]) -> str:
    """Lay out slots for people, with notes if there are any."""
    present = moments.now()
    rows = [
        (
            Cell(moments.exact(slot, zone)),
            Cell(moments.relative(slot, present).removeprefix("in ")),
            Cell(job),
            Cell(note, CAUTION),
        )
        for slot, job, zone, note in planned
    ]
    if any(note for *_, note in planned):
        return format_table((*_COLUMNS, _NOTE), rows, width=terminal_width())
    return format_table(_COLUMNS, [row[:-1] for row in rows], width=terminal_width())
