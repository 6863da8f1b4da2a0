"""The interfaces every object has: Introspectable, Peer, Properties."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from wakeful.adapters.dbus.binding import Interface, method
from wakeful.adapters.dbus.description import describe
from wakeful.adapters.dbus.errors import ErrorReply
from wakeful.adapters.dbus.values import variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.adapters.dbus.binding import Call
    from wakeful.adapters.dbus.library import Variant

INTROSPECTABLE: Final = "org.freedesktop.DBus.Introspectable"
PEER: Final = "org.freedesktop.DBus.Peer"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_NAMES: Final = (INTROSPECTABLE, PEER, PROPERTIES)

FAILED: Final = "org.freedesktop.DBus.Error.Failed"
UNKNOWN_INTERFACE: Final = "org.freedesktop.DBus.Error.UnknownInterface"
UNKNOWN_PROPERTY: Final = "org.freedesktop.DBus.Error.UnknownProperty"
PROPERTY_READ_ONLY: Final = "org.freedesktop.DBus.Error.PropertyReadOnly"

_MACHINE_ID_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

_DOCTYPE: Final = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">'
)
_XML: Final = """
<node>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml_data" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
    <method name="GetMachineId"><arg name="machine_uuid" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="out"/>
    </method>
    <method name="GetAll">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="properties" type="a{sv}" direction="out"/>
    </method>
    <method name="Set">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg name="interface_name" type="s"/>
      <arg name="changed_properties" type="a{sv}"/>
      <arg name="invalidated_properties" type="as"/>
    </signal>
  </interface>
</node>
"""


class Objects(Protocol):
    """What the standard interfaces need to know about the exported objects."""

    def interfaces(self, path: str) -> Mapping[str, Interface]:
        """Return the interfaces exported at a path; empty for a node in between."""
        ...

    def children(self, path: str) -> list[str]:
        """Return the names of the nodes directly below a path."""
        ...


def standard_interfaces(objects: Objects) -> dict[str, Interface]:
    """Make the interfaces that every object has, by name."""
    descriptions = {name: describe(_XML, name) for name in _NAMES}
    xml = "\n".join(one.xml for one in descriptions.values())
    implementations = (Introspectable(objects, xml), Peer(), Properties(objects))
    return {
        name: Interface(description, implementation)
        for (name, description), implementation in zip(
            descriptions.items(), implementations, strict=True
        )
    }


class Introspectable:
    """Describes objects to tools such as busctl."""

    def __init__(self, objects: Objects, standard_xml: str) -> None:
        self._objects = objects
        self._standard_xml = standard_xml

    @method("Introspect")
    def introspect(self, call: Call) -> str:
        """Return the XML of a node: its interfaces and what is below it."""
        own = self._objects.interfaces(call.path).values()
        parts = [_DOCTYPE, "<node>", self._standard_xml]
        parts += [interface.description.xml for interface in own]
        parts += [f'  <node name="{name}"/>' for name in self._objects.children(call.path)]
        return "\n".join([*parts, "</node>\n"])


class Peer:
    """Answers whether we are there and on which machine."""

    @method("Ping")
    def ping(self, call: Call) -> None:
        """Answer, no more."""

    @method("GetMachineId")
    def machine_id(self, _call: Call) -> str:
        """Return the id of the machine, 32 hexadecimal digits."""
        for file in _MACHINE_ID_FILES:
            try:
                return file.read_text(encoding="ascii").strip()
            except OSError:
                continue
        raise ErrorReply(FAILED, "this machine has no machine id")


class Properties:
    """Reads properties; there are none that can be written yet."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    @method("Get")
    def get(self, call: Call, interface: str, name: str) -> Variant:
        """Return one property."""
        owner = self._owner(call.path, interface, name)
        return variant(owner.description.properties[name].signature, owner.value(name))

    @method("GetAll")
    def get_all(self, call: Call, interface: str) -> dict[str, Variant]:
        """Return all properties of an interface; of the whole object if its name is empty."""
        found: dict[str, Variant] = {}
        for one in self._named(call.path, interface):
            found.update(property_values(one))
        return found

    @method("Set")
    def set(self, call: Call, interface: str, name: str, _value: Any) -> None:  # noqa: ANN401 - always refused
        """Refuse: this is where writing would begin."""
        owner = self._owner(call.path, interface, name)
        raise ErrorReply(PROPERTY_READ_ONLY, f"the property {owner.name}.{name} cannot be written")

    def _named(self, path: str, interface: str) -> list[Interface]:
        """Return the interfaces meant by a name, which may be empty for all of them."""
        exported = self._objects.interfaces(path)
        if not interface:
            return list(exported.values())
        if interface in exported:
            return [exported[interface]]
        if interface in _NAMES:
            return []
        raise ErrorReply(UNKNOWN_INTERFACE, f"{path} has no interface {interface}")

    def _owner(self, path: str, interface: str, name: str) -> Interface:
        for one in self._named(path, interface):
            if name in one.description.properties:
                return one
        raise ErrorReply(UNKNOWN_PROPERTY, f"{path} has no property {interface or '*'}.{name}")


def property_values(interface: Interface) -> dict[str, Variant]:
    """Return all properties of an interface with their present values."""
    return {
        name: variant(described.signature, interface.value(name))
        for name, described in interface.description.properties.items()
    }
