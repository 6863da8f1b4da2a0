"""The few system calls that Python does not offer, through the C library."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_GET_CHILD_SUBREAPER: Final = 37
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SIGNAL_SET_SIZE: Final = 128  # sizeof(sigset_t), with glibc and with musl
_IN_NONBLOCK: Final = os.O_NONBLOCK
_IN_CLOEXEC: Final = os.O_CLOEXEC

IN_MODIFY: Final = 0x2
IN_IGNORED: Final = 0x8000
IN_ONESHOT: Final = 0x80000000


class Libc:
    """Calls into the C library. Cheap to make: the library is loaded in any case.

    All methods raise `OSError`, with `errno.ENOSYS` if the library lacks the function.
    """

    def __init__(self) -> None:
        self._library: Final = ctypes.CDLL(None, use_errno=True)

    def is_subreaper(self) -> bool:
        """Say whether orphaned descendants become children of this process."""
        flag = ctypes.c_int(0)
        self._call("prctl", _PR_GET_CHILD_SUBREAPER, ctypes.byref(flag), *_unused(3))
        return bool(flag.value)

    def set_subreaper(self, *, on: bool) -> None:
        """Ask for orphaned descendants to become children of this process, see prctl(2)."""
        self._call("prctl", _PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(on), *_unused(3))

    def keep_capabilities(self) -> None:
        """Keep from programs that are started what this process may do; it goes on to.

        See capabilities(7), "ambient".
        """
        self._call("prctl", _PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), *_unused(3))

    def signal_descriptor(self, number: int) -> int:
        """Open a non-blocking descriptor that is readable when a blocked signal is pending.

        See signalfd(2).
        """
        signals = ctypes.create_string_buffer(_SIGNAL_SET_SIZE)
        self._call("sigemptyset", signals)
        self._call("sigaddset", signals, ctypes.c_int(number))
        flags = os.O_NONBLOCK | os.O_CLOEXEC  # by definition SFD_NONBLOCK and SFD_CLOEXEC
        return self._call("signalfd", ctypes.c_int(-1), signals, ctypes.c_int(flags))

    def inotify(self) -> int:
        """Open a non-blocking descriptor for watches on files."""
        return self._call("inotify_init1", ctypes.c_int(_IN_NONBLOCK | _IN_CLOEXEC))

    def add_watch(self, descriptor: int, path: str, mask: int) -> int:
        """Watch a path; gives the number that its events carry."""
        return self._call(
            "inotify_add_watch",
            ctypes.c_int(descriptor),
            ctypes.c_char_p(os.fsencode(path)),
            ctypes.c_uint32(mask),
        )

    def remove_watch(self, descriptor: int, watch: int) -> None:
        """Stop watching."""
        self._call("inotify_rm_watch", ctypes.c_int(descriptor), ctypes.c_int(watch))

    def _call(self, name: str, *arguments: object) -> int:
        try:
            function = self._library[name]
        except AttributeError:
            raise OSError(errno.ENOSYS, f"the C library has no {name}") from None
        result = int(function(*arguments))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return result


def _unused(count: int) -> tuple[ctypes.c_ulong, ...]:
    # prctl(2) is variadic and looks at all five arguments: they must have the full width.
    return (ctypes.c_ulong(0),) * count
