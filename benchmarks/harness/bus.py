"""A message bus of our own, and a client that costs next to nothing."""

from __future__ import annotations

import struct
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from jeepney import (  # type: ignore[import-untyped]
    DBusAddress,
    MatchRule,
    new_method_call,
)
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

from benchmarks.harness.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_HEADER = struct.Struct("<4sIII")
_ERROR, _SIGNAL = 3, 4
_PATIENCE_SECONDS = 30.0


@contextmanager
def private_bus() -> Iterator[str]:
    """Run a bus while the context lasts; gives its address."""
    with TemporaryDirectory(prefix="wakeful-bus-") as name:
        folder = Path(name)
        configuration = folder / "bus.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder))
        command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"]
        with running([*command, "--print-address=1"], stdout=subprocess.PIPE) as process:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                raise RuntimeError("dbus-daemon did not start")
            yield address


class Target(NamedTuple):
    """What is called.

    Attributes:
        name, path, interface: Where.
    """

    name: str
    path: str
    interface: str


class Request:
    """A method call that is marshalled once and sent often."""

    def __init__(self, target: Target, member: str, signature: str = "", *body: object) -> None:
        address = DBusAddress(target.path, bus_name=target.name, interface=target.interface)
        message = new_method_call(address, member, signature or None, body)
        self.member = member
        self._bytes = bytearray(message.serialise(serial=1))

    def numbered(self, serial: int) -> bytearray:
        """Give the bytes, with another serial number."""
        struct.pack_into("<I", self._bytes, 8, serial)
        return self._bytes


class Client:
    """Calls methods and waits; answers are counted but not read, so that only others cost.

    Args:
        address: Of the bus.
    """

    def __init__(self, address: str) -> None:
        self._connection = open_dbus_connection(address)
        self._socket = self._connection.sock
        self._socket.settimeout(_PATIENCE_SECONDS)
        self._serial = 1000

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def call(self, request: Request) -> tuple[float, int]:
        """Call a method.

        Returns:
            How many seconds that took, and how many bytes the answer has.

        Raises:
            RuntimeError: The answer is an error.
        """
        self._serial += 1
        data = request.numbered(self._serial)
        begin = time.perf_counter()
        self._socket.sendall(data)
        while True:
            head, body = self._receive()
            if head[1] != _SIGNAL:
                break
        took = time.perf_counter() - begin
        if head[1] == _ERROR:
            raise RuntimeError(f"{request.member}: {body[:300]!r}")
        return took, len(body)

    def _receive(self) -> tuple[bytes, bytes]:
        header = self._exactly(_HEADER.size)
        head, body_length, _, fields_length = _HEADER.unpack(header)
        rest = self._exactly((fields_length + 7) // 8 * 8 + body_length)
        return head, rest[len(rest) - body_length :]

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            received = self._socket.recv(count - len(data))
            if not received:
                raise RuntimeError("the bus is gone")
            data += received
        return bytes(data)


class Listener:
    """Waits for one signal.

    Args:
        address: Of the bus.
        target: Who sends it.
        member: Its name.
    """

    def __init__(self, address: str, target: Target, member: str) -> None:
        self._connection = open_dbus_connection(address)
        rule = MatchRule(type="signal", path=target.path, interface=target.interface, member=member)
        self._connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=_PATIENCE_SECONDS)
        self._rule = rule

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def next(self, seconds: float = _PATIENCE_SECONDS) -> tuple[float, tuple[Any, ...]]:
        """Wait for the signal.

        Returns:
            The moment it was here (`time.perf_counter`), and its arguments.

        Raises:
            TimeoutError: It did not come.
        """
        deadline = time.monotonic() + seconds
        while True:
            message = self._connection.receive(timeout=max(deadline - time.monotonic(), 0))
            moment = time.perf_counter()
            if self._rule.matches(message):
                return moment, tuple(message.body)

    def drain(self, quiet_seconds: float) -> None:
        """Take in signals until none has come for so long."""
        try:
            while True:
                self.next(quiet_seconds)
        except TimeoutError:
            return
