"""The conductor: missed slots are made up for one after the other, not all in one second.

After a wake-up a machine is busy enough, and its network is not there yet. So what was missed
waits until things have settled, and then a few at a time are let in, the most urgent first.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.condition import NETWORK
from wakeful.core.decision import SETTLING
from wakeful.core.execution import Cause
from wakeful.core.policy import Resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.core.execution import Execution

_log = logging.getLogger(__name__)
LONGEST_WAIT_FOR_NETWORK = 60.0
"""Seconds; after that, what was missed is made up for without a network."""


class Conductor:
    """Says when, and how many, missed slots may be made up for.

    Args:
        online: Whether there is a network; None if nobody can tell.
        let_in: Called when more may start than before.

    Attributes:
        settings: How it is wanted; may be replaced at any time.
    """

    def __init__(self, *, online: Callable[[], bool | None], let_in: Callable[[], None]) -> None:
        self.settings = Resume()
        self._online = online
        self._let_in = let_in
        self._running: set[str] = set()
        self._settling: asyncio.TimerHandle | None = None
        self._awaiting_network: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None

    @property
    def settling(self) -> str:
        """Why missed slots wait, as a reason; empty if they do not."""
        if self._settling is not None:
            return SETTLING
        return NETWORK if self._awaiting_network is not None else ""

    @property
    def room(self) -> int:
        """How many missed slots may be made up for now."""
        if self._pause is not None:
            return 0
        free = max(self.settings.at_once - len(self._running), 0)
        return min(free, 1) if self.settings.spacing else free

    def resumed(self) -> None:
        """Begin anew: the machine woke up, or the daemon has just started."""
        self._cancel()
        loop = asyncio.get_running_loop()
        settle = self.settings.settle.total_seconds()
        if settle:
            self._settling = loop.call_later(settle, self._settled)
        else:
            self._await_network()

    def _settled(self) -> None:
        self._settling = None
        self._await_network()
        self._let_in()  # or else let them know what they wait for now

    def _await_network(self) -> None:
        if self.settings.network and self._online() is False:
            loop = asyncio.get_running_loop()
            self._awaiting_network = loop.call_later(LONGEST_WAIT_FOR_NETWORK, self._go_without)

    def _go_without(self) -> None:
        _log.warning("there is no network after %d s; going on", LONGEST_WAIT_FOR_NETWORK)
        self._awaiting_network = None
        self._let_in()

    def surroundings_changed(self) -> None:
        """Look whether the network has come."""
        if self._awaiting_network is not None and self._online() is not False:
            self._awaiting_network.cancel()
            self._awaiting_network = None
            self._let_in()

    def begun(self, execution: Execution) -> None:
        """Take note of an execution that is about to start."""
        if execution.cause is not Cause.CATCH_UP:
            return
        self._running.add(execution.execution_id)
        spacing = self.settings.spacing.total_seconds()
        if spacing and self._pause is None:
            self._pause = asyncio.get_running_loop().call_later(spacing, self._paused_enough)

    def _paused_enough(self) -> None:
        self._pause = None
        self._let_in()

    def put_off(self, execution_id: str) -> None:
        """Take note of an execution that could not begin; its slot waits, and nobody is let in.

        Where one fails for lack of disk, the next would, too, and so on at once.
        """
        self._running.discard(execution_id)

    def ended(self, execution_id: str) -> None:
        """Take note of an execution that has ended, or was not to be after all."""
        if execution_id in self._running:
            self._running.remove(execution_id)
            self._let_in()

    def stop(self) -> None:
        """Let nobody in any more."""
        self._cancel()

    def _cancel(self) -> None:
        for handle in (self._settling, self._awaiting_network, self._pause):
            if handle is not None:
                handle.cancel()
        self._settling = self._awaiting_network = self._pause = None
