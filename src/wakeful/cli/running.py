"""``wakeful run`` and ``wakeful cancel``: executions by request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from wakeful.cli.documents import execution_document, print_document
from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note
from wakeful.cli.streaming import follow_log
from wakeful.cli.targets import running_executions
from wakeful.cli.waiting import ExecutionFailedError, describe_end, wait_for_end
from wakeful.core.errors import NotRunningError

if TYPE_CHECKING:
    from wakeful.client.records import ExecutionRecord
    from wakeful.client.scheduler import SchedulerClient


@click.command("run")
@click.argument("job", type=JobName())
@click.option("--wait", "-w", is_flag=True, help="Wait for its end; exit 0 only if it succeeded.")
@click.option("--follow", "-f", is_flag=True, help="Print its output as it appears, and wait.")
@click.option("--force", is_flag=True, help="Start it also if it is running already.")
@json_option
@click.pass_obj
def run_job(settings: Settings, *, job: str, wait: bool, follow: bool, force: bool) -> None:
    """Run JOB now, whether it is enabled or not.

    Prints the identifier of the execution; with --follow the output of the job instead.
    """
    if follow and settings.json:
        raise click.UsageError("--follow prints the output of the job; it does not go with --json")

    async def question(client: SchedulerClient) -> ExecutionRecord | None:
        if wait or follow:
            return await _run_to_end(client, settings, job, force=force, follow=follow)
        execution_id = await client.run_job(job, force=force)
        if settings.json:
            return await client.execution(execution_id)
        click.echo(execution_id)
        return None

    execution = ask(settings, question)
    if execution is None:
        return
    if settings.json:
        print_document(execution_document(execution))
    if not (wait or follow):
        return
    if execution.state != "succeeded":
        raise ExecutionFailedError(describe_end(execution))
    note(f"{describe_end(execution)}.")


async def _run_to_end(
    client: SchedulerClient, settings: Settings, job: str, *, force: bool, follow: bool
) -> ExecutionRecord:
    async with client.events() as stream:
        try:
            execution_id = await client.run_job(job, force=force)
        except asyncio.CancelledError:
            note(f"Interrupted while {job} was being started; it may run.")
            raise
        if not (follow or settings.json):
            click.echo(execution_id)
        end = asyncio.create_task(wait_for_end(client, stream, execution_id))
        try:
            if follow:
                await follow_log(client, execution_id, end)
            return await end
        except asyncio.CancelledError:
            note(f"{job} runs on; '{settings.command('cancel', execution_id)}' stops it.")
            raise
        finally:
            end.cancel()


@click.command("cancel")
@click.argument("target", metavar="EXECUTION|JOB", type=JobName())
@click.option("--reason", default="", help="Recorded with the execution.")
@click.pass_obj
def cancel(settings: Settings, target: str, reason: str) -> None:
    """Stop an execution, or all running executions of a job.

    The identifier of an execution may be cut to what tells it apart, six letters at least.
    Everything the job started gets SIGTERM, and SIGKILL if it does not heed that.
    """

    async def question(client: SchedulerClient) -> list[str]:
        job, identifiers = await running_executions(client, target)
        if job is not None and not identifiers:
            raise NotRunningError(f"{job.name} is not running")
        stopped: list[str] = []
        for identifier in identifiers:
            try:
                await client.cancel(identifier, reason=reason)
            except NotRunningError:
                if job is None:
                    raise
            else:
                stopped.append(identifier)
        return stopped

    for identifier in ask(settings, question):
        note(f"Stopping {identifier}.")
