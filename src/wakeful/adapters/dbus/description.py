"""Interfaces as described in XML: the single source of names, signatures and documentation."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any, Final

from wakeful.adapters.dbus.errors import InterfaceMismatch, InvalidValue
from wakeful.adapters.dbus.signature import parse

EMITS_CHANGED: Final = "org.freedesktop.DBus.Property.EmitsChangedSignal"
_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_INTERFACE: Final = re.compile(r"(?=.{1,255}\Z)[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """A method: what goes in and what comes out."""

    name: str
    takes: str
    returns: str


@dataclass(frozen=True, slots=True)
class SignalDescription:
    """A signal and its arguments."""

    name: str
    signature: str


@dataclass(frozen=True, slots=True)
class PropertyDescription:
    """A property.

    Attributes:
        name: its name.
        signature: one complete type.
        emits: `true`, `invalidates`, `const` or `false`: what is sent when it changes.
    """

    name: str
    signature: str
    emits: str


@dataclass(frozen=True, slots=True, eq=False)
class InterfaceDescription:
    """One interface; made once by `describe`, shared by all objects that have it.

    Attributes:
        name: its name.
        methods: by name, as the others.
        signals: what it can send.
        properties: what can be read.
        xml: what introspection shows.
        bindings: what `binding` worked out for each implementing class.
    """

    name: str
    methods: dict[str, MethodDescription]
    signals: dict[str, SignalDescription]
    properties: dict[str, PropertyDescription]
    xml: str
    bindings: dict[type, Any] = field(default_factory=dict, repr=False)


def describe(text: str, name: str | None = None) -> InterfaceDescription:
    """Read the description of an interface.

    Args:
        text: introspection XML: a `<node>` or a bare `<interface>`.
        name: which interface, when there are several.

    Raises:
        InterfaceMismatch: the XML is malformed or does not hold exactly one such interface.
    """
    try:
        root = ET.fromstring(text)  # noqa: S314 - our own files, shipped with the program
    except ET.ParseError as exception:
        raise InterfaceMismatch(f"the interface description is no XML: {exception}") from exception
    found = [
        element for element in root.iter("interface") if name is None or element.get("name") == name
    ]
    if len(found) != 1:
        wanted = "interface" if name is None else f"interface {name}"
        raise InterfaceMismatch(f"expected one {wanted} in the description, found {len(found)}")
    return _interface(found[0])


def _interface(element: ET.Element) -> InterfaceDescription:
    name = element.get("name", "")
    if not _INTERFACE.fullmatch(name):
        raise InterfaceMismatch(f"{name!r} is not a valid interface name")
    try:
        methods = [_method(child) for child in element.findall("method")]
        signals = [_signal(child) for child in element.findall("signal")]
        properties = [_property(child) for child in element.findall("property")]
    except (InterfaceMismatch, InvalidValue) as exception:
        raise InterfaceMismatch(f"{name}: {exception}") from exception
    description = InterfaceDescription(
        name=name,
        methods={one.name: one for one in methods},
        signals={one.name: one for one in signals},
        properties={one.name: one for one in properties},
        xml=_plain(element),
    )
    if len(description.methods) != len(methods) or len(description.properties) != len(properties):
        raise InterfaceMismatch(f"{name} describes a member twice")
    return description


def _member(element: ET.Element) -> str:
    name = element.get("name", "")
    if not _MEMBER.fullmatch(name):
        raise InterfaceMismatch(f"{name!r} is not a valid member name")
    return name


def _arguments(element: ET.Element, direction: str, default: str) -> str:
    """Join the types of the arguments that go one way."""
    signature = "".join(
        argument.get("type", "")
        for argument in element.findall("arg")
        if argument.get("direction", default) == direction
    )
    parse(signature)
    return signature


def _method(element: ET.Element) -> MethodDescription:
    return MethodDescription(
        _member(element), _arguments(element, "in", "in"), _arguments(element, "out", "in")
    )


def _signal(element: ET.Element) -> SignalDescription:
    return SignalDescription(_member(element), _arguments(element, "out", "out"))


def _property(element: ET.Element) -> PropertyDescription:
    name = _member(element)
    signature = element.get("type", "")
    if len(parse(signature)) != 1:
        raise InterfaceMismatch(f"the property {name} needs one complete type, not {signature!r}")
    if element.get("access") != "read":
        raise InterfaceMismatch(f"the property {name} must have access 'read'")
    emits = next(
        (
            annotation.get("value", "true")
            for annotation in element.findall("annotation")
            if annotation.get("name") == EMITS_CHANGED
        ),
        "true",
    )
    return PropertyDescription(name, signature, emits)


def _plain(element: ET.Element) -> str:
    """Return the interface as introspection shows it: without documentation in other XML words."""
    copy = ET.Element(element.tag, element.attrib)
    _copy_children(element, copy)
    ET.indent(copy, space="  ")
    return ET.tostring(copy, encoding="unicode")


def _copy_children(source: ET.Element, target: ET.Element) -> None:
    for child in source:
        if "{" not in child.tag:
            _copy_children(child, ET.SubElement(target, child.tag, child.attrib))
