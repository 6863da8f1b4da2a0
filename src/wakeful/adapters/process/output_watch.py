"""Which outputs are looked at while their executions run, and when."""

from __future__ import annotations

import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from wakeful.adapters.process.inotify import WriteEvents
from wakeful.adapters.process.output import OutputLog, trim_all

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection
    from concurrent.futures import Executor

_log = logging.getLogger(__name__)

YOUNG_SECONDS: Final = 1.0
"""Executions that end earlier are only looked at when they have ended: most do."""
GATHERING_SECONDS: Final = 0.25
"""From the first write to the look at the file: bounds what a chatty job costs."""
POLLING_SECONDS: Final = 1.0
"""Between two looks at a file where writes cannot be told."""


class OutputWatch:
    """Keeps the output of running executions within its limit, without polling.

    A silent job costs no wake-up. All work on the disk is done in ``worker``.

    Args:
        loop: The event loop.
        worker: Runs one thing at a time, for two must not work on one file at once.
        open_events: Makes the source of events; replaced in tests.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        worker: Executor,
        *,
        open_events: Callable[
            [asyncio.AbstractEventLoop, Callable[[int], None]], WriteEvents
        ] = WriteEvents,
    ) -> None:
        self._loop = loop
        self._worker = worker
        self._open_events = open_events
        self._events: WriteEvents | None = None
        self._events_failed = False
        self._followed: set[OutputLog] = set()
        self._young: deque[tuple[float, OutputLog]] = deque()
        self._watches: dict[int, OutputLog] = {}
        self._written: set[OutputLog] = set()
        self._polled: set[OutputLog] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def follow(self, log: OutputLog) -> None:
        """Begin to look after an output."""
        self._followed.add(log)
        self._young.append((self._loop.time() + YOUNG_SECONDS, log))
        if "age" not in self._timers:
            self._set_timer("age", YOUNG_SECONDS, self._come_of_age)

    def forget(self, log: OutputLog) -> None:
        """Stop looking after an output."""
        self._followed.discard(log)
        if not self._followed:
            # Nobody is left, which is the rule between two starts: no timer shall wake us up.
            self._young.clear()
            self._stop_timers()
        self._written.discard(log)
        self._polled.discard(log)
        if self._watches:
            for watch in [number for number, other in self._watches.items() if other is log]:
                del self._watches[watch]
                if self._events is not None:
                    self._events.disarm(watch)

    def close(self) -> None:
        """Stop looking after anything."""
        self._stop_timers()
        self._followed.clear()
        if self._events is not None:
            self._events.close()
            self._events = None
        self._events_failed = True

    def _come_of_age(self) -> None:
        self._timers.pop("age", None)
        now = self._loop.time()
        grown: list[OutputLog] = []
        while self._young and self._young[0][0] <= now:
            log = self._young.popleft()[1]
            if log in self._followed:
                grown.append(log)
        while self._young and self._young[0][1] not in self._followed:
            self._young.popleft()
        if self._young:
            self._set_timer("age", self._young[0][0] - now, self._come_of_age)
        self._look(grown)

    def _note_write(self, watch: int) -> None:
        log = self._watches.pop(watch, None)
        if log is None:
            return
        self._written.add(log)
        if "gather" not in self._timers:
            self._set_timer("gather", GATHERING_SECONDS, self._look_at_written)

    def _look_at_written(self) -> None:
        self._timers.pop("gather", None)
        written, self._written = self._written, set()
        self._look(written)

    def _look_at_polled(self) -> None:
        self._timers.pop("poll", None)
        polled, self._polled = self._polled, set()
        self._look(polled)

    def _look(self, logs: Collection[OutputLog]) -> None:
        # Armed first and looked at then, so that no write is missed. Cutting is a write of its
        # own, and costs one look more that finds nothing.
        for log in logs:
            self._arm(log)
        if self._polled and "poll" not in self._timers:
            self._set_timer("poll", POLLING_SECONDS, self._look_at_polled)
        if logs:
            self._loop.run_in_executor(self._worker, partial(trim_all, logs, running=True))

    def _arm(self, log: OutputLog) -> None:
        if self._events is None and not self._events_failed:
            try:
                self._events = self._open_events(self._loop, self._note_write)
            except OSError as error:
                self._events_failed = True
                _log.info("no inotify (%s): output is looked at every second", error.strerror)
        if self._events is not None:
            try:
                self._watches[self._events.arm(log.path)] = log
            except FileNotFoundError:
                return  # somebody removed it, which is their right
            except OSError as error:
                _log.debug("cannot watch %s: %s", log.path, error.strerror)
            else:
                return
        self._polled.add(log)

    def _set_timer(self, name: str, seconds: float, action: Callable[[], None]) -> None:
        self._timers[name] = self._loop.call_later(seconds, action)

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
