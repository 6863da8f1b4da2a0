"""``wakeful history``: what ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.documents import execution_document, print_document
from wakeful.cli.executions import execution_table
from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note, terminal_width
from wakeful.cli.spans import since_option
from wakeful.client.records import STATES, HistoryRequest
from wakeful.core.problem import nearest

if TYPE_CHECKING:
    from wakeful.client.records import ExecutionRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

LIMIT: Final = 20


def _read_states(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    words = [word.strip().lower() for value in values for word in value.split(",")]
    for word in words:
        if word not in STATES:
            hint = nearest(word, STATES)
            raise click.BadParameter(
                f"'{word}' is not a state; the states are {', '.join(STATES)}"
                + (f" ({hint})" if hint else "")
            )
    return tuple(dict.fromkeys(words))


@click.command("history")
@click.option("--job", "-j", type=JobName(), default="", metavar="JOB", help="Only of this job.")
@click.option(
    "--state",
    "-s",
    "states",
    multiple=True,
    metavar="STATE[,STATE]",
    callback=_read_states,
    help="Only in these states; can be repeated.",
)
@click.option(
    "--limit", "-n", type=click.IntRange(min=1), default=LIMIT, show_default=True, help="At most."
)
@since_option
@json_option
@click.pass_obj
def history(
    settings: Settings, *, job: str, states: tuple[str, ...], limit: int, since: Instant | None
) -> None:
    """List executions, newest first, running ones included."""
    request = HistoryRequest(job=job, states=states, since=since, limit=limit)

    async def question(client: SchedulerClient) -> list[ExecutionRecord]:
        return await client.history(request)

    executions = ask(settings, question)
    if settings.json:
        print_document([execution_document(one) for one in executions])
    elif executions:
        click.echo(execution_table(executions, moments.now(), terminal_width()))
    else:
        narrowed = bool(job or states or since is not None)
        note("No execution is like that." if narrowed else "Nothing has run yet.")
