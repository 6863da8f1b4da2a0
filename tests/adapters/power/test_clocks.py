"""The clocks of the kernel, and their jumps."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from wakeful.adapters.power import clocks as clocks_module
from wakeful.adapters.power.clocks import SystemClocks
from wakeful.adapters.timerfd import Timerfd
from wakeful.core.instant import HOUR, SECOND

FAKE_SLEEP = """
import ctypes, os
from wakeful.adapters.power.clocks import SystemClocks
from wakeful.core.instant import HOUR, SECOND

def sleep(seconds):  # see time_namespaces(7): for this process CLOCK_BOOTTIME jumps now
    library = ctypes.CDLL(None, use_errno=True)
    assert library.unshare(0x80) == 0
    with open("/proc/self/timens_offsets", "w") as offsets:
        offsets.write(f"boottime {seconds} 0")
    space = os.open("/proc/self/ns/time_for_children", os.O_RDONLY)
    assert library.setns(space, 0x80) == 0
    os.close(space)

clocks = SystemClocks()
for slept in (3600, 7200):
    before = clocks.read()
    sleep(slept)
    after = clocks.read()
    assert HOUR <= after.boot - before.boot < HOUR + 5 * SECOND, (before, after)
    assert 0 <= after.awake - before.awake < 5 * SECOND, (before, after)
    assert abs(after.wall - before.wall) < 5 * SECOND, (before, after)
"""


def test_all_clocks_are_read_in_microseconds():
    before = time.monotonic_ns() // 1000
    reading = SystemClocks().read()
    assert before <= reading.awake <= time.monotonic_ns() // 1000
    assert abs(reading.wall - time.time_ns() // 1000) < 5 * SECOND
    assert abs(reading.boot - time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000) < 5 * SECOND


def test_the_clocks_are_read_close_together():
    readings = [SystemClocks().read() for _ in range(1000)]
    asleep = [reading.boot - reading.awake for reading in readings]
    assert max(asleep) - min(asleep) < SECOND // 100


def test_a_pause_between_two_clocks_is_no_sleep(monkeypatch):
    kernel, pauses = time.clock_gettime_ns, iter([1, 0, 0, 0])

    def paused(clock):
        if clock == time.CLOCK_MONOTONIC and next(pauses, 0):
            now = kernel(clock)
            time.sleep(0.2)
            return now
        return kernel(clock)

    usual = SystemClocks().read()
    monkeypatch.setattr(clocks_module.time, "clock_gettime_ns", paused)
    disturbed = SystemClocks().read()
    assert abs((disturbed.boot - disturbed.awake) - (usual.boot - usual.awake)) < SECOND // 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make time namespaces")
def test_time_asleep_is_the_difference_of_two_clocks():
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FAKE_SLEEP)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


class PipedTimer:
    """A timer whose clock is set by the test."""

    def __init__(self, *, jumps):
        self.outlet, self.inlet = os.pipe2(os.O_NONBLOCK)
        self.jumps = jumps
        self.armed = []

    def fileno(self):
        return self.outlet

    def arm(self, instant):
        self.armed.append(instant)

    def read(self):
        os.read(self.outlet, 8)
        return self.jumps

    def close(self):
        os.close(self.outlet)
        os.close(self.inlet)


@pytest.mark.parametrize("jumps", [True, False])
async def test_a_jump_is_told_after_the_timer_was_armed_again(eventually, jumps):
    timer = PipedTimer(jumps=jumps)
    clocks = SystemClocks(lambda: timer)
    told = []
    clocks.start(lambda: told.append(len(timer.armed)))
    for times in (2, 3):
        os.write(timer.inlet, b"jump")
        await eventually(lambda: len(timer.armed) == times)  # noqa: B023 - awaited at once
    await clocks.stop()
    await clocks.stop()
    assert told == ([2, 3] if jumps else [])
    assert min(timer.armed) > time.time_ns() // 1000 + 100 * 365 * 24 * HOUR


async def test_a_clock_that_is_set_is_read_from_the_kernels_timer(eventually, monkeypatch):
    clocks = SystemClocks()
    told = []
    clocks.start(lambda: told.append("jumped"))
    timer, read = clocks._timer, os.read

    def cancelled(descriptor, size):
        if descriptor == timer.fileno():
            read(descriptor, size)
            raise OSError(125, "Operation canceled")
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", cancelled)
    timer.arm(1)  # comes at once, and looks cancelled
    await eventually(lambda: told == ["jumped"])
    await clocks.stop()


async def test_nothing_happens_as_long_as_nothing_happens():
    loop = asyncio.get_running_loop()
    clocks = SystemClocks()
    clocks.start(lambda: None)
    await asyncio.sleep(0)
    turns = 0
    select = loop._selector.select

    def counted(timeout):
        nonlocal turns
        turns += 1
        return select(timeout)

    loop._selector.select = counted
    await asyncio.sleep(0.5)
    assert turns <= 3
    await clocks.stop()


def test_the_kernel_knows_the_timer_as_cancelled_when_the_clock_is_set():
    timer = Timerfd()
    timer.arm(2**63 // 1000)
    shown = Path(f"/proc/self/fdinfo/{timer.fileno()}").read_text()
    timer.close()
    assert "clockid: 0\n" in shown
    assert "settime flags: 03\n" in shown  # TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET
