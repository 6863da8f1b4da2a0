"""Signals waiting to be sent.

Marshalling a signal costs up to 150 microseconds, and a burst may hold thousands. They are
marshalled in short slices, so that the event loop keeps serving everything else in between.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

CAPACITY: Final = 200_000
"""How many signals may wait."""
_SLICE: Final = 0.002
"""Seconds of marshalling before the event loop gets its turn."""

_log = logging.getLogger(__name__)


class Signal(NamedTuple):
    """One signal, not marshalled yet."""

    path: str
    interface: str
    member: str
    signature: str
    body: Sequence[Any]


class Outbox:
    """An ordered, bounded queue of signals that empties itself.

    Args:
        loop: the event loop.
        send: marshals and sends one signal.
        blocked: whether the socket is full; `resume` must be called when that ends.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        send: Callable[[Signal], None],
        blocked: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._send = send
        self._blocked = blocked
        self._signals: deque[Signal] = deque()
        self._scheduled = False
        self._overflowing = False
        self._empty_waiters: list[asyncio.Future[None]] = []
        self.dropped = 0
        """How many signals could not be kept or sent."""

    def __len__(self) -> int:
        return len(self._signals)

    def put(self, signal: Signal) -> None:
        """Queue a signal; when the queue is full it is counted and logged, not kept."""
        if len(self._signals) >= CAPACITY:
            self.dropped += 1
            if not self._overflowing:
                self._overflowing = True
                _log.error("%d signals wait for the bus; dropping further ones", CAPACITY)
            return
        self._signals.append(signal)
        self.resume()

    def resume(self) -> None:
        """Go on, when there is something to do and the socket takes it."""
        if self._signals and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._drain)

    async def wait_until_empty(self) -> None:
        """Return when every queued signal has been given to the socket or discarded."""
        if self._signals:
            waiter = self._loop.create_future()
            self._empty_waiters.append(waiter)
            await waiter

    def discard(self) -> None:
        """Drop everything: the connection has ended."""
        self.dropped += len(self._signals)
        self._signals.clear()
        self._release_waiters()

    def _drain(self) -> None:
        self._scheduled = False
        signals = self._signals
        end = self._loop.time() + _SLICE
        try:
            while signals and not self._blocked() and self._loop.time() < end:
                self._send(signals.popleft())
        finally:
            if signals and not self._blocked():
                self.resume()
        if not signals:
            self._release_waiters()
        if len(signals) < CAPACITY // 2:
            self._overflowing = False

    def _release_waiters(self) -> None:
        waiters, self._empty_waiters = self._empty_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
