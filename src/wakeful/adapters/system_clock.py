"""The clocks of the system."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_identifier() -> str:
    """Identify this start of the machine among all, see random(4)."""
    return _BOOT.read_text(encoding="ascii").strip()


class SystemClock:
    """Implements `services.ports.Clock` with the kernel's clocks, see clock_gettime(2)."""

    def now(self) -> Instant:
        """Give the instant of CLOCK_REALTIME."""
        return time.time_ns() // 1000

    def uptime(self) -> float:
        """Give seconds of CLOCK_BOOTTIME, which goes on while the machine sleeps."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
