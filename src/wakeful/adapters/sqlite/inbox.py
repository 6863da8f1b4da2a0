"""Handing operations from an event loop to a thread, and their results back."""

from __future__ import annotations

import contextlib
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection

Result = TypeVar("Result")

LARGEST_BATCH: Final = 1000
"""Requests taken at once, so that the first of many need not wait for all of them."""


class Request(Generic[Result]):
    """An operation on the database that somebody waits for.

    Args:
        operation: What to do, with a connection.
        future: Completed with what the operation returned or raised.
    """

    __slots__ = ("_future", "error", "operation", "result")

    def __init__(
        self, operation: Callable[[Connection], Result], future: asyncio.Future[Result]
    ) -> None:
        self.operation: Final = operation
        self.result: Result | None = None
        self.error: Exception | None = None
        self._future: Final = future

    def complete(self) -> None:
        """Tell who waits; on the event loop."""
        if self._future.done():  # who asked was cancelled
            return
        if self.error is not None:
            self._future.set_exception(self.error)
        else:
            self._future.set_result(self.result)  # type: ignore[arg-type] # set by the thread


class Inbox:
    """What one thread has to do, put in by an event loop.

    A thread with nothing to do sleeps in `take` and wakes up for nothing else.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop: Final = loop
        self._queue: Final = SimpleQueue[Request[Any] | None]()
        self._ended = False

    def put(self, operation: Callable[[Connection], Result]) -> asyncio.Future[Result]:
        """Ask for an operation; on the event loop."""
        future: asyncio.Future[Result] = self._loop.create_future()
        self._queue.put(Request(operation, future))
        return future

    def end(self) -> None:
        """Let `take` end after all that was put before."""
        self._queue.put(None)

    def take(self) -> list[Request[Any]]:
        """Wait for requests and give all that are there; none when there is an end."""
        if self._ended:
            return []
        batch = []
        request = self._queue.get()
        with contextlib.suppress(Empty):
            while request is not None:
                batch.append(request)
                if len(batch) == LARGEST_BATCH:
                    return batch
                request = self._queue.get_nowait()
            self._ended = True
        return batch

    def deliver(self, requests: Sequence[Request[Any]]) -> None:
        """Complete requests, all with one wake-up of the event loop; from the thread."""
        self.call(_complete, requests)

    def refuse(self, error: Exception) -> None:
        """Answer everything with an error until there is an end; from the thread."""
        while batch := self.take():
            for request in batch:
                request.error = error
            self.deliver(batch)

    def call(self, callback: Callable[..., object], *arguments: object) -> None:
        """Call something on the event loop, if that still runs."""
        with contextlib.suppress(RuntimeError):  # it is closed: nobody waits any more
            self._loop.call_soon_threadsafe(callback, *arguments)


def _complete(requests: Sequence[Request[Any]]) -> None:
    for request in requests:
        request.complete()
