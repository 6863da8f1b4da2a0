"""Timers on the wall clock, see timerfd_create(2): one tells when that clock was set, too.

A time-out of the event loop would be late by up to 0.1 s, for the kernel rounds those up by a
thousandth of their length, and would know nothing of sleep and of clock steps.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

_ABSOLUTE: Final = 1  # TFD_TIMER_ABSTIME
_CANCEL_ON_SET: Final = 2  # TFD_TIMER_CANCEL_ON_SET
_REALTIME_ALARM: Final = 8  # CLOCK_REALTIME_ALARM
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC  # by definition TFD_NONBLOCK and TFD_CLOEXEC
_FARTHEST: Final = 2**63 - 1  # nanoseconds, in the year 2262; the kernel counts no further
_MOST_ATTEMPTS: Final = 10


class WallTimer(Protocol):
    """A timer on the wall clock, as a descriptor for the event loop."""

    def fileno(self) -> int:
        """Give the descriptor; it is readable when the instant has come or the clock was set."""

    def arm(self, instant: Instant | None) -> None:
        """Set the instant; None for never. An instant that has passed comes at once."""

    def read(self) -> bool:
        """Take in what made the descriptor readable.

        Returns:
            Whether the clock was set or the machine woke up, rather than the instant come.
        """

    def close(self) -> None:
        """Give it back."""


class Timerfd:
    """The kernel's timer on CLOCK_REALTIME. Implements `WallTimer`.

    Raises:
        OSError: A limit of the system is reached.
    """

    _clock: ClassVar[int] = time.CLOCK_REALTIME
    _flags: ClassVar[int] = _ABSOLUTE | _CANCEL_ON_SET

    def __init__(self) -> None:
        self._calls: Final = _native_calls() if sys.version_info >= (3, 13) else _LibraryCalls()
        self._descriptor: Final = self._calls.create(self._clock)

    def fileno(self) -> int:
        """See `WallTimer`."""
        return self._descriptor

    def arm(self, instant: Instant | None) -> None:
        """See `WallTimer`.

        Raises:
            OSError: It is closed.
        """
        # Zero would turn the timer off; so what lies before the epoch becomes its first moment.
        nanoseconds = 0 if instant is None else min(max(instant * 1000, 1), _FARTHEST)
        for _ in range(_MOST_ATTEMPTS):
            try:
                self._calls.set(self._descriptor, self._flags, nanoseconds)
            except OSError as error:
                # The clock was set since the timer was; the next attempt is about the new clock.
                if error.errno != errno.ECANCELED:
                    raise
            else:
                return

    def read(self) -> bool:
        """See `WallTimer`.

        Raises:
            OSError: It is closed.
        """
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.ECANCELED:
                raise
            return True
        return False

    def close(self) -> None:
        """See `WallTimer`."""
        os.close(self._descriptor)


class AlarmTimerfd(Timerfd):
    """The kernel's timer on CLOCK_REALTIME_ALARM, which wakes the machine from sleep.

    That the clock was set is not told; the instant stays what it is.

    Raises:
        OSError: A limit of the system is reached.
        PermissionError: The process lacks CAP_WAKE_ALARM.
    """

    _clock = _REALTIME_ALARM
    _flags = _ABSOLUTE


class _Calls(Protocol):
    def create(self, clock: int) -> int: ...

    def set(self, descriptor: int, flags: int, nanoseconds: int) -> None: ...


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class _LibraryCalls:
    """Through the C library, for Python before 3.13."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._create = library.timerfd_create
        self._settime = library.timerfd_settime
        self._settime.argtypes = (
            ctypes.c_int,
            ctypes.c_int,
            ctypes.POINTER(_Setting),
            ctypes.c_void_p,
        )

    def create(self, clock: int) -> int:
        return _checked(int(self._create(clock, _FLAGS)))

    def set(self, descriptor: int, flags: int, nanoseconds: int) -> None:
        setting = _Setting(value=_Timespec(*divmod(nanoseconds, 1_000_000_000)))
        _checked(int(self._settime(descriptor, flags, ctypes.byref(setting), None)))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


if sys.version_info >= (3, 13):

    class _NativeCalls:
        def create(self, clock: int) -> int:
            return os.timerfd_create(clock, flags=_FLAGS)

        def set(self, descriptor: int, flags: int, nanoseconds: int) -> None:
            os.timerfd_settime_ns(descriptor, flags=flags, initial=nanoseconds)


def _native_calls() -> _Calls:
    if sys.version_info >= (3, 13):
        return _NativeCalls()
    return _LibraryCalls()
