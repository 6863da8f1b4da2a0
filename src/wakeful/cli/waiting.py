"""Waiting for the end of an execution, through everything that can happen meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from wakeful.cli.moments import lasted
from wakeful.cli.settings import note
from wakeful.client.errors import DaemonUnreachableError, RequestRefusedError
from wakeful.client.events import DaemonBack, DaemonGone, ExecutionFinished
from wakeful.client.records import ExecutionRecord
from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from wakeful.client.events import EventStream
    from wakeful.client.scheduler import SchedulerClient

ABSENCE: Final = 60.0
"""Seconds the daemon may be away, for a restart, before we give up."""
RECHECK: Final = 10.0
"""Seconds after which we ask, should an event have been lost."""


class ExecutionFailedError(WakefulError):
    """The execution that was waited for did not succeed."""

    code = "ExecutionFailed"


async def wait_for_end(
    client: SchedulerClient, stream: EventStream, execution_id: str
) -> ExecutionRecord:
    """Wait until an execution has ended.

    Args:
        client: The daemon.
        stream: Its events from a time before the execution was started, or known to run.
        execution_id: The execution.

    Raises:
        DaemonUnreachableError: The daemon went away and did not come back.
    """
    execution = await _again(client, ExecutionRecord(execution_id=execution_id))
    away = False
    while not execution.ended:
        try:
            async with asyncio.timeout(ABSENCE if away else RECHECK):
                event = await stream.next()
        except TimeoutError:
            if away:
                raise DaemonUnreachableError(
                    f"the scheduler went away; how {execution_id} ended is not known yet"
                ) from None
            execution = await _again(client, execution)
            continue
        match event:
            case ExecutionFinished(finished) if finished.execution_id == execution_id:
                return finished
            case DaemonGone():
                away = True
                note("The scheduler went away; waiting for it to come back.")
            case DaemonBack():
                away = False
                execution = await _again(client, execution)
            case _:
                continue
    return execution


async def _again(client: SchedulerClient, execution: ExecutionRecord) -> ExecutionRecord:
    """Ask about an execution; a daemon that is just starting or stopping cannot tell yet."""
    try:
        return await client.execution(execution.execution_id)
    except (DaemonUnreachableError, RequestRefusedError):
        return execution


def describe_end(execution: ExecutionRecord) -> str:
    """Say how an execution ended, in words without a full stop."""
    words = execution.state.replace("-", " ")
    text = f"{execution.job} {words}"
    if execution.state == "lost":
        text = f"{execution.job} was lost"
    elif execution.state == "cancelled":
        text = f"{execution.job} was cancelled"
    if execution.reason:
        text += f": {execution.reason}"
    took = lasted(execution.duration)
    return f"{text} (after {took})" if took else text
