"""The alarm that wakes the machine, see timerfd_create(2), CLOCK_REALTIME_ALARM."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.adapters.timerfd import AlarmTimerfd
from wakeful.core.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.timerfd import WallTimer
    from wakeful.core.instant import Instant

_CLOCKS: Final = Path("/sys/class/rtc")
_NOT_PERMITTED: Final = "Wakeful may not wake the machine: it lacks CAP_WAKE_ALARM"
_HOW_TO_PERMIT: Final = (
    "the service manager has to pass it on: one of systemd 254 or later can, as a rule, and "
    "'wakeful install-user' then asks for it"
)
_NO_CLOCK: Final = "nothing can wake this machine: it has no hardware clock with a wake-up alarm"
_WHERE_TO_LOOK: Final = (
    "the kernel would show one as /sys/class/rtc/*/wakealarm; most virtual machines and "
    "containers have none, and on others it can be turned off in the firmware"
)


class KernelWakeAlarm:
    """Implements `services.power.ports.WakeAlarm`.

    The descriptor is never read: nobody has to be told that the instant has come, for after a
    wake-up the clocks tell. So it is not watched by the event loop either, and costs nothing.

    Args:
        open_timer: Makes the timer; replaced in tests.
        hardware_clocks: Where the kernel shows the hardware clocks.
    """

    def __init__(
        self,
        open_timer: Callable[[], WallTimer] = AlarmTimerfd,
        hardware_clocks: Path = _CLOCKS,
    ) -> None:
        self._open_timer = open_timer
        self._hardware_clocks = hardware_clocks
        self._timer: WallTimer | None = None

    def arm(self, instant: Instant | None) -> None:
        """See `services.power.ports.WakeAlarm`. None is never refused."""
        if instant is None:
            if self._timer is not None:
                self._timer.arm(None)
            return
        self._require_clock()
        if self._timer is None:
            self._timer = self._opened()
        self._timer.arm(instant)

    def missing(self) -> str:
        """Say why the machine cannot be woken here, and what to do; empty if it can be."""
        try:
            self._require_clock()
            if self._timer is None:
                self._opened().close()
        except UnavailableError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """See `services.power.ports.WakeAlarm`."""
        if self._timer is not None:
            self._timer.close()
            self._timer = None

    def _require_clock(self) -> None:
        # The kernel takes the alarm without one, too, and then lets the machine sleep through it.
        if not any(self._hardware_clocks.glob("*/wakealarm")):
            raise UnavailableError(_NO_CLOCK, hint=_WHERE_TO_LOOK)

    def _opened(self) -> WallTimer:
        try:
            return self._open_timer()
        except PermissionError as error:
            raise UnavailableError(_NOT_PERMITTED, hint=_HOW_TO_PERMIT) from error
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UnavailableError(f"the kernel gives no wake-up alarm: {reason}") from error
