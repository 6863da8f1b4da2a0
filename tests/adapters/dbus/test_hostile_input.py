"""What other clients may send, and what a bus that is none may send."""

from __future__ import annotations

import array
import asyncio
import os
import random
import socket
import struct

import pytest

from wakeful.adapters.dbus import library
from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.server import ObjectServer


class Wire:
    """The other end of a connection, free to send anything."""

    def __init__(self, end):
        self.end = end
        self.received = b""

    async def send(self, data, descriptors=()):
        if descriptors:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
            self.end.sendmsg([data], [rights])
            return
        await asyncio.get_running_loop().sock_sendall(self.end, data)

    async def replies(self, count):
        loop = asyncio.get_running_loop()
        found = []
        async with asyncio.timeout(5):
            while len(found) < count:
                piece = await loop.sock_recv(self.end, 65536)
                assert piece, "the connection was closed"
                self.received += piece
                while len(self.received) >= 16:
                    body, _, fields = struct.unpack_from("<III", self.received, 4)
                    size = 16 + fields + (-fields & 7) + body
                    if len(self.received) < size:
                        break
                    found.append(library.decode(self.received[:size]))
                    self.received = self.received[size:]
        return found


@pytest.fixture
async def wire():
    """A connection with an object server, and its other end."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    connection = BusConnection(near, label="the test", passes_descriptors=True)
    server = ObjectServer(connection, lambda _: None)
    with far:
        wire = Wire(far)
        wire.connection = connection
        yield wire
        await server.close()
        await connection.close()


def ping(serial=1, **fields):
    return bytes(
        library.encode(
            library.METHOD_CALL,
            serial,
            signature="",
            body=[],
            descriptors=[],
            **{
                "path": "/",
                "interface": "org.freedesktop.DBus.Peer",
                "member": "Ping",
                **fields,
            },
        )
    )


async def is_alive(wire):
    await wire.send(ping(serial=77))
    serial = 0
    while serial != 77:
        serial = (await wire.replies(1))[-1].reply_serial
    return wire.connection.connected


async def test_messages_may_come_in_any_pieces(wire):
    data = ping(1) + ping(2) + ping(3)
    for start in range(0, len(data), 5):
        await wire.send(data[start : start + 5])
        await asyncio.sleep(0)
    assert [reply.reply_serial for reply in await wire.replies(3)] == [1, 2, 3]


async def test_an_unknown_type_of_message_is_passed_over(wire):
    for kind in (0, 5, 255):
        data = bytearray(ping())
        data[1] = kind
        await wire.send(data)
    assert await is_alive(wire)


async def test_unknown_flags_and_header_fields_are_passed_over(wire):
    data = bytearray(ping())
    data[2] = 0xF0
    await wire.send(data)
    extra = bytes([200, 1, ord("u"), 0, 9, 0, 0, 0])
    known = data[16:]
    extended = data[:12] + struct.pack("<I", len(known) + len(extra)) + known + extra
    await wire.send(extended)
    assert await is_alive(wire)


async def test_answers_nobody_waits_for_are_dropped(wire):
    for kind in (library.METHOD_RETURN, library.ERROR):
        name = "a.B" if kind == library.ERROR else None
        for serial in (0, 1, 999_999):
            data = library.encode(
                kind,
                5,
                signature="",
                body=[],
                descriptors=[],
                reply_serial=serial or 1,
                error_name=name,
            )
            await wire.send(data)
    assert await is_alive(wire)


async def test_a_body_that_contradicts_its_signature_is_passed_over(wire):
    data = library.encode(
        library.METHOD_CALL,
        1,
        signature="s",
        body=["text"],
        descriptors=[],
        path="/",
        interface="org.freedesktop.DBus.Peer",
        member="Ping",
    )
    data[-9:-5] = struct.pack("<I", 4000)
    await wire.send(data)
    assert await is_alive(wire)


async def test_large_bodies_are_passed_over_without_being_held(wire):
    size = 50 * 1024 * 1024
    head = bytearray(ping(5))
    head[4:8] = struct.pack("<I", size)
    sending = asyncio.ensure_future(wire.send(bytes(head) + bytes(-len(head) & 7)))
    await sending
    (reply,) = await wire.replies(1)
    assert (reply.reply_serial, reply.error_name) == (
        5,
        "org.freedesktop.DBus.Error.LimitsExceeded",
    )
    block = bytes(1024 * 1024)
    for _ in range(50):
        await wire.send(block)
        assert len(wire.connection._transport._framer._buffer) == 0
    assert await is_alive(wire)


async def test_a_gigantic_message_ends_the_connection(wire):
    await wire.send(b"l\1\0\1" + struct.pack("<III", 0xFFFFFFFF, 1, 0xFFFFFFFF))
    assert "no D-Bus message" in await wire.connection.closed()


async def test_noise_ends_the_connection_or_is_passed_over(wire):
    noise = random.Random(1)
    await wire.send(noise.randbytes(100_000))
    assert "no D-Bus message" in await wire.connection.closed()


async def test_damaged_messages_never_raise(wire):
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    noise = random.Random(2)
    whole = ping(3)
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(noise.randrange(1, 4)):
            # The fixed part stays whole, so that the end of the message stays known.
            damaged[noise.randrange(16, len(whole))] = noise.randrange(256)
        await wire.send(damaged)
        await asyncio.sleep(0)
    assert await is_alive(wire)
    assert failures == []


async def test_descriptors_nobody_asked_for_are_closed(wire, open_files):
    with open(os.devnull) as file:  # noqa: ASYNC230, PTH123 - the null device
        before = open_files()
        unknown = bytearray(ping())
        unknown[1] = 9
        large = bytearray(ping())
        large[4:8] = struct.pack("<I", 2_000_000)
        for _ in range(100):
            await wire.send(ping(), [file.fileno()] * 3)
            await wire.send(unknown, [file.fileno()] * 3)
            await asyncio.sleep(0)
        assert await is_alive(wire)
        assert open_files() == before
        await wire.send(large[:20], [file.fileno()] * 3)
        await asyncio.sleep(0.05)
        await wire.connection.close()
        assert open_files() < before


async def test_descriptors_go_to_the_message_they_came_with(wire, tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    calls = []
    wire.connection.handle_calls(calls.append)
    first, second = (os.open(tmp_path / name, os.O_RDONLY) for name in "ab")
    await wire.send(ping(1))
    await wire.send(ping(2), [first])
    await wire.send(ping(3))
    await wire.send(ping(4)[:7], [second])
    await wire.send(ping(4)[7:] + ping(5))
    await asyncio.sleep(0.05)
    os.close(first)
    os.close(second)
    assert [len(call.descriptors) for call in calls] == [0, 1, 0, 1, 0]
    assert os.pread(calls[1].descriptors.take(0), 1, 0) == b"a"
    assert os.pread(calls[3].descriptors.take(0), 1, 0) == b"b"
    for call in calls:
        call.descriptors.close()


async def test_thousands_of_signatures_are_not_remembered(wire):
    for number in range(5000):
        signature = f"{number:b}".replace("0", "u").replace("1", "s")
        body = [0 if letter == "u" else "" for letter in signature]
        data = library.encode(
            library.METHOD_CALL,
            1,
            signature=signature,
            body=body,
            descriptors=[],
            flags=library.NO_REPLY_EXPECTED,
            path="/",
            interface="org.freedesktop.DBus.Peer",
            member="Ping",
        )
        await wire.send(data)
        await asyncio.sleep(0)
    assert await is_alive(wire)
    assert len(library._signature_cache) <= 4097
