"""``wakeful power``: sleep, wake-ups and the clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import colours, moments
from wakeful.cli.documents import Document, print_document
from wakeful.cli.periods import period_document, period_table
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.spans import since_option
from wakeful.cli.table import Cell, format_facts
from wakeful.cli.text import plural

if TYPE_CHECKING:
    from wakeful.client.records import PeriodRecord, PowerRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

LIMIT: Final = 10
MOST: Final = 1000


@click.command("power")
@since_option
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=LIMIT,
    show_default=True,
    help="How many periods at most.",
)
@json_option
@click.pass_obj
def power(settings: Settings, *, since: Instant | None, limit: int) -> None:
    """Show what is known of sleep: what comes next, what is missing, and when the machine slept.

    A period is a time of sleep, a time without a running scheduler, or a clock that was set.
    """

    async def question(client: SchedulerClient) -> tuple[PowerRecord, list[PeriodRecord]]:
        periods = client.periods(since=since, limit=limit)
        return await asyncio.gather(client.power(), periods)

    record, periods = ask(settings, question)
    if settings.json:
        print_document(_document(record, periods))
        return
    click.echo(format_facts(_facts(record, moments.now())))
    if periods:
        click.echo(f"\n{period_table(periods, terminal_width())}")
    else:
        note("No sleep is on record.")


def _facts(record: PowerRecord, present: Instant) -> list[tuple[str, Cell]]:
    asleep = record.preparing_for_sleep
    state = Cell("about to sleep", colours.CAUTION) if asleep else Cell("awake", colours.GOOD)
    return [
        ("Machine", state),
        ("Last wake-up", Cell(_last_wake(record, present))),
        ("Next wake-up", Cell(_next_wake(record, present))),
        *(("Kept awake by", Cell(job, colours.BUSY)) for job in record.holds),
        *(
            ("Missing", Cell(f"{name}: {what.rstrip('.')}.", colours.CAUTION))
            for name, what in record.missing
        ),
    ]


def _last_wake(record: PowerRecord, present: Instant) -> str:
    if record.last_wake is None:
        return "none since the scheduler started"
    count = plural(record.wake_count, "wake-up")
    slept = moments.lasted(record.last_nap)
    return f"{moments.relative(record.last_wake, present)}, after {slept} of sleep; {count} so far"


def _next_wake(record: PowerRecord, present: Instant) -> str:
    if record.wake_at is None:
        return "no job is to wake the machine"
    when = f"{moments.exact(record.wake_at)} ({moments.relative(record.wake_at, present)})"
    return f"{when}, for {record.wake_job}, should it sleep then"


def _document(record: PowerRecord, periods: list[PeriodRecord]) -> Document:
    return {
        "preparing_for_sleep": record.preparing_for_sleep,
        "wake_count": record.wake_count,
        "last_wake": moments.iso(record.last_wake),
        "last_nap_ms": moments.milliseconds(record.last_nap) if record.last_wake else None,
        "wake_at": moments.iso(record.wake_at),
        "wake_job": record.wake_job or None,
        "holds": list(record.holds),
        "missing": dict(record.missing),
        "periods": [period_document(one) for one in periods],
    }
