"""Signals to processes that left the group of their execution."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

from wakeful.adapters.process.survivors import Member, members, send_signal

if TYPE_CHECKING:
    from concurrent.futures import Executor

_MOST_ROUNDS: Final = 5  # a process may start others between the search and its end


class StraySignals:
    """Finds processes by their mark and sends them what their group has got already.

    One search serves all that was asked for meanwhile, so that stopping a thousand executions at
    once does not take a thousand searches.

    Args:
        loop: The event loop.
        scanner: Runs the searches.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, scanner: Executor) -> None:
        self._loop = loop
        self._scanner = scanner
        self._wanted: dict[str, tuple[int, list[int]]] = {}
        self._task: asyncio.Task[None] | None = None

    def request(self, execution_id: str, group: int, number: int) -> None:
        """Send a signal to all processes of an execution outside of a group, soon."""
        self._wanted.setdefault(execution_id, (group, []))[1].append(number)
        if self._task is None:
            self._task = self._loop.create_task(self._run())

    async def close(self) -> None:
        """Finish what was asked for."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            killing = 0
            while self._wanted:
                wanted, self._wanted = self._wanted, {}
                found = await self._loop.run_in_executor(self._scanner, members, set(wanted))
                killed = {
                    member.execution_id
                    for member in found
                    if _deliver(member, *wanted[member.execution_id])
                }
                if killed and killing < _MOST_ROUNDS:
                    killing += 1
                    for execution_id in killed:
                        group = wanted[execution_id][0]
                        self._wanted.setdefault(execution_id, (group, [signal.SIGKILL]))
        finally:
            self._task = None


def _deliver(member: Member, group: int, numbers: list[int]) -> bool:
    """Send signals to a process outside of the group; tell whether it was killed by that."""
    if member.status.group == group:
        return False
    sent = [number for number in numbers if send_signal(member.status, number)]
    return signal.SIGKILL in sent
