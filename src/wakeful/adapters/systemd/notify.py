"""The protocol of sd_notify(3): a datagram to the socket that the service manager named."""

from __future__ import annotations

import contextlib
import os
import socket


class ServiceManager:
    """Tells the service manager how we are; does nothing where there is none.

    Args:
        address: The socket; a leading ``@`` stands for the abstract namespace (unix(7)).
        watchdog: Seconds within which it wants to hear from us; None if it does not.
    """

    def __init__(self, address: str, watchdog: float | None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = watchdog

    @classmethod
    def from_environment(cls) -> ServiceManager:
        """Find the service manager that started us."""
        address = os.environ.get("NOTIFY_SOCKET", "")
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        pid = os.environ.get("WATCHDOG_PID", "")
        meant = not pid or pid == str(os.getpid())
        watchdog = int(microseconds) / 1e6 if microseconds.isdigit() and meant else None
        return cls(address, watchdog if address else None)

    def ready(self, status: str) -> None:
        """Say that the service is up."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """Say in a line what is going on; ``systemctl status`` shows it."""
        self._send(f"STATUS={text}")

    def reloading(self, monotonic_microseconds: int) -> None:
        """Say that the configuration is being read again; `ready` ends that."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_microseconds}")

    def stopping(self) -> None:
        """Say that the service is going down."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Say that all is well, for the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A service manager that does not listen is no reason to fail.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender,
        ):
            sender.sendto(text.encode(), self._address)
