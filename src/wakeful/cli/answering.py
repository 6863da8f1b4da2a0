"""``wakeful answer``: what becomes of the missed slot of a job that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, note

if TYPE_CHECKING:
    from wakeful.client.scheduler import SchedulerClient

RUN: Final = "run"
SKIP: Final = "skip"


@click.command("answer")
@click.argument("job", type=JobName())
@click.argument("answer", type=click.Choice([RUN, SKIP]))
@click.pass_obj
def answer_missed(settings: Settings, *, job: str, answer: str) -> None:
    """Decide on the missed slot of JOB, which asks: run it now, or skip it.

    It is for jobs with "missed": "ask"; 'wakeful list' shows which of them wait.
    """

    async def question(client: SchedulerClient) -> None:
        await client.answer_missed(job, run=answer == RUN)

    ask(settings, question)
    if answer == RUN:
        note(f"{job} makes up for its missed slot now.")
    else:
        note(f"{job} does not make up for its missed slot.")
