"""The status line of ``systemctl status``, kept up to date at hardly any cost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.core.event import Event

PACE_SECONDS: Final = 1.0


class StatusLine:
    """Sends the status when it has changed, at most once a second; a reader of the bulletin.

    Only events make it look, so an idle daemon is not woken up. What it says holds good until
    the next event: instants, not how long it is until then.

    Args:
        compose: Gives the text.
        send: Tells the service manager.
        pace: Seconds between an event and the look, in which further events come for free.
    """

    def __init__(
        self,
        *,
        compose: Callable[[], str],
        send: Callable[[str], None],
        pace: float = PACE_SECONDS,
    ) -> None:
        self._compose = compose
        self._send = send
        self._pace = pace
        self._last = ""
        self._handle: asyncio.TimerHandle | None = None
        self._stopped = False

    def read_event(self, event: Event) -> None:
        """Look soon: whatever happened, the next job may be another one."""
        del event
        if self._handle is None and not self._stopped:
            self._handle = asyncio.get_running_loop().call_later(self._pace, self._look)

    def take(self) -> str:
        """Give the text, to be sent together with something else."""
        self._last = self._compose()
        return self._last

    def stop(self) -> None:
        """Say no more."""
        self._stopped = True
        if self._handle is not None:
            self._handle.cancel()

    def _look(self) -> None:
        self._handle = None
        before = self._last
        if self.take() != before:
            self._send(self._last)
