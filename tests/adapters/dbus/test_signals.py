"""Sending and receiving signals, many of them too."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from wakeful.adapters.dbus import outbox
from wakeful.adapters.dbus.errors import BusError, InvalidValue

PATH = "/org/wakeful/Test"
INTERFACE = "org.wakeful.Signals1"


class Inbox(list):
    """A callback that keeps what it is called with."""

    def note(self, *signal):
        self.append(signal)


@pytest.fixture
def seen():
    return Inbox()


async def test_a_signal_arrives_with_sender_path_member_and_body(peer, service, seen, eventually):
    await peer.subscribe(seen.note, interface=INTERFACE)
    service.connection.emit(PATH, INTERFACE, "Told", "sa(uu)", ("x", [(1, 2)]))
    await eventually(lambda: bool(seen))
    assert seen == [(service.name, PATH, "Told", ["x", [[1, 2]]])]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"member": "A"}, ["A"]),
        ({"path": "/b"}, ["B"]),
        ({"argument0": "x"}, ["B"]),
        ({"interface": INTERFACE}, ["A", "B"]),
        ({"interface": "org.wakeful.Other1"}, []),
    ],
)
async def test_only_what_matches_arrives(  # noqa: PLR0917 - fixtures and parameters
    peer, service, seen, eventually, rule, expected
):
    end = []
    await peer.subscribe(seen.note, sender=service.name, **rule)
    await peer.subscribe(lambda *_: end.append(1), sender=service.name, member="End")
    service.connection.emit("/a", INTERFACE, "A")
    service.connection.emit("/b", INTERFACE, "B", "s", ["x"])
    service.connection.emit("/end", "org.wakeful.End1", "End")
    await eventually(lambda: bool(end))
    assert [signal[2] for signal in seen] == expected


async def test_nothing_arrives_after_cancelling(peer, service, seen, eventually):
    other = []
    subscription = await peer.subscribe(seen.note, interface=INTERFACE)
    await peer.subscribe(lambda *_: other.append(1), interface=INTERFACE)
    await subscription.cancel()
    await subscription.cancel()
    service.connection.emit(PATH, INTERFACE, "Told")
    await eventually(lambda: bool(other))
    assert seen == []


async def test_cancelling_is_harmless_after_the_end(connect, private_bus, seen):
    connection = await connect(private_bus)
    subscription = await connection.subscribe(seen.note, interface=INTERFACE)
    await connection.close()
    await subscription.cancel()


async def test_a_rule_the_bus_refuses_is_reported(peer, seen):
    with pytest.raises(BusError, match="MatchRuleInvalid"):
        await peer.subscribe(seen.note, interface="not an interface")
    with pytest.raises(InvalidValue, match="quotation mark"):
        await peer.subscribe(seen.note, interface="a.b',eavesdrop='true")
    assert peer._subscriptions._active == []


async def test_a_named_sender_is_followed_from_owner_to_owner(
    peer, connect, private_bus, seen, eventually
):
    name = "org.wakeful.Followed"
    first, second = await connect(private_bus), await connect(private_bus)
    await peer.subscribe(seen.note, sender=name, interface=INTERFACE)
    for owner in (first, second):
        await owner.request_name(name)
        owner.emit(PATH, INTERFACE, "Told")
        await eventually(lambda owner=owner: [s[0] for s in seen[-1:]] == [owner.unique_name])
        await owner.release_name(name)
    assert len(seen) == 2


async def test_a_forged_signal_is_kept_out(peer, connect, private_bus, seen, eventually):
    name = "org.wakeful.Trusted"
    trusted, liar = await connect(private_bus), await connect(private_bus)
    await trusted.request_name(name)
    await peer.subscribe(seen.note, sender=name, member="Told")
    # Sent to the victim alone, it passes the bus whatever the victim's rules are.
    liar._messages.send(
        4, "", (), path=PATH, interface=INTERFACE, member="Told", destination=peer.unique_name
    )
    await liar.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.Peer", "Ping")
    trusted.emit(PATH, INTERFACE, "Told")
    await eventually(lambda: bool(seen))
    await trusted.release_name(name)
    assert [signal[0] for signal in seen] == [trusted.unique_name]


async def test_an_exception_in_one_callback_does_not_disturb_the_others(
    peer, service, seen, eventually
):
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def fail(*_):
        raise ValueError("in a callback")

    await peer.subscribe(fail, interface=INTERFACE)
    await peer.subscribe(seen.note, interface=INTERFACE)
    service.connection.emit(PATH, INTERFACE, "One")
    service.connection.emit(PATH, INTERFACE, "Two")
    await eventually(lambda: len(seen) == 2)
    assert [str(context["exception"]) for context in reported] == ["in a callback"] * 2


async def test_a_signal_that_cannot_be_marshalled_is_counted(
    peer, service, seen, eventually, caplog
):
    await peer.subscribe(seen.note, interface=INTERFACE)
    for signature, body in (
        ("u", ["text"]),
        ("s", ["nul\0"]),
        ("o", ["no path"]),
        ("ay", [bytes(9_000_000)]),
    ):
        service.connection.emit(PATH, INTERFACE, "Bad", signature, body)
    service.connection.emit(PATH, INTERFACE, "Good")
    await eventually(lambda: bool(seen))
    assert [signal[2] for signal in seen] == ["Good"]
    assert service.connection.dropped_signals == 4
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 4


async def test_twenty_thousand_signals_at_once_all_arrive_in_order(peer, service, eventually):
    numbers = []
    await peer.subscribe(lambda *signal: numbers.append(signal[3][0]), interface=INTERFACE)
    for number in range(20_000):
        service.connection.emit(PATH, INTERFACE, "Told", "i", [number])
    await eventually(lambda: len(numbers) == 20_000, 50)
    assert numbers == list(range(20_000))
    assert service.connection.dropped_signals == 0


async def test_large_signals_fill_the_socket_without_harm(peer, service, eventually):
    sizes = []
    await peer.subscribe(lambda *signal: sizes.append(len(signal[3][0])), interface=INTERFACE)
    for _ in range(200):
        service.connection.emit(PATH, INTERFACE, "Told", "ay", [bytes(200_000)])
    await service.connection.flush()
    await eventually(lambda: len(sizes) == 200)
    assert set(sizes) == {200_000}


async def test_the_event_loop_stays_responsive_during_a_burst(service):
    for number in range(20_000):
        service.connection.emit(PATH, INTERFACE, "Told", "i", [number])
    laps = []
    flushing = asyncio.ensure_future(service.connection.flush())
    while not flushing.done():
        start = time.thread_time()
        await asyncio.sleep(0)
        laps.append(time.thread_time() - start)
    # Processor time, since the wall clock also counts what others do on this machine.
    assert len(laps) > 10
    assert sorted(laps)[len(laps) // 2] < 0.02


async def test_answers_overtake_signals_that_wait(service, peer, eventually):
    numbers = []
    await peer.subscribe(lambda *signal: numbers.append(signal[3][0]), interface=INTERFACE)
    for number in range(20_000):
        service.connection.emit(PATH, INTERFACE, "Told", "i", [number])
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]
    assert len(service.connection._outbox) > 0
    await eventually(lambda: len(numbers) == 20_000, 50)
    assert numbers == list(range(20_000))


async def test_signals_beyond_the_bound_are_counted_and_logged_once(service, monkeypatch, caplog):
    monkeypatch.setattr(outbox, "CAPACITY", 100)
    for _ in range(150):
        service.connection.emit(PATH, INTERFACE, "Told")
    assert service.connection.dropped_signals == 50
    assert len([r for r in caplog.records if "dropping" in r.getMessage()]) == 1
    await service.connection.flush()
    service.connection.emit(PATH, INTERFACE, "Told")
    await service.connection.flush()
    assert service.connection.dropped_signals == 50
