"""What a simulation came to, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.colours import BAD, CAUTION, FAINT, GOOD
from wakeful.cli.settings import note, terminal_width
from wakeful.cli.table import Cell, Column, format_table
from wakeful.cli.text import plural
from wakeful.core.decision import Close, Defer, Start
from wakeful.core.execution import Cause
from wakeful.core.instant import to_datetime, to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from wakeful.cli.documents import Document
    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.scenario import Happening, Scenario
    from wakeful.core.simulated_count import SlotCounts

_COLUMNS: Final = (
    Column("TIME"),
    Column("JOB", least=12),
    Column("OUTCOME"),
    Column("SLOT"),
    Column("LATE", right=True),
    Column("REASON", least=12),
)
_SUMMARY: Final = (
    Column("JOB", least=12),
    Column("IN TIME", right=True),
    Column("MADE UP", right=True),
    Column("COALESCED", right=True),
    Column("SKIPPED", right=True),
    Column("MISSED", right=True),
    Column("OPEN", right=True),
    Column("NOTE", least=12, optional=True),
)
_COLOURS: Final = {"made-up": CAUTION, "missed": BAD, "waits": CAUTION, "open": CAUTION}


def is_in_time(happening: Happening) -> bool:
    """Say whether a job runs when its slot comes."""
    what = happening.what
    return isinstance(what, Start) and what.cause is Cause.SCHEDULE


def _outcome(happening: Happening) -> str:
    """Say in one word what happens."""
    what = happening.what
    if isinstance(what, Start):
        return "made-up" if what.cause is Cause.CATCH_UP else "runs"
    if isinstance(what, Close):
        return str(what.state)
    return "waits" if isinstance(what, Defer) else "open"


def _slots(happening: Happening) -> tuple[Instant, Instant, int]:
    """Give the first and the last slot something happens to, and how many there are."""
    what = happening.what
    if isinstance(what, Start | Defer):
        return what.slot, what.slot, 1
    return what.span.first, what.span.last, what.span.count


def _why_not(job: Job) -> str:
    """Say why a job does not take part; empty if it does."""
    if job.error:
        return f"cannot run: {job.error}"
    if not job.enabled:
        return "disabled"
    return "" if job.trigger is not None else "by hand only"


def scenario_document(
    scenario: Scenario,
    told: Iterable[Happening],
    counts: Mapping[str, SlotCounts],
    zone: tzinfo,
) -> Document:
    """Describe it; times are in the zone given.

    Args:
        scenario: What was imagined.
        told: What happened in it; read to its end before anything is counted.
        counts: By job.
        zone: For all times.
    """
    events = [_event(one, zone) for one in told]
    return {
        "from": to_iso(scenario.begin, zone),
        "to": to_iso(scenario.end, zone),
        "jobs": [_job(job, counts[job.name]) for job in scenario.jobs],
        "events": events,
    }


def _job(job: Job, counts: SlotCounts) -> Document:
    return {
        "name": job.name,
        "slots": counts.slots,
        "in_time": counts.in_time,
        "made_up": counts.made_up,
        "coalesced": counts.coalesced,
        "skipped": counts.skipped,
        "missed": counts.missed,
        "open": counts.open,
        "note": _why_not(job) or None,
    }


def _event(happening: Happening, zone: tzinfo) -> Document:
    what = happening.what
    first, last, count = _slots(happening)
    reason = None if isinstance(what, Start) else str(what.reason)
    return {
        "time": to_iso(happening.at, zone),
        "job": what.job,
        "outcome": _outcome(happening),
        "slot": to_iso(first, zone),
        "last_slot": to_iso(last, zone),
        "count": count,
        "stands_for": what.coalesced if isinstance(what, Start) else None,
        "late_ms": moments.milliseconds(happening.at - first) if isinstance(what, Start) else None,
        "reason": reason,
    }


def print_scenario(
    scenario: Scenario,
    told: Sequence[Happening],
    counts: Mapping[str, SlotCounts],
    zone: tzinfo,
) -> None:
    """Print it for people: what happened, and then how often for each job."""
    if told:
        rows = [_row(one, zone) for one in told]
        click.echo(format_table(_COLUMNS, rows, width=terminal_width()))
        click.echo()
    summary = [_summary(job, counts[job.name]) for job in scenario.jobs]
    click.echo(format_table(_SUMMARY, summary, width=terminal_width()))
    begin, end = _exact(scenario.begin, zone), _exact(scenario.end, zone)
    note(f"{plural(len(scenario.jobs), 'job')} from {begin} to {end}.")


def _row(happening: Happening, zone: tzinfo) -> tuple[Cell, ...]:
    what = happening.what
    first, last, count = _slots(happening)
    outcome = _outcome(happening)
    slot = "" if happening.at == first else _exact(first, zone)
    if count > 1:
        slot = f"{_exact(first, zone)} … {_exact(last, zone)} ({count})"
    late, reason = "", ""
    if isinstance(what, Start):
        late = moments.lasted(happening.at - first) if happening.at > first else ""
        reason = f"stands for {plural(what.coalesced + 1, 'slot')}" if what.coalesced else ""
    else:
        reason = str(what.reason)
    colour = GOOD if outcome == "runs" else _COLOURS.get(outcome, FAINT)
    return (
        Cell(_exact(happening.at, zone)),
        Cell(what.job),
        Cell(outcome, colour),
        Cell(slot),
        Cell(late),
        Cell(reason),
    )


def _summary(job: Job, counts: SlotCounts) -> tuple[Cell, ...]:
    numbers = (counts.in_time, counts.made_up, counts.coalesced, counts.skipped)
    return (
        Cell(job.name),
        *(Cell(str(number)) for number in numbers),
        Cell(str(counts.missed), BAD if counts.missed else ""),
        Cell(str(counts.open)),
        Cell(_why_not(job)),
    )


def _exact(instant: Instant, zone: tzinfo) -> str:
    return f"{to_datetime(instant, zone):%Y-%m-%d %H:%M:%S %Z}"
