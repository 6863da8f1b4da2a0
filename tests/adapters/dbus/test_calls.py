"""Calls to others: answers, errors, deadlines, limits, file descriptors."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from wakeful.adapters.dbus.errors import BusError, CallTimeout, InvalidValue, MessageTooLarge

BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


async def test_structures_go_as_tuples_or_lists_and_come_as_lists(peer, service):
    for given in ([("a", 1)], [["a", 1]], (("a", 1),)):
        assert await peer.call(*service.target, "Records", "a(su)", [given]) == [[["a", 1]]]


async def test_variants_come_as_variants_with_lists_inside(peer, service, variant):
    options = {"pair": variant("(su)", ["a", 1]), "many": variant("a(ss)", [["a", "b"]])}
    assert await peer.call(*service.target, "Options", "a{sv}", (options,)) == [options]


async def test_an_error_has_its_name_and_text(peer, service):
    with pytest.raises(BusError) as error:
        await peer.call(*service.target, "Known")
    assert (error.value.name, error.value.text) == ("org.wakeful.Test1.Error.Refused", "not today")


async def test_nobody_of_that_name_is_an_error(peer):
    with pytest.raises(BusError, match="ServiceUnknown"):
        await peer.call("org.wakeful.Nobody", "/", "a.b", "C")
    with pytest.raises(BusError, match="NameHasNoOwner"):
        await peer.call("org.wakeful.Nobody", "/", "a.b", "C", autostart=False)


async def test_a_deadline_is_kept_and_nothing_stays_behind(peer, service):
    start = time.monotonic()
    results = await asyncio.gather(
        *(peer.call(*service.target, "Wait", "d", [0.4], timeout=0.1) for _ in range(50)),
        return_exceptions=True,
    )
    assert time.monotonic() - start < 5
    assert {type(result) for result in results} == {CallTimeout}
    assert len(peer._pending) == 0
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]


async def test_a_cancelled_call_leaves_nothing_behind(peer, service, eventually):
    call = asyncio.ensure_future(peer.call(*service.target, "Wait", "d", [0.2]))
    await eventually(lambda: service.demo.waiting == 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(peer._pending) == 0
    await eventually(lambda: service.demo.waiting == 0)
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("s", [1]),
        ("s", [None]),
        ("s", ["nul\0"]),
        ("s", ["\ud800"]),
        ("s", []),
        ("s", ["a", "b"]),
        ("as", ["abc"]),
        ("as", [["a", 1]]),
        ("u", [-1]),
        ("u", ["1"]),
        ("y", [256]),
        ("b", [1]),
        ("o", ["no/path"]),
        ("o", ["/newline\n"]),
        ("g", ["a"]),
        ("g", ["a{vs}"]),
        ("v", ["text"]),
        ("(su)", [["a"]]),
        ("(su)", ["ab"]),
        ("a{su}", [[("a", 1)]]),
        ("a{su}", [{"a": "1"}]),
        ("ay", ["text"]),
        ("h", [-1]),
        ("h", ["text"]),
        ("()", [[]]),
        ("a", [[]]),
        ("z", [1]),
        ("(s", [["a"]]),
        ("{ss}", [{}]),
    ],
)
async def test_what_does_not_fit_is_refused_before_it_is_sent(peer, service, signature, body):
    with pytest.raises(InvalidValue):
        await peer.call(*service.target, "Echo", signature, body)
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]


async def test_nesting_beyond_what_the_bus_accepts_is_refused(peer, service, variant):
    value = variant("s", "x")
    for depth in range(70):
        value = variant("v", value) if depth % 2 else variant("av", [value])
    with pytest.raises(InvalidValue, match="nested"):
        await peer.call(*service.target, "Options", "a{sv}", [{"x": value}])
    assert peer.connected


async def test_nesting_the_bus_accepts_passes(peer, service, variant):
    value = variant("s", "x")
    for _ in range(60):
        value = variant("v", value)
    assert await peer.call(*service.target, "Options", "a{sv}", [{"x": value}]) == [{"x": value}]


@pytest.mark.parametrize(
    "target",
    [
        ("not a name", "/", "a.b", "C"),
        (":1.1", "no path", "a.b", "C"),
        (":1.1", "/", "nodot", "C"),
        (":1.1", "/", "a.b", "no member"),
    ],
)
async def test_malformed_targets_are_refused_before_they_are_sent(peer, target):
    with pytest.raises(InvalidValue):
        await peer.call(*target)
    assert peer.connected


async def test_a_call_that_is_too_large_is_not_sent(peer, service):
    with pytest.raises(MessageTooLarge):
        await peer.call(*service.target, "Echo", "s", ["x" * 9_000_000])
    assert peer.connected


async def test_large_arguments_are_refused_and_the_service_goes_on(peer, service):
    with pytest.raises(BusError) as error:
        await peer.call(*service.target, "Echo", "s", ["x" * 2_000_000])
    assert error.value.name == "org.wakeful.Test1.Error.MessageTooLarge"
    text = "x" * 1_000_000
    assert await peer.call(*service.target, "Echo", "s", [text]) == [text]


async def test_an_answer_that_is_too_large_becomes_an_error(peer, service):
    with pytest.raises(BusError) as error:
        await peer.call(*service.target, "Blob", "u", [9_000_000])
    assert error.value.name == "org.wakeful.Test1.Error.MessageTooLarge"
    (blob,) = await peer.call(*service.target, "Blob", "u", [8_000_000])
    assert len(blob) == 8_000_000


async def test_one_sender_has_a_limited_number_of_calls_under_way(client, service, eventually):
    # Calls that expect no answer, because the bus counts the others itself.
    for _ in range(256):
        await client.ask("Wait", "d", 60.0, flags=1)
    await eventually(lambda: service.demo.waiting == 256)
    answer = await client.ask("Later", "s", "x")
    assert answer.error == "org.wakeful.Test1.Error.TooManyCalls"
    assert (await client.ask("Echo", "s", "at once")).body == ("at once",)
    peer = service.connection
    assert await peer.call(*service.target, "Later", "s", ["x"]) == ["x"]
    assert service.demo.waiting == 256


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note"
    path.write_text("written")
    return path


async def test_a_file_goes_with_a_call(peer, service, note, open_files):
    before = open_files()
    with note.open() as file:
        assert await peer.call(*service.target, "Read", "h", [file]) == ["written"]
        assert await peer.call(*service.target, "Read", "h", [file.fileno()]) == ["written"]
        os.fstat(file.fileno())
    assert open_files() == before


@pytest.mark.parametrize("member", ["Open", "OpenLater"])
async def test_a_file_comes_with_an_answer(peer, service, note, open_files, member):
    before = open_files()
    (descriptor,) = await peer.call(*service.target, member, "s", [str(note)])
    assert not os.get_inheritable(descriptor)
    assert os.pread(descriptor, 10, 0) == b"written"
    os.close(descriptor)
    assert open_files() == before


async def test_files_travel_in_variants(peer, service, note, variant, open_files):
    before = open_files()
    with note.open() as file:
        options = {"log": variant("h", file.fileno()), "same": variant("h", file.fileno())}
        (answer,) = await peer.call(*service.target, "Options", "a{sv}", [options])
    received = [answer["log"].value, answer["same"].value]
    assert len(set(received)) == 2
    for descriptor in received:
        assert os.pread(descriptor, 10, 0) == b"written"
        os.close(descriptor)
    assert open_files() == before


async def test_files_nobody_wants_are_closed(peer, service, note, open_files):
    before = open_files()
    with note.open() as file:
        for _ in range(300):
            for member, signature in (("Echo", "sh"), ("Absent", "sh")):
                with pytest.raises(BusError):
                    await peer.call(*service.target, member, signature, ["x", file])
            await peer.call(*service.target, "Read", "h", [file])
            assert open_files() <= before + 2
    assert open_files() == before


async def test_a_file_that_comes_too_late_is_closed(peer, service, note, open_files, eventually):
    before = open_files()
    call = asyncio.ensure_future(peer.call(*service.target, "Open", "s", [str(note)]))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]
    await eventually(lambda: open_files() == before)


async def test_files_in_signals_are_closed(peer, service, note, open_files):
    before = open_files()
    seen = []
    await peer.subscribe(lambda *signal: seen.append(signal), sender=service.name)
    with note.open() as file:
        for _ in range(50):
            service.connection.emit("/", "org.wakeful.Files1", "Given", "h", [file.fileno()])
        await service.connection.flush()
    assert await peer.call(*service.target, "Echo", "s", ["x"]) == ["x"]
    assert seen == []
    assert open_files() == before


async def test_many_files_travel_at_once(peer, service, note, variant):
    with note.open() as file:
        options = {str(number): variant("h", file.fileno()) for number in range(16)}
        (answer,) = await peer.call(*service.target, "Options", "a{sv}", [options])
    for received in answer.values():
        assert os.pread(received.value, 10, 0) == b"written"
        os.close(received.value)


async def test_a_missing_file_is_an_internal_error(peer, service):
    with pytest.raises(BusError, match="internal error"):
        await peer.call(*service.target, "Open", "s", [str(Path("/nowhere"))])
