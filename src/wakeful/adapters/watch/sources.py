"""Waiting for something to happen in directories: by events, or by looking every now and then."""

from __future__ import annotations

import importlib.util
import math
import time
from functools import cache
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Final, Protocol, Self

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable
    from types import ModuleType

TICK_SECONDS: Final = 0.94
"""The longest delay of a change, and 64 wake-ups a minute: each less costs more of the other."""

RECHECK_SECONDS: Final = 11 * TICK_SECONDS
"""How often to compare although there were no events, see `DirectoryEvents`: some 10 s, in whole
ticks, as a shorter last one would cost a wake-up."""


class Source(Protocol):
    """Something to wait on. A context manager, so that its threads end."""

    interval: float
    """Seconds after which to compare all files even if nothing was reported."""
    valid_until: float
    """When to look for a better source, by the monotonic clock."""

    def wait(self, deadline: float) -> frozenset[str]:
        """Wait for changes, for the deadline (monotonic clock), or to be woken.

        Returns:
            Paths of what has changed. Empty after the deadline or a wake-up; then anything may
            have changed unnoticed, and the files are to be compared.

        Raises:
            RuntimeError: The source is broken; open another.
        """

    def __enter__(self) -> Self:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Stop watching."""


@cache
def _compiled_part() -> ModuleType:
    """Load the compiled part of watchfiles, without its package.

    The package imports anyio, and with it OpenSSL: 6 MiB and 40 ms for functions that are not
    used here.
    """
    package = importlib.util.find_spec("watchfiles")
    if package is None or package.submodule_search_locations is None:
        raise ImportError("watchfiles is not installed")
    found = PathFinder.find_spec("watchfiles._rust_notify", package.submodule_search_locations)
    if found is None or found.loader is None:
        raise ImportError("watchfiles has no compiled part")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class DirectoryEvents:
    """The kernel's events, through watchfiles.

    What events cannot tell is left to the comparison every `RECHECK_SECONDS`: a directory further
    up was renamed, something was mounted over it, the queue of events overflowed.
    """

    interval: float = RECHECK_SECONDS
    valid_until: float = math.inf

    def __init__(self, directories: Iterable[str], wake: threading.Event) -> None:
        """Watch directories, without those inside them.

        Raises:
            FileNotFoundError: One of them is gone.
            OSError: A limit of the system or a missing permission.
            RuntimeError: A limit of the system.
            UnicodeError: A path is not text.
        """
        self._wake: Final = wake
        self._notify: Final = _compiled_part().RustNotify(
            watch_paths=sorted(directories),
            debug=False,
            force_polling=False,
            poll_delay_ms=1000,
            recursive=False,
            ignore_permission_denied=False,  # true would hide that a limit was reached, too
        )

    def wait(self, deadline: float) -> frozenset[str]:
        """See `Source`."""
        found = self._notify.watch(
            debounce_ms=0, step_ms=0, timeout_ms=0, stop_event=_Pause(self._wake, deadline)
        )
        return frozenset() if isinstance(found, str) else frozenset(path for _, path in found)

    def __enter__(self) -> Self:
        """Do nothing: events are collected from the start."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread of watchfiles."""
        self._notify.close()


class _Pause:
    """Does the waiting of watchfiles, under the guise of its stop event.

    Watchfiles can only sleep deaf, for one ``step``, and reports when two looks at its collected
    changes find as many: two sleeps late, and it can be stopped as late. But before each look it
    asks whether to stop. So with no sleep of its own, every other question waits here: one
    wake-up each tick, changes reported at its end, and woken at once. The answer "stop" makes
    watchfiles forget what it has collected, so it is given only after two looks without a find.
    """

    def __init__(self, wake: threading.Event, deadline: float) -> None:
        self._wake: Final = wake
        self._deadline: Final = deadline
        self._asked = 0

    def is_set(self) -> bool:
        asked, self._asked = self._asked, self._asked + 1
        if asked % 2 == 1:
            return False
        remaining = self._deadline - time.monotonic()
        if asked > 0 and (remaining <= 0 or self._wake.is_set()):
            return True
        self._wake.wait(min(max(remaining, 0), TICK_SECONDS))
        return False


class Polling:
    """Comparing every now and then, where events are not to be had.

    The polling of watchfiles is not used: it overlooks a file that was replaced by one with an
    older or equal time stamp, and takes a thread and wake-ups of its own.
    """

    def __init__(self, wake: threading.Event, *, interval: float, valid_for: float) -> None:
        self.interval: float = interval
        self.valid_until: float = time.monotonic() + valid_for
        self._wake: Final = wake

    def wait(self, deadline: float) -> frozenset[str]:
        """See `Source`."""
        self._wake.wait(max(deadline - time.monotonic(), 0))
        return frozenset()

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""
