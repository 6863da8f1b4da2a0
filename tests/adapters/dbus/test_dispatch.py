"""Calls to exported objects, seen from a client that shares no code with us."""

from __future__ import annotations

import asyncio
import logging
import os
import re

import pytest

from wakeful.adapters.dbus.binding import Interface, method
from wakeful.adapters.dbus.errors import InterfaceMismatch, InvalidValue

DBUS_ERROR = "org.freedesktop.DBus.Error."
PATH = "/org/wakeful/Test"
INTERFACE = "org.wakeful.Test1"


async def test_a_method_answers(client):
    answer = await client.ask("Echo", "s", "grüße")
    assert (answer.error, answer.signature, answer.body) == (None, "s", ("grüße",))


async def test_an_asynchronous_method_answers(client):
    assert (await client.ask("Later", "s", "x")).body == ("x",)


async def test_several_results_are_several_arguments(client):
    answer = await client.ask("Pair")
    assert (answer.signature, answer.body) == ("su", ("a", 1))


async def test_a_method_without_result_answers_nothing(client):
    answer = await client.ask("Nothing")
    assert (answer.error, answer.signature, answer.body) == (None, "", ())


async def test_one_handler_serves_two_members(client):
    assert (await client.ask("echo", "s", "x")).body == ("x",)
    assert (await client.ask("Echo", "s", "x")).body == ("x",)


async def test_a_second_signature_is_accepted(client):
    assert (await client.ask("Toggle", "ss", "a", "on")).body == ("a 'on'",)
    assert (await client.ask("Toggle", "sb", "a", 1)).body == ("a True",)


async def test_structures_come_as_lists_and_may_be_returned_as_tuples(client, service):
    answer = await client.ask("Records", "a(su)", [("a", 1), ("b", 2)])
    assert service.demo.seen == [[["a", 1], ["b", 2]]]
    assert answer.body == ([("a", 1), ("b", 2)],)


async def test_variants_pass_in_both_directions(client, service, variant):
    nested = ("a{sv}", {"deep": ("(su)", ("x", 1))})
    answer = await client.ask("Options", "a{sv}", {"count": ("u", 1), "nested": nested})
    (options,) = service.demo.seen
    assert options["count"] == variant("u", 1)
    assert options["nested"].value["deep"].value == ["x", 1]
    assert answer.body == ({"count": ("u", 1), "nested": nested},)


async def test_the_handler_knows_the_call(client):
    (context,) = (await client.ask("Context")).body
    assert context == [client.router.unique_name, PATH, INTERFACE, "Context", ""]


async def test_the_handler_can_ask_who_is_calling(client):
    assert (await client.ask("Caller")).body == (os.getuid(), os.getpid())


async def test_a_call_without_interface_finds_the_method(client, service):
    assert (await client.ask("Echo", "s", "x", interface=None)).body == ("x",)
    assert service.demo.seen[0][0].interface == INTERFACE


async def test_a_call_without_interface_finds_standard_methods(client):
    assert (await client.ask("Ping", interface=None)).error is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"path": "/elsewhere"}, "UnknownObject"),
        ({"path": "/org/wakeful/Test/below"}, "UnknownObject"),
        ({"path": "/org/wakeful"}, "UnknownInterface"),
        ({"path": "/org/wakeful", "interface": None}, "UnknownMethod"),
        ({"interface": "org.wakeful.Other1"}, "UnknownInterface"),
        ({"member": "Ech"}, "UnknownMethod"),
        ({"member": "Ech", "interface": None}, "UnknownMethod"),
        ({"member": "Ech", "interface": "org.freedesktop.DBus.Peer"}, "UnknownMethod"),
    ],
)
async def test_what_is_not_there_is_named(client, changes, error):
    answer = await client.ask(**{"member": "Echo", "interface": INTERFACE, **changes})
    assert answer.error == DBUS_ERROR + error


@pytest.mark.parametrize("interface", [INTERFACE, None])
async def test_wrong_arguments_are_answered_with_both_signatures(client, interface):
    answer = await client.ask("Toggle", "si", "a", 1, interface=interface)
    assert answer.error == DBUS_ERROR + "InvalidArgs"
    assert answer.body == ("Toggle takes arguments of signature 'sb' or 'ss', not 'si'",)


