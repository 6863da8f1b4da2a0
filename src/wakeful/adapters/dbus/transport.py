"""Bytes and file descriptors over the socket of a bus.

Knows where messages begin and end, not what they mean. A full socket is waited for, too large
messages are passed over without being held in memory.
"""

from __future__ import annotations

import array
import errno
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from wakeful.adapters.dbus.descriptors import close_all

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    Deliver = Callable[["Frame"], None]

_READ_SIZE: Final = 64 * 1024
_MOST_DESCRIPTORS: Final = 253
_ANCILLARY_SIZE: Final = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)
_FIXED_HEADER: Final = 16
_LITTLE_ENDIAN: Final = ord("l")
_BIG_ENDIAN: Final = ord("B")
_LITTLE_SIZES: Final = struct.Struct("<4xI4xI")
_BIG_SIZES: Final = struct.Struct(">4xI4xI")
_LARGEST_MESSAGE: Final = 128 * 1024 * 1024
# Nothing legitimate is near it: names and paths only.
_LARGEST_HEADER: Final = 256 * 1024
_BODY_LIMITS: Final = {1: 1024 * 1024, 2: 32 * 1024 * 1024, 3: 1024 * 1024, 4: 1024 * 1024}
"""The largest body accepted, by message type; ours to ask for are only the replies."""
_SLICE: Final = 0.002
"""Seconds of delivering messages before the event loop gets its turn."""
_RETRY_DELAY: Final = 0.05
_FULL: Final = frozenset({errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS})


class Frame(NamedTuple):
    """One received message, still marshalled.

    Attributes:
        data: the message; of one that is too large only the header, made to say "no body".
        descriptors: its file descriptors, which the receiver closes.
        excess: the size in bytes of the body that was passed over, else 0.
    """

    data: bytes | bytearray
    descriptors: list[int]
    excess: int


