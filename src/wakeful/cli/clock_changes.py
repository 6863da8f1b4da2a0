"""``wakeful dst``: when changes of the clock affect jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.colours import CAUTION
from wakeful.cli.documents import Document, print_document
from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.table import Cell, Column, format_table
from wakeful.cli.text import plural
from wakeful.core.errors import NoSuchJobError
from wakeful.core.instant import DAY, to_datetime
from wakeful.core.problem import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.client.records import ClockChangeRecord, ClockChanges, JobRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

YEARS: Final = 2
MOST_YEARS: Final = 20
_YEAR: Final = 365 * DAY + DAY // 4
_COLUMNS: Final = (
    Column("DATE"),
    Column("CLOCK"),
    Column("JOB", least=12),
    Column("WHAT HAPPENS", least=20),
)
_UNUSUAL: Final = frozenset({"moved", "skipped", "twice"})


@click.command("dst")
@click.argument("jobs", metavar="[JOB]...", nargs=-1, type=JobName())
@click.option(
    "--years",
    type=click.IntRange(1, MOST_YEARS),
    default=YEARS,
    show_default=True,
    help="How far ahead.",
)
@json_option
@click.pass_obj
def dst(settings: Settings, *, jobs: tuple[str, ...], years: int) -> None:
    """List every date on which a change of the clock affects a job, and what happens to it.

    Such are the days on which daylight saving begins and ends. Without JOB: of all jobs.
    """
    until = moments.now() + years * _YEAR

    async def question(client: SchedulerClient) -> tuple[list[JobRecord], ClockChanges]:
        only = jobs[0] if len(jobs) == 1 else ""
        return await asyncio.gather(client.list_jobs(), client.clock_changes(only, until=until))

    known, found = ask(settings, question)
    _check(jobs, known)
    zones = {job.name: job.timezone for job in known}
    wanted = set(jobs) or set(zones)
    changes = [one for one in found.changes if one.job in wanted]
    untold = [name for name in found.untold if name in wanted]
    if settings.json:
        print_document({"changes": [_document(one, zones) for one in changes], "untold": untold})
        return
    if changes:
        click.echo(_table(changes, zones))
    else:
        note(f"No change of the clock affects a job within {plural(years, 'year')}.")
    if untold:
        note(f"Not told here, for they follow calendar events: {', '.join(untold)}.")


def _check(names: Sequence[str], known: Sequence[JobRecord]) -> None:
    """Make sure that all jobs are there.

    Raises:
        NoSuchJobError: One is not.
    """
    present = [job.name for job in known]
    for name in names:
        if name not in present:
            hint = nearest(name, present).rstrip("?")
            raise NoSuchJobError(f"there is no job '{name}'", hint=hint)


def _table(changes: Sequence[ClockChangeRecord], zones: dict[str, str]) -> str:
    rows = [
        (
            Cell(moments.exact(one.at, zones.get(one.job, ""))[:10]),
            Cell(f"{_shown(one.at, one.before)} → {_shown(one.at, one.after)}"),
            Cell(one.job),
            Cell(one.text, CAUTION if one.effect in _UNUSUAL else ""),
        )
        for one in changes
    ]
    return format_table(_COLUMNS, rows, width=terminal_width())


def _shown(instant: Instant, offset: int) -> str:
    """Give what a clock with an offset shows."""
    return f"{to_datetime(instant, timezone(timedelta(seconds=offset))):%H:%M}"


def _document(change: ClockChangeRecord, zones: dict[str, str]) -> Document:
    zone = zones.get(change.job, "")
    return {
        "job": change.job,
        "timezone": zone or None,
        "at": moments.iso(change.at, zone),
        "offset_before_seconds": change.before,
        "offset_after_seconds": change.after,
        "kind": change.kind,
        "effect": change.effect,
        "count": change.time_count,
        "times": list(change.times),
        "runs_at": moments.iso(change.runs_at, zone),
        "text": change.text,
    }
