"""The environment of processes: what they get of the daemon's own, and the mark they carry."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER: Final = b"WAKEFUL_EXECUTION_ID"
"""Every process of an execution inherits this variable; by it they are found again."""

_OF_THE_DAEMON: Final = frozenset(
    {
        # What a service manager tells a service about itself: systemd.exec(5), sd_notify(3),
        # sd_listen_fds(3), sd_watchdog_enabled(3). A job that believed it would report itself
        # ready in our name, or take descriptors that it does not have.
        b"CACHE_DIRECTORY",
        b"CONFIGURATION_DIRECTORY",
        b"CREDENTIALS_DIRECTORY",
        b"EXIT_CODE",
        b"EXIT_STATUS",
        b"FDSTORE",
        b"INVOCATION_ID",
        b"JOURNAL_STREAM",
        b"LISTEN_FDNAMES",
        b"LISTEN_FDS",
        b"LISTEN_PID",
        b"LISTEN_PIDFDID",
        b"LOGS_DIRECTORY",
        b"MAINPID",
        b"MAINPIDFDID",
        b"MANAGERPID",
        b"MANAGERPIDFDID",
        b"MEMORY_PRESSURE_WATCH",
        b"MEMORY_PRESSURE_WRITE",
        b"NOTIFY_SOCKET",
        b"PIDFILE",
        b"RUNTIME_DIRECTORY",
        b"SERVICE_RESULT",
        b"STATE_DIRECTORY",
        b"SYSTEMD_EXEC_PID",
        b"WATCHDOG_PID",
        b"WATCHDOG_USEC",
        # Set by dbus-daemon(1) for the program that it activates.
        b"DBUS_STARTER_ADDRESS",
        b"DBUS_STARTER_BUS_TYPE",
        MARKER,
    }
)

_ENCODING: Final = sys.getfilesystemencoding()


def inherited(environment: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Give what a job inherits: everything but what concerns the daemon alone."""
    return {name: value for name, value in environment.items() if name not in _OF_THE_DAEMON}


def extended(
    base: Mapping[bytes, bytes], *additions: Mapping[str, str], execution_id: str
) -> dict[bytes, bytes]:
    """Give an environment with additions, later ones first, and the mark of the execution.

    Names are bytes throughout: a name that is there as text and as bytes would be set twice.

    Raises:
        UnicodeEncodeError: A name or value cannot be written in the encoding of the system.
    """
    environment = dict(base)
    for added in additions:
        for name, value in added.items():
            environment[name.encode(_ENCODING, "surrogateescape")] = value.encode(
                _ENCODING, "surrogateescape"
            )
    environment[MARKER] = execution_id.encode()
    return environment


def search_path(environment: Mapping[bytes, bytes]) -> str:
    """Give the PATH of an environment, or that of execvp(3) if it sets none."""
    return os.fsdecode(environment.get(b"PATH", os.defpath.encode()))
