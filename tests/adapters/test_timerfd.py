"""The timer of the kernel, on every Python."""

from __future__ import annotations

import os
import time

import pytest

from wakeful.adapters import timerfd
from wakeful.adapters.timerfd import Timerfd
from wakeful.core.instant import HOUR, SECOND


def now() -> int:
    return time.time_ns() // 1000


def test_a_timer_that_is_off_or_far_is_not_readable():
    timer = Timerfd()
    for instant in (None, now() + HOUR, 10**24):
        timer.arm(now() - HOUR)
        assert os.read(timer.fileno(), 8)
        timer.arm(instant)
        assert timer.read() is False
        with pytest.raises(BlockingIOError):
            os.read(timer.fileno(), 8)
    timer.close()


def test_an_instant_before_the_epoch_comes_at_once():
    timer = Timerfd()
    timer.arm(-5 * SECOND)
    assert int.from_bytes(os.read(timer.fileno(), 8), "little") == 1
    timer.close()


class Setting:
    """Calls of the kernel, on a clock that is set again and again."""

    def __init__(self, number, times):
        self.number = number
        self.times = times
        self.settings = []

    def create(self, _):
        return os.open("/dev/null", os.O_RDONLY)

    def set(self, _descriptor, _flags, nanoseconds):
        self.settings.append(nanoseconds)
        if len(self.settings) <= self.times:
            raise OSError(self.number, os.strerror(self.number))


def test_a_clock_that_is_set_while_the_timer_is_armed(monkeypatch):
    calls = Setting(125, 2)  # ECANCELED
    monkeypatch.setattr(timerfd, "_LibraryCalls", lambda: calls)
    monkeypatch.setattr(timerfd, "_native_calls", lambda: calls)
    timer = Timerfd()
    timer.arm(7)
    assert calls.settings == [7000] * 3
    timer.close()


def test_other_failures_are_told(monkeypatch):
    calls = Setting(22, 1)
    monkeypatch.setattr(timerfd, "_LibraryCalls", lambda: calls)
    monkeypatch.setattr(timerfd, "_native_calls", lambda: calls)
    timer = Timerfd()
    with pytest.raises(OSError, match="Invalid"):
        timer.arm(7)
    timer.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        timer.read()


def test_the_library_calls_work_on_every_python():
    calls = timerfd._LibraryCalls()
    descriptor = calls.create(time.CLOCK_REALTIME)
    calls.set(descriptor, timerfd._ABSOLUTE, 1)
    assert os.read(descriptor, 8)
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        calls.set(descriptor, timerfd._ABSOLUTE, 1)


def test_a_cancelled_timer_is_told_apart(monkeypatch):
    timer = Timerfd()

    def cancelled(*_):
        raise OSError(125, "Operation canceled")

    monkeypatch.setattr(os, "read", cancelled)
    assert timer.read() is True
    monkeypatch.undo()
    timer.close()