class Framer:
    """Cuts the received bytes into messages.

    File descriptors belong to the last message that has bytes in the same read: Linux never
    gives out what was sent behind descriptors together with them (unix(7)).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self._to_skip = 0

    def feed(self, data: bytes, descriptors: list[int]) -> list[Frame]:
        """Take what was read; return the messages that are complete now.

        Raises:
            ConnectionAbortedError: these are not D-Bus messages.
        """
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        received: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            received = self._buffer
        frames: list[Frame] = []
        end = self._cut(received, frames)
        if received is not self._buffer or end:
            self._buffer = bytearray(received[end:])
        if descriptors:
            if self._buffer:
                self._descriptors += descriptors
            elif frames:
                frames[-1].descriptors.extend(descriptors)
            else:
                close_all(descriptors)
        return frames

    def close(self) -> None:
        """Forget everything."""
        close_all(self._taken_descriptors())
        self._buffer.clear()

    def _cut(self, data: bytes | bytearray, frames: list[Frame]) -> int:
        """Cut off the complete messages; return where the next one begins.

        Of a message that is too large the rest is passed over as it comes in.
        """
        start = 0
        available = len(data)
        while available - start >= _FIXED_HEADER:
            header, body = _sizes(data, start)
            end = start + header + body
            if header > _LARGEST_HEADER:
                close_all(self._taken_descriptors())
            elif body > _BODY_LIMITS.get(data[start + 1], 0):
                if available - start < header:
                    break
                head = bytearray(data[start : start + header])
                head[4:8] = bytes(4)
                frames.append(Frame(head, self._taken_descriptors(), body))
            elif end > available:
                break
            else:
                whole = data if end - start == available else data[start:end]
                frames.append(Frame(whole, self._taken_descriptors(), 0))
            start = end
        if start > available:
            self._to_skip = start - available
            return available
        return start

    def _taken_descriptors(self) -> list[int]:
        descriptors, self._descriptors = self._descriptors, []
        return descriptors


def _sizes(data: bytes | bytearray, start: int) -> tuple[int, int]:
    """Return the sizes of header and body of a message."""
    order = data[start]
    if order == _LITTLE_ENDIAN:
        body, fields = _LITTLE_SIZES.unpack_from(data, start)
    elif order == _BIG_ENDIAN:
        body, fields = _BIG_SIZES.unpack_from(data, start)
    else:
        raise ConnectionAbortedError("the bus sent something that is no D-Bus message")
    header = _FIXED_HEADER + fields + (-fields & 7)
    if header + body > _LARGEST_MESSAGE:
        raise ConnectionAbortedError("the bus sent something that is no D-Bus message")
    return header, body


class Transport:
    """The socket of one connection.

    Args:
        loop: the event loop.
        connection: a connected, non-blocking socket; owned from now on.
        deliver: called with every message, in order.
        lost: called once with the reason when the bus goes away; not by `close`.
        drained: called whenever everything waiting has been written.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        *,
        deliver: Deliver,
        lost: Callable[[str], None],
        drained: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._socket = connection
        self._deliver = deliver
        self._lost = lost
        self._drained = drained
        self._framer = Framer()
        self._frames: deque[Frame] = deque()
        self._waiting: deque[tuple[memoryview, Sequence[int]]] = deque()
        self._writing = False
        self._closed = False
        loop.add_reader(connection, self._on_readable)

    @property
    def blocked(self) -> bool:
        """Whether something waits for the socket to take more."""
        return self._writing

    def send(self, data: bytearray, descriptors: Sequence[int] = ()) -> None:
        """Send a message now, or as soon as the socket takes it; closes the descriptors."""
        if self._closed:
            close_all(descriptors)
            return
        if self._waiting or descriptors:
            self._waiting.append((memoryview(data), descriptors))
            if not self._writing:
                self._write()
            return
        try:
            written = self._socket.send(data)
        except OSError as exception:
            self._waiting.append((memoryview(data), ()))
            self._write_refused(exception)
            return
        if written < len(data):
            self._waiting.append((memoryview(data)[written:], ()))
            self._write()

    def close(self) -> None:
        """Free the socket and everything that waits; can be called again."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        for _data, descriptors in self._waiting:
            close_all(descriptors)
        self._waiting.clear()
        for frame in self._frames:
            close_all(frame.descriptors)
        self._frames.clear()
        self._framer.close()

    def _fail(self, reason: str) -> None:
        if not self._closed:
            self.close()
            self._lost(reason)

    def _write(self) -> None:
        """Write as much as the socket takes."""
        waiting = self._waiting
        while waiting:
            data, descriptors = waiting[0]
            try:
                written = self._write_some(data, descriptors)
            except OSError as exception:
                self._write_refused(exception)
                return
            close_all(descriptors)
            if written < len(data):
                waiting[0] = (data[written:], ())
            else:
                waiting.popleft()
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._socket)
            self._drained()

    def _write_some(self, data: memoryview, descriptors: Sequence[int]) -> int:
        if not descriptors:
            return self._socket.send(data)
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
        return self._socket.sendmsg([data], [rights])

    def _write_refused(self, exception: OSError) -> None:
        if isinstance(exception, BlockingIOError):
            if not self._writing:
                self._writing = True
                self._loop.add_writer(self._socket, self._write)
        elif exception.errno in _FULL:
            # The kernel is short of something; the socket itself would report "writable".
            self._loop.remove_writer(self._socket)
            self._writing = True
            self._loop.call_later(_RETRY_DELAY, self._write_again)
        else:
            self._fail(_reason(exception))

    def _write_again(self) -> None:
        if not self._closed:
            self._loop.add_writer(self._socket, self._write)

    def _on_readable(self) -> None:
        try:
            data, ancillary, _flags, _address = self._socket.recvmsg(
                _READ_SIZE, _ANCILLARY_SIZE, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return
        except OSError as exception:
            self._fail(_reason(exception))
            return
        descriptors = _received(ancillary) if ancillary else []
        if not data:
            close_all(descriptors)
            self._fail("the bus closed the connection")
            return
        try:
            self._frames.extend(self._framer.feed(data, descriptors))
        except ConnectionAbortedError as exception:
            self._fail(str(exception))
            return
        self._deliver_frames()

    def _deliver_frames(self) -> None:
        """Hand out messages for one slice of time; go on later if there are more."""
        frames = self._frames
        end = self._loop.time() + _SLICE
        try:
            while frames:
                self._deliver(frames.popleft())
                if frames and self._loop.time() > end:
                    break
        finally:
            # Also after an exception, which is the event loop's to report: the rest must not stall.
            if frames:
                self._loop.remove_reader(self._socket)
                self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._closed:
            return
        self._loop.add_reader(self._socket, self._on_readable)
        self._deliver_frames()


def _received(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return list(descriptors)


def _reason(exception: OSError) -> str:
    return f"the connection to the bus broke: {exception.strerror or exception}"
