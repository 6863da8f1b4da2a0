"""The clocks of the system."""

from __future__ import annotations

import time
from pathlib import Path

from wakeful.adapters.system_clock import SystemClock


def test_the_instant_is_in_whole_microseconds():
    before = time.time_ns() // 1000
    found = SystemClock().now()
    assert isinstance(found, int)
    assert before <= found <= time.time_ns() // 1000


def test_the_uptime_counts_sleep():
    from_kernel = float(Path("/proc/uptime").read_text().split()[0])  # CLOCK_BOOTTIME, proc(5)
    assert abs(SystemClock().uptime() - from_kernel) < 1
