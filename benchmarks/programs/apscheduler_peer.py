"""The peer: APScheduler as its documentation shows it, starting processes with asyncio.

Arguments: how many jobs, the instants in microseconds separated by commas, the program and its
arguments; ``{}`` in them stands for the number of the instant.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

EPOCH = datetime.fromtimestamp(0, UTC)


async def run(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(*arguments)
    await process.wait()


async def main() -> None:
    count, instants, *template = sys.argv[1:]
    scheduler = AsyncIOScheduler()
    for number, instant in enumerate(instants.split(",")):
        arguments = [argument.replace("{}", str(number)) for argument in template]
        due = EPOCH + timedelta(microseconds=int(instant))
        for _ in range(int(count)):
            scheduler.add_job(run, "date", run_date=due, args=arguments, misfire_grace_time=None)
    scheduler.start()
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"READY=1", address)
    await asyncio.Event().wait()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
