"""``wakeful why``: what became of a slot and why, or what stands in the way of the next one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.colours import BAD, CAUTION, GOOD
from wakeful.cli.documents import Document, print_document
from wakeful.cli.names import JobName
from wakeful.cli.periods import period_document, period_text
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option
from wakeful.cli.table import Cell, format_facts
from wakeful.cli.text import plural
from wakeful.cli.times import parse_time
from wakeful.core.instant import DAY

if TYPE_CHECKING:
    from wakeful.client.records import ExplanationRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

RECENT: Final = 7 * DAY
"""How far back a slot that was not executed is still worth a word."""
MOST_STEPS: Final = 10
"""How many slots, or runs of slots with the same fate, are looked at for one."""
_NEGATIVE: Final = re.compile(r"^-(\d.*)$")
_COLOURS: Final = {
    "executed": GOOD,
    "deferred": CAUTION,
    "skipped": CAUTION,
    "coalesced": CAUTION,
    "missed": BAD,
}


class _WithNegativeTimes(click.Command):
    """Takes ``-3h`` for an argument, not for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write such arguments in the other way before they are read."""
        end = args.index("--") if "--" in args else len(args)
        given = [_NEGATIVE.sub(r"\1 ago", word) for word in args[:end]]
        return super().parse_args(ctx, given + args[end:])


@click.command("why", cls=_WithNegativeTimes)
@click.argument("job", type=JobName())
@click.argument("time", required=False)
@json_option
@click.pass_obj
def why(settings: Settings, *, job: str, time: str | None) -> None:
    """Say what became of the last slot of JOB until TIME, and why.

    TIME is a time of day (02:30, the last one), 'yesterday 02:30', a date, a time in ISO 8601,
    or how long ago (3h or -3h); what has no offset is in the zone of the job. Without TIME: when
    JOB runs next, what stands in the way, and the last slot that was not executed.
    """
    present = moments.now()
    if time is not None:
        _read(time, present, "")  # before anybody is asked

    async def question(
        client: SchedulerClient,
    ) -> tuple[str, ExplanationRecord, ExplanationRecord | None]:
        zone = (await client.get_job(job)).job.timezone
        if time is not None:
            return zone, await client.explain(job, _read(time, present, zone)), None
        return zone, await client.explain(job), await _last_not_executed(client, job, present)

    zone, explanation, previous = ask(settings, question)
    if settings.json:
        document = _document(explanation, zone)
        if time is None:
            document["previous"] = None if previous is None else _document(previous, zone)
        print_document(document)
        return
    click.echo(format_facts(_facts(explanation, zone)))
    if previous is not None:
        click.echo("\nNot executed before:")
        click.echo(format_facts(_facts(previous, zone)))


def _read(text: str, present: Instant, zone: str) -> Instant:
    try:
        return parse_time(text, present, zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="TIME") from error


async def _last_not_executed(
    client: SchedulerClient, job: str, present: Instant
) -> ExplanationRecord | None:
    """Find the last slot that came and was not executed; None if that was long ago or never."""
    at = present
    for _ in range(MOST_STEPS):
        found = await client.explain(job, at)
        if found.slot is None or found.slot < present - RECENT:
            return None
        if found.state not in {"executed", "deferred", "unknown"}:
            return found
        at = found.slot - 1
    return None


def _facts(explanation: ExplanationRecord, zone: str) -> list[tuple[str, Cell]]:
    state = explanation.state
    if explanation.execution_state:
        state += f", {explanation.execution_state}"
    obstacles = [one for one in explanation.obstacles if one not in explanation.text]
    facts = [
        ("Job", Cell(explanation.job)),
        ("Slot", Cell(moments.exact(explanation.slot, zone))),
        ("State", Cell(state, _COLOURS.get(explanation.state, ""))),
        ("Reason", Cell(explanation.reason)),
        ("Why", Cell(explanation.text)),
        *(("In its way", Cell(one, CAUTION)) for one in obstacles),
        ("Execution", Cell(explanation.execution_id)),
        ("Shared by", Cell(_span_text(explanation, zone))),
        *(("Meanwhile", Cell(period_text(one, zone))) for one in explanation.periods),
    ]
    return [(label, cell) for label, cell in facts if cell.text]


def _span_text(explanation: ExplanationRecord, zone: str) -> str:
    """Name the slots with the same fate, if there are several."""
    if (explanation.slot_count or 0) < 2:  # noqa: PLR2004 - several
        return ""
    begin, end = moments.exact(explanation.first, zone), moments.exact(explanation.last, zone)
    return f"{plural(explanation.slot_count or 0, 'slot')}, from {begin} to {end}"


def _document(explanation: ExplanationRecord, zone: str) -> Document:
    return {
        "job": explanation.job,
        "slot": moments.iso(explanation.slot, zone),
        "state": explanation.state,
        "reason": explanation.reason or None,
        "text": explanation.text,
        "obstacles": list(explanation.obstacles),
        "execution_id": explanation.execution_id or None,
        "execution_state": explanation.execution_state or None,
        "first": moments.iso(explanation.first, zone),
        "last": moments.iso(explanation.last, zone),
        "count": explanation.slot_count,
        "periods": [period_document(one, zone) for one in explanation.periods],
    }
