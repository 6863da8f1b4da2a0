"""The bus stops, dies, or is replaced."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from wakeful.adapters.dbus.errors import BusGone, BusUnavailable, CallTimeout

PATH = "/org/wakeful/Test"
INTERFACE = "org.wakeful.Signals1"


async def test_the_death_of_the_bus_ends_everything_at_once(own_bus, serve, connect, eventually):
    service, peer = await serve(own_bus.address), await connect(own_bus.address)
    calls = [
        asyncio.ensure_future(peer.call(*service.target, "Wait", "d", [60.0])) for _ in range(20)
    ]
    closed = asyncio.ensure_future(peer.closed())
    await eventually(lambda: service.demo.waiting == 20)
    own_bus.kill()
    start = time.monotonic()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert "gone" in await closed
    assert time.monotonic() - start < 1
    assert {type(result) for result in results} == {BusGone}
    assert not peer.connected


async def test_later_calls_fail_at_once_and_signals_are_counted(own_bus, connect):
    connection = await connect(own_bus.address)
    own_bus.kill()
    await connection.closed()
    for attempt in (
        connection.call(connection.unique_name, "/", "a.b", "C"),
        connection.request_name("org.wakeful.Test"),
        connection.release_name("org.wakeful.Test"),
        connection.credentials(connection.unique_name),
        connection.subscribe(print, interface=INTERFACE),
        connection.flush(),
    ):
        with pytest.raises(BusGone, match="gone"):
            await attempt
    connection.emit(PATH, INTERFACE, "Told")
    assert connection.dropped_signals == 1
    await connection.close()


async def test_a_call_that_is_the_first_to_find_the_bus_gone_fails_at_once(own_bus, connect):
    connection = await connect(own_bus.address)
    own_bus.kill()
    start = time.monotonic()
    with pytest.raises(BusGone, match="gone"):
        await connection.call(connection.unique_name, "/", "a.b", "C")
    assert time.monotonic() - start < 1


async def test_a_flush_under_way_ends_with_the_bus(own_bus, connect):
    connection = await connect(own_bus.address)
    own_bus.process.send_signal(signal.SIGSTOP)
    for number in range(20_000):
        connection.emit(PATH, INTERFACE, "Told", "i", [number])
    flush = asyncio.ensure_future(connection.flush())
    await asyncio.sleep(0.05)
    assert not flush.done()
    own_bus.kill()
    with pytest.raises(BusGone):
        await flush
    assert connection.dropped_signals > 0


async def test_a_stopped_bus_gets_every_signal_when_it_goes_on(own_bus, connect, eventually):
    sender, receiver = await connect(own_bus.address), await connect(own_bus.address)
    numbers = []
    await receiver.subscribe(lambda *told: numbers.append(told[3][0]), interface=INTERFACE)
    own_bus.process.send_signal(signal.SIGSTOP)
    try:
        for number in range(10_000):
            sender.emit(PATH, INTERFACE, "Told", "i", [number])
        await asyncio.sleep(0.5)
        assert sender.connected
    finally:
        own_bus.process.send_signal(signal.SIGCONT)
    await eventually(lambda: len(numbers) == 10_000, 50)
    assert numbers == list(range(10_000))


async def test_calls_and_closing_do_not_wait_for_a_stopped_bus(own_bus, connect):
    connection = await connect(own_bus.address)
    own_bus.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(CallTimeout):
            await connection.call("org.freedesktop.DBus", "/", "a.b", "C", timeout=0.1)
        with pytest.raises(BusUnavailable, match=r"did not answer|no answer"):
            await type(connection).connect(own_bus.address, timeout=0.2)
        for number in range(10_000):
            connection.emit(PATH, INTERFACE, "Told", "i", [number])
        start = time.monotonic()
        await connection.close()
        assert 0.5 < time.monotonic() - start < 3
    finally:
        own_bus.process.send_signal(signal.SIGCONT)


async def test_handlers_finish_although_the_bus_has_gone(
    own_bus, serve, connect, eventually, caplog
):
    service, peer = await serve(own_bus.address), await connect(own_bus.address)
    call = asyncio.ensure_future(peer.call(*service.target, "Wait", "d", [0.2]))
    await eventually(lambda: service.demo.waiting == 1)
    own_bus.kill()
    with pytest.raises(BusGone):
        await call
    await eventually(lambda: service.demo.waiting == 0)
    assert service.demo.cancelled == 0
    assert caplog.records == []
