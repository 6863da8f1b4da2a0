"""``wakeful enable``, ``disable``, ``pause`` and ``resume``: what runs by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wakeful.cli import moments
from wakeful.cli.names import JobName
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, note

if TYPE_CHECKING:
    from wakeful.client.records import JobRecord
    from wakeful.client.scheduler import SchedulerClient


@click.command("enable")
@click.argument("job", type=JobName())
@click.pass_obj
def enable(settings: Settings, job: str) -> None:
    """Let JOB run by the clock; it is remembered over restarts."""

    async def question(client: SchedulerClient) -> JobRecord:
        await client.set_job_enabled(job, enabled=True)
        return (await client.get_job(job)).job

    record = ask(settings, question)
    following = moments.relative(record.next_run, moments.now())
    note(f"{record.name} is enabled" + (f", and runs {following}." if following else "."))


@click.command("disable")
@click.argument("job", type=JobName())
@click.pass_obj
def disable(settings: Settings, job: str) -> None:
    """Keep JOB from running by the clock; what runs now goes on.

    It is remembered over restarts, and 'wakeful run' still starts the job.
    """

    async def question(client: SchedulerClient) -> None:
        await client.set_job_enabled(job, enabled=False)

    ask(settings, question)
    note(f"{job} is disabled.")


@click.command("pause")
@click.pass_obj
def pause(settings: Settings) -> None:
    """Keep all jobs from running by the clock; what runs now goes on."""
    _set_enabled(settings, enabled=False)
    note("The scheduler is paused; no job runs by the clock.")


@click.command("resume")
@click.pass_obj
def resume(settings: Settings) -> None:
    """Let jobs run by the clock again."""
    _set_enabled(settings, enabled=True)
    note("The scheduler runs jobs by the clock.")


def _set_enabled(settings: Settings, *, enabled: bool) -> None:
    async def question(client: SchedulerClient) -> None:
        await client.set_enabled(enabled=enabled)

    ask(settings, question)
