"""Reaching a bus, leaving it, owning names, knowing others."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusError, BusGone, BusUnavailable, NameTaken

NAME = "org.wakeful.Test"


async def test_a_connection_has_a_unique_name(peer):
    assert peer.unique_name.startswith(":1.")
    assert peer.connected


async def test_the_session_bus_is_found_by_its_variable(monkeypatch, private_bus, connect):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", private_bus)
    assert (await connect("session")).connected


async def test_the_session_bus_is_found_in_the_runtime_directory(monkeypatch, own_bus, connect):
    directory = os.path.dirname(own_bus.address.partition("path=")[2].partition(",")[0])  # noqa: PTH120 - part of an address
    os.symlink(f"{directory}/socket", f"{directory}/bus")  # noqa: PTH211 - as above
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    assert (await connect("session")).connected


async def test_the_system_bus_is_found_by_its_variable(monkeypatch, private_bus, connect):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", private_bus)
    assert (await connect("system")).connected


async def test_the_first_address_that_answers_is_used(private_bus, connect):
    assert (await connect(f"tcp:host=localhost;unix:path=/nowhere;{private_bus}")).connected


async def test_without_a_session_the_reason_says_what_to_do(monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with pytest.raises(BusUnavailable, match=r"no session bus.*dbus-run-session"):
        await BusConnection.connect("session")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("unix:path=/nowhere/bus", "at unix:path=/nowhere/bus .*No such file.*Check the address"),
        ("unix:abstract=wakeful-nobody", "refused"),
        ("tcp:host=localhost,port=1", "no unix socket"),
        ("nonsense", "not a D-Bus address"),
        ("", "no unix socket"),
    ],
)
async def test_a_bus_that_cannot_be_reached_is_named(address, text):
    with pytest.raises(BusUnavailable, match=text):
        await BusConnection.connect(address)


@pytest.mark.parametrize(
    ("says", "text"),
    [
        (b"REJECTED EXTERNAL\r\n", "refuses user"),
        (b"x" * 20_000, "endless line"),
        (b"", "closed the connection"),
        (b"OK 00\r\nERROR\r\nl\7\0\1", "no answer|did not answer"),
    ],
)
async def test_something_that_is_no_bus_is_refused(tmp_path, says, text):
    async def pretend(listener):
        loop = asyncio.get_running_loop()
        accepted, _ = await loop.sock_accept(listener)
        with accepted:
            await loop.sock_recv(accepted, 100)
            await loop.sock_sendall(accepted, says)
            if says.startswith(b"OK"):
                await asyncio.sleep(1)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "bus"))
        listener.listen()
        listener.setblocking(False)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pretend(listener))
            with pytest.raises(BusUnavailable, match=text):
                await BusConnection.connect(f"unix:path={tmp_path}/bus", timeout=0.3)


async def test_a_bus_that_does_not_answer_is_given_up(tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        with pytest.raises(BusUnavailable, match=r"no answer within 0\.2 s"):
            await BusConnection.connect(f"unix:path={tmp_path}/bus", timeout=0.2)


async def test_closing_ends_everything_at_once(private_bus):
    connection = await BusConnection.connect(private_bus)
    waiting = asyncio.ensure_future(connection.closed())
    await connection.close()
    await connection.close()
    assert not connection.connected
    assert await waiting == "the connection was closed"
    assert await connection.closed() == "the connection was closed"
    with pytest.raises(BusGone, match="closed"):
        await connection.request_name(NAME)
    with pytest.raises(BusGone, match="closed"):
        await connection.flush()
    connection.emit("/", "a.b", "C")
    assert connection.dropped_signals == 1


async def test_closing_fails_the_calls_under_way(service, private_bus, eventually):
    connection = await BusConnection.connect(private_bus)
    call = asyncio.ensure_future(connection.call(*service.target, "Wait", "d", [60.0]))
    await eventually(lambda: service.demo.waiting == 1)
    await connection.close()
    with pytest.raises(BusGone, match="closed"):
        await call


async def test_a_hundred_connections_leave_nothing_open(private_bus, open_files):
    before = open_files()
    for _ in range(100):
        connection = await BusConnection.connect(private_bus)
        await connection.close()
        assert open_files() == before


async def test_what_is_queued_is_sent_before_closing(peer, private_bus, eventually):
    seen = []
    await peer.subscribe(lambda *signal: seen.append(signal[3][0]), interface="org.wakeful.Last")
    connection = await BusConnection.connect(private_bus)
    for number in range(500):
        connection.emit("/", "org.wakeful.Last", "Words", "i", [number])
    await connection.close()
    await eventually(lambda: len(seen) == 500)
    assert seen == list(range(500))
    assert connection.dropped_signals == 0


async def test_a_name_is_owned_until_it_is_released(peer, connect, private_bus):
    other = await connect(private_bus)
    await peer.request_name(NAME)
    await peer.request_name(NAME)
    with pytest.raises(NameTaken) as taken:
        await other.request_name(NAME)
    assert taken.value.name == NAME
    assert f"process {os.getpid()} " in taken.value.owner
    assert peer.unique_name in taken.value.owner
    await peer.release_name(NAME)
    await peer.release_name(NAME)
    await other.request_name(NAME)
    assert not await owner_queue(peer, NAME, other)
    await other.release_name(NAME)


async def owner_queue(connection, name, owner):
    bus = "org.freedesktop.DBus"
    (owners,) = await connection.call(
        bus, "/org/freedesktop/DBus", bus, "ListQueuedOwners", "s", [name]
    )
    return [one for one in owners if one != owner.unique_name]


async def test_a_malformed_name_is_refused_by_the_bus(peer):
    with pytest.raises(BusError, match="InvalidArgs"):
        await peer.request_name("not a name")


async def test_credentials_are_those_of_the_process(peer, service):
    credentials = await peer.credentials(service.name)
    assert (credentials.uid, credentials.pid) == (os.getuid(), os.getpid())
    await service.connection.close()
    assert await peer.credentials(service.name) == credentials


async def test_there_are_no_credentials_of_nobody(peer):
    with pytest.raises(BusError, match="NameHasNoOwner"):
        await peer.credentials(":1.99999")


async def test_remembered_credentials_are_bounded(peer, connect, private_bus):
    for _ in range(270):
        connection = await connect(private_bus)
        await peer.credentials(connection.unique_name)
        await connection.close()
    assert len(peer._credentials._known) == 256
