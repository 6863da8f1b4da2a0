"""``wakeful logs``: what an execution printed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.streaming import follow_log, print_log
from wakeful.cli.targets import one_execution
from wakeful.cli.waiting import wait_for_end

if TYPE_CHECKING:
    from wakeful.cli.settings import Settings
    from wakeful.client.scheduler import SchedulerClient


@click.command("logs")
@click.argument("target", metavar="EXECUTION|JOB", type=JobName())
@click.option("--follow", "-f", is_flag=True, help="Go on until the execution has ended.")
@click.pass_obj
def logs(settings: Settings, target: str, *, follow: bool) -> None:
    """Print the output of an execution, or of the latest execution of a job.

    The identifier of an execution may be cut to what tells it apart, six letters at least.
    """

    async def question(client: SchedulerClient) -> None:
        if follow:
            await _follow(client, target)
        else:
            await print_log(client, (await one_execution(client, target)).execution_id)

    ask(settings, question)


async def _follow(client: SchedulerClient, target: str) -> None:
    async with client.events() as stream:
        execution = await one_execution(client, target)
        if execution.ended:
            await print_log(client, execution.execution_id)
            return
        end = asyncio.create_task(wait_for_end(client, stream, execution.execution_id))
        try:
            await follow_log(client, execution.execution_id, end)
            await end
        finally:
            end.cancel()
