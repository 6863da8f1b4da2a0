"""A daemon of systemd, as far as it is a socket that receives datagrams."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listener:
    """Receives datagrams at an address of the file system."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(0)

    def received(self) -> list[bytes]:
        """Give what has come since the last time; what came as a file is read."""
        found = []
        while True:
            try:
                datagram, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 20, 1)
            except BlockingIOError:
                return found
            for descriptor in descriptors:
                with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
                    file.seek(0)
                    datagram = file.read()
            found.append(datagram)

    def texts(self) -> list[str]:
        return [datagram.decode() for datagram in self.received()]

    def fill(self) -> None:
        """Send it as much as it takes, as if it were busy with something else."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)
            try:
                while True:
                    sender.sendto(b"MESSAGE=flood\n", self.address)
            except BlockingIOError:
                return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    # Not in tmp_path, because the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="wakeful-") as folder:
        one = Listener(str(Path(folder) / "socket"))
        yield one
        one.close()


@pytest.fixture
def abstract_listener() -> Iterator[Listener]:
    one = Listener(f"\0wakeful-test-{os.getpid()}")
    yield one
    one.close()
