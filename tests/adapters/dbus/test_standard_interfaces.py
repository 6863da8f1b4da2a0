"""Introspection, Peer and Properties, seen from jeepney and from busctl."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from wakeful.adapters.dbus.errors import InterfaceMismatch

PATH = "/org/wakeful/Test"
INTERFACE = "org.wakeful.Test1"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR = "org.freedesktop.DBus.Error."


async def introspect(client, path):
    (text,) = (await client.ask("Introspect", interface=INTROSPECTABLE, path=path)).body
    return ET.fromstring(text)


async def test_introspection_shows_every_interface(client):
    node = await introspect(client, PATH)
    names = [interface.get("name") for interface in node.findall("interface")]
    assert names == [INTROSPECTABLE, PEER, PROPERTIES, INTERFACE]
    toggle = node.find(f"interface[@name='{INTERFACE}']/method[@name='Toggle']")
    assert [arg.get("type") for arg in toggle.findall("arg[@direction='in']")] == ["s", "s"]


async def test_introspection_leaves_documentation_out(client):
    node = await introspect(client, PATH)
    assert not [element.tag for element in node.iter() if "doc" in element.tag]


async def test_nodes_in_between_lead_to_the_objects(client):
    path = ""
    for name in ("org", "wakeful", "Test"):
        node = await introspect(client, path or "/")
        assert [child.get("name") for child in node.findall("node")] == [name]
        path = f"{path}/{name}"


async def test_nodes_disappear_with_the_last_object_below(client, service):
    service.server.unexport(PATH)
    assert (await introspect(client, "/")).findall("node") == []
    answer = await client.ask("Introspect", interface=INTROSPECTABLE, path="/org")
    assert answer.error == ERROR + "UnknownObject"


async def test_ping_is_answered_at_any_path(client):
    for path in ("/", PATH, "/no/such/object"):
        answer = await client.ask("Ping", interface=PEER, path=path)
        assert (answer.error, answer.body) == (None, ())


@pytest.fixture
def machine_id():
    return Path("/etc/machine-id").read_text().strip()


async def test_the_machine_id_is_answered_again_and_again(client, machine_id):
    for _ in range(3):
        assert (await client.ask("GetMachineId", interface=PEER)).body == (machine_id,)


async def test_properties_are_read(client):
    answer = await client.ask("Get", "ss", INTERFACE, "Running", interface=PROPERTIES)
    assert (answer.signature, answer.body) == ("v", (("b", True),))
    answer = await client.ask("GetAll", "s", INTERFACE, interface=PROPERTIES)
    assert answer.body == (
        {
            "Running": ("b", True),
            "Place": ("(uu)", (1, 2)),
            "Load": ("d", 0.5),
            "Version": ("s", "1.0"),
        },
    )


async def test_an_empty_interface_name_means_any(client):
    answer = await client.ask("Get", "ss", "", "Version", interface=PROPERTIES)
    assert answer.body == (("s", "1.0"),)
    assert len((await client.ask("GetAll", "s", "", interface=PROPERTIES)).body[0]) == 4


@pytest.mark.parametrize("name", [INTROSPECTABLE, PEER, PROPERTIES])
async def test_an_interface_without_properties_has_an_empty_set(client, name):
    assert (await client.ask("GetAll", "s", name, interface=PROPERTIES)).body == ({},)


@pytest.mark.parametrize(
    ("member", "arguments", "error"),
    [
        ("Get", ("ss", INTERFACE, "Absent"), "UnknownProperty"),
        ("Get", ("ss", PEER, "Absent"), "UnknownProperty"),
        ("Get", ("ss", "org.wakeful.Other1", "Running"), "UnknownInterface"),
        ("GetAll", ("s", "org.wakeful.Other1"), "UnknownInterface"),
        ("Set", ("ssv", INTERFACE, "Running", ("b", False)), "PropertyReadOnly"),
        ("Set", ("ssv", INTERFACE, "Absent", ("b", False)), "UnknownProperty"),
        ("Get", ("s", INTERFACE), "InvalidArgs"),
    ],
)
async def test_property_errors_are_precise(client, member, arguments, error):
    answer = await client.ask(member, *arguments, interface=PROPERTIES)
    assert answer.error == ERROR + error


async def test_changed_properties_are_announced_with_their_values(
    service, peer, eventually, variant
):
    seen = []
    await peer.subscribe(lambda *signal: seen.append(signal), sender=service.name, path=PATH)
    service.server.properties_changed(PATH, INTERFACE, ["Running", "Place", "Load"])
    await eventually(lambda: bool(seen))
    changed = {"Running": variant(signature="b", value=True), "Place": variant("(uu)", [1, 2])}
    assert seen == [
        (service.name, PATH, "PropertiesChanged", [INTERFACE, changed, ["Load"]]),
    ]


@pytest.mark.parametrize("name", ["Version", "Absent"])
async def test_what_never_changes_cannot_be_announced(service, name):
    with pytest.raises(InterfaceMismatch, match=name):
        service.server.properties_changed(PATH, INTERFACE, [name])


async def test_signals_have_the_signature_of_the_description(service, peer, eventually):
    seen = []
    await peer.subscribe(lambda *signal: seen.append(signal), sender=service.name)
    service.server.emit(PATH, INTERFACE, "Moved", "here", (1, 2))
    await eventually(lambda: bool(seen))
    assert seen == [(service.name, PATH, "Moved", ["here", [1, 2]])]


async def test_only_described_signals_can_be_sent(service):
    with pytest.raises(InterfaceMismatch, match="no signal"):
        service.server.emit(PATH, INTERFACE, "Absent")
    with pytest.raises(InterfaceMismatch, match="no interface"):
        service.server.emit("/elsewhere", INTERFACE, "Tick", 1)


async def busctl(address, *arguments):
    process = await asyncio.create_subprocess_exec(
        "busctl", f"--address={address}", "--no-pager", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_busctl_walks_the_tree(service, private_bus):
    assert PATH in await busctl(private_bus, "--list", "tree", service.name)


async def test_busctl_introspects_and_reads(service, private_bus):
    lines = (await busctl(private_bus, "introspect", service.name, PATH)).splitlines()
    shown = {tuple(line.split()[:4]) for line in lines}
    assert (".Toggle", "method", "ss", "s") in shown
    assert (".Moved", "signal", "s(uu)", "-") in shown
    assert (".Running", "property", "b", "true") in shown


async def test_busctl_calls(service, private_bus):
    output = await busctl(private_bus, "call", service.name, PATH, INTERFACE, "Echo", "s", "hi")
    assert output == 's "hi"\n'
