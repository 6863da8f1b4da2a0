"""A session with the daemon: from a command, which waits, to the client, which does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from wakeful.client.scheduler import SchedulerClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wakeful.cli.settings import Settings

Answer = TypeVar("Answer")


def ask(settings: Settings, question: Callable[[SchedulerClient], Awaitable[Answer]]) -> Answer:
    """Connect to the daemon, ask it something, and give the answer.

    An interruption cancels the question, and then comes out as KeyboardInterrupt.
    """

    async def session() -> Answer:
        async with await SchedulerClient.connect(settings.bus) as client:
            return await question(client)

    return asyncio.run(session())
