"""Bytes to standard output, unchanged, without ever keeping the event loop waiting."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final

from wakeful.cli.settings import note
from wakeful.client.log_reader import LogReader
from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from wakeful.client.records import ExecutionRecord
    from wakeful.client.scheduler import SchedulerClient

INTERVAL: Final = 0.2
"""Seconds between two looks at output that may have grown."""
_ATOMIC: Final = 4096
"""What a pipe that can be written to takes without blocking (PIPE_BUF)."""


class ByteOutput:
    """Standard output as bytes.

    A reader that stops reading (``| less``) must not keep us from noticing Ctrl-C, so nothing
    is written that would have to wait.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._descriptor = sys.stdout.fileno()

    async def write(self, data: bytes) -> None:
        """Write all of it.

        Raises:
            BrokenPipeError: Nobody reads it any more.
        """
        rest = memoryview(data)
        while rest:
            await self._writable()
            rest = rest[os.write(self._descriptor, rest[:_ATOMIC]) :]

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_writer(self._descriptor, _settle, ready)
        except PermissionError:
            return  # a file: always ready
        try:
            await ready
        finally:
            loop.remove_writer(self._descriptor)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def print_log(client: SchedulerClient, execution_id: str) -> None:
    """Print the output of an execution as it is now."""
    descriptor = await client.open_log(execution_id)
    try:
        await _copy(LogReader(descriptor), ByteOutput())
    finally:
        os.close(descriptor)


async def follow_log(
    client: SchedulerClient, execution_id: str, end: asyncio.Task[ExecutionRecord]
) -> None:
    """Print the output of an execution as it appears, until it has ended.

    Args:
        client: The daemon.
        execution_id: The execution.
        end: Is done when the execution has ended; its output is complete then.
    """
    descriptor = await _open_when_there(client, execution_id, end)
    if descriptor is None:
        return
    try:
        reader, output = LogReader(descriptor), ByteOutput()
        while True:
            complete = end.done()
            await _copy(reader, output)
            if complete:
                return
            await asyncio.wait({end}, timeout=INTERVAL)
    finally:
        os.close(descriptor)


async def _open_when_there(
    client: SchedulerClient, execution_id: str, end: asyncio.Task[ExecutionRecord]
) -> int | None:
    """Open the output; None if the execution ended without any.

    An execution is on record a moment before its process, and with it its output, exists.
    """
    while True:
        complete = end.done()
        try:
            return await client.open_log(execution_id)
        except WakefulError as error:
            if complete:
                note(f"There is no output to show: {error}.")
                return None
        await asyncio.wait({end}, timeout=INTERVAL)


async def _copy(reader: LogReader, output: ByteOutput) -> None:
    while piece := reader.read():
        await output.write(piece)
