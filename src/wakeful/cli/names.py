"""Names on the command line: of jobs and executions, and completing them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import click

from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wakeful.client.records import JobRecord

    _ParameterType = click.ParamType[str]
else:
    _ParameterType = click.ParamType  # older releases cannot be subscripted

COMPLETION_DEADLINE: Final = 0.2
"""Seconds a person pressing Tab has to wait at most for the daemon."""


class JobName(_ParameterType):
    """The name of a job; a shell completes it from the running daemon."""

    name = "job"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Give the names of jobs; none if the daemon is not there or slow."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when completing

        options = ctx.find_root().params
        bus = "system" if options.get("system") else options.get("bus") or "session"
        return [
            CompletionItem(job.name, help=job.description or job.schedule)
            for job in _known_jobs(bus)
            if job.name.startswith(incomplete)
        ]


def _known_jobs(bus: str) -> list[JobRecord]:
    from wakeful.client.scheduler import SchedulerClient  # noqa: PLC0415 - loads the bus library

    async def jobs() -> list[JobRecord]:
        async with (
            asyncio.timeout(COMPLETION_DEADLINE),
            await SchedulerClient.connect(bus, start=False) as client,
        ):
            return await client.list_jobs()

    try:
        return asyncio.run(jobs())
    except (WakefulError, TimeoutError, OSError):
        return []
