"""The clocks of the kernel, read together, and word from it when one of them jumps."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from wakeful.adapters.timerfd import Timerfd
from wakeful.services.power.ports import ClockReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.timerfd import WallTimer

_FAR: Final = 2**63 // 1000
"""An instant that does not come: the timer is there to be cancelled."""
_CLOSE_NANOSECONDS: Final = 1_000_000
_MOST_ATTEMPTS: Final = 10


class SystemClocks:
    """Implements `services.power.ports.Clocks`.

    The kernel ends a timer with cancel-on-set when CLOCK_REALTIME is set, and also when the
    machine wakes up (timerfd_create(2)). Until then nothing is looked at.

    Args:
        open_timer: Makes the timer on the wall clock; replaced in tests.
    """

    def __init__(self, open_timer: Callable[[], WallTimer] = Timerfd) -> None:
        self._open_timer = open_timer
        self._timer: WallTimer | None = None
        self._jumped: Callable[[], None] | None = None

    def read(self) -> ClockReading:
        """See `services.power.ports.Clocks`."""
        spread, reading = _read()
        for _ in range(_MOST_ATTEMPTS):
            if spread < _CLOSE_NANOSECONDS:
                break
            # We were not let run, or the machine slept, between one clock and the next.
            spread, reading = min((spread, reading), _read(), key=lambda one: one[0])
        return reading

    def start(self, jumped: Callable[[], None]) -> None:
        """See `services.power.ports.Clocks`.

        Raises:
            OSError: A limit of the system is reached.
        """
        self._jumped = jumped
        self._timer = self._open_timer()
        self._timer.arm(_FAR)
        asyncio.get_running_loop().add_reader(self._timer.fileno(), self._fire)

    def _fire(self) -> None:
        if self._timer is None or self._jumped is None:
            return
        jumped = self._timer.read()
        # First this, so that nothing between it and the reading of the clocks is missed.
        self._timer.arm(_FAR)
        if jumped:
            self._jumped()

    async def stop(self) -> None:
        """See `services.power.ports.Clocks`."""
        if self._timer is not None:
            asyncio.get_running_loop().remove_reader(self._timer.fileno())
            self._timer.close()
            self._timer = None


def _read() -> tuple[int, ClockReading]:
    """Read the clocks, and say how many nanoseconds of CLOCK_BOOTTIME that took."""
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    awake = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
    boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    reading = ClockReading(wall=wall // 1000, boot=boot // 1000, awake=awake // 1000)
    return boot - before, reading