async def test_nothing_is_answered_when_nothing_is_expected(client, service, eventually):
    for member in ("Nothing", "Unknown", "Absent"):
        await client.ask(member, flags=1)
    await eventually(lambda: service.demo.seen == ["nothing"])
    assert (await client.ask("Echo", "s", "still there")).body == ("still there",)


async def test_an_expected_exception_has_its_name_and_text(client):
    answer = await client.ask("Known")
    assert (answer.error, answer.body) == ("org.wakeful.Test1.Error.Refused", ("not today",))


@pytest.mark.parametrize("member", ["Unknown", "UnknownLater"])
async def test_an_unexpected_exception_stays_in_the_log(client, caplog, member):
    answer = await client.ask(member)
    assert answer.error == DBUS_ERROR + "Failed"
    found = re.fullmatch(r"internal error \(reference ([0-9a-f]{8})\)", answer.body[0])
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert found[1] in errors[0].getMessage()
    assert str(errors[0].exc_info[1]) == "the secret is 42"


@pytest.mark.parametrize("member", ["Misfit", "MisfitLater", "Surplus"])
async def test_a_result_that_does_not_fit_is_an_internal_error(client, caplog, member):
    answer = await client.ask(member)
    assert answer.error == DBUS_ERROR + "Failed"
    assert answer.body[0].startswith("internal error (reference ")
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_a_caller_that_vanishes_is_harmless(service, connect, private_bus, eventually):
    leaving = await connect(private_bus)
    call = asyncio.ensure_future(leaving.call(*service.target, "Wait", "d", [0.2]))
    await eventually(lambda: service.demo.waiting == 1)
    await leaving.close()
    with pytest.raises(Exception, match="closed"):
        await call
    await eventually(lambda: service.demo.waiting == 0)
    staying = await connect(private_bus)
    assert await staying.call(*service.target, "Echo", "s", ["x"]) == ["x"]


async def test_handlers_under_way_are_cancelled_at_the_end(service, client, eventually):
    asking = asyncio.ensure_future(client.ask("Wait", "d", 60.0))
    await eventually(lambda: service.demo.waiting == 1)
    await service.server.close()
    assert service.demo.cancelled == 1
    answer = await asking
    assert (answer.error, answer.body) == (DBUS_ERROR + "Failed", ("the service is stopping",))
    await service.server.close()
    assert (await client.ask("Echo", "s", "x")).error == DBUS_ERROR + "UnknownMethod"


async def test_a_thousand_calls_at_a_time_are_all_answered(service, connect, private_bus):
    # Ten clients, because a bus allows one client 128 calls at a time.
    peers = [await connect(private_bus) for _ in range(10)]
    texts = [str(number) for number in range(1000)]
    answers = await asyncio.gather(
        *(
            peers[number % 10].call(*service.target, "Later", "s", [text])
            for number, text in enumerate(texts)
        )
    )
    assert answers == [[text] for text in texts]


class Small:
    @method("Small")
    def small(self, _call):
        return 1


def small(name="org.wakeful.Small1"):
    xml = f'<interface name="{name}"><method name="Small"><arg type="i" direction="out"/></method>'
    return Interface(f"{xml}</interface>", Small())


async def test_an_object_has_several_interfaces_until_they_are_taken_away(client, service):
    server = service.server
    server.export(PATH, small())
    assert (await client.ask("Small", interface="org.wakeful.Small1")).body == (1,)
    server.unexport(PATH, "org.wakeful.Small1")
    answer = await client.ask("Small", interface="org.wakeful.Small1")
    assert answer.error == DBUS_ERROR + "UnknownInterface"
    server.unexport(PATH)
    assert (await client.ask("Echo", "s", "x")).error == DBUS_ERROR + "UnknownObject"
    server.unexport(PATH)


async def test_an_interface_is_exported_once_per_object(service):
    with pytest.raises(InterfaceMismatch, match="already has"):
        service.server.export(PATH, small(INTERFACE))
    with pytest.raises(InterfaceMismatch, match="already has"):
        service.server.export(PATH, small("org.freedesktop.DBus.Peer"))
    with pytest.raises(InvalidValue, match="object path"):
        service.server.export("/bad/", small())
