"""An event loop whose time is played: it goes on only where the loop would wait."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class _NoWaiting(selectors.DefaultSelector):
    """A selector that lets time pass instead of waiting."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self._passes(timeout)
        return ready


class PlayedLoop(asyncio.SelectorEventLoop):
    """A loop for what does nothing but wait.

    Args:
        passes: Told how many seconds pass, for the clock on the wall to follow.
    """

    def __init__(self, passes: Callable[[float], object]) -> None:
        self._played = 0.0
        self._told = passes
        super().__init__(_NoWaiting(self._pass))

    def _pass(self, seconds: float) -> None:
        self._played += seconds
        self._told(seconds)

    def time(self) -> float:
        """Give the seconds awake, as CLOCK_MONOTONIC does."""
        return self._played
