"""The protocol of sd_notify(3): a datagram to the socket that the service manager named."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Final

from wakeful.adapters.systemd.datagram import datagram_socket

_LONGEST_WAIT_SECONDS: Final = 1.0
"""For a service manager that is too busy to listen: a start that is not told of has failed."""


class ServiceManager:
    """Tells the service manager how we are; does nothing where there is none.

    Args:
        address: The socket: a path, or with a leading ``@`` a name in the abstract namespace
            (unix(7)). Anything else is not for us, and is passed over.
        watchdog: Seconds within which it wants to hear from us; None if it does not.
    """

    def __init__(self, address: str, watchdog: float | None) -> None:
        self._address = ""
        if address.startswith("@"):
            self._address = "\0" + address[1:]
        elif address.startswith("/"):
            self._address = address
        self.watchdog = watchdog

    @classmethod
    def from_environment(cls) -> ServiceManager:
        """Find the service manager that started us; see sd_watchdog_enabled(3)."""
        address = os.environ.get("NOTIFY_SOCKET", "")
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        pid = os.environ.get("WATCHDOG_PID", "")
        meant = not pid or pid == str(os.getpid())
        watchdog = int(microseconds) / 1e6 if microseconds.isdecimal() and meant else None
        return cls(address, watchdog if address else None)

    @property
    def listens(self) -> bool:
        """Whether there is one."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """Say that the service is up, or that it has finished reading its configuration again."""
        self._send("READY=1", _status(status))

    def status(self, text: str) -> None:
        """Say in a line what is going on; ``systemctl status`` shows it, unless it is too busy."""
        self._send(_status(text), flags=socket.MSG_DONTWAIT)

    def reloading(self, monotonic_microseconds: int) -> None:
        """Say that the configuration is being read again; `ready` ends that.

        Args:
            monotonic_microseconds: When that began, of CLOCK_MONOTONIC.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_microseconds}")

    def stopping(self, status: str) -> None:
        """Say that the service is going down, and why."""
        self._send("STOPPING=1", _status(status))

    def alive(self) -> None:
        """Say that all is well, for the watchdog, which misses one word without alarm."""
        self._send("WATCHDOG=1", flags=socket.MSG_DONTWAIT)

    def _send(self, *lines: str, flags: int = 0) -> None:
        if not self._address:
            return
        # A service manager that does not listen is no reason to fail.
        with (
            contextlib.suppress(OSError),
            datagram_socket(longest_wait_seconds=_LONGEST_WAIT_SECONDS) as sender,
        ):
            sender.sendto("\n".join(lines).encode(errors="replace"), flags, self._address)


def _status(text: str) -> str:
    # A line break would begin a message of its own.
    return "STATUS=" + " ".join(text.splitlines())
