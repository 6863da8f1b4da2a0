"""Where a bus is: D-Bus addresses and the usual places."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from wakeful.adapters.dbus.errors import BusUnavailable

SESSION: Final = "session"
SYSTEM: Final = "system"
_SYSTEM_ADDRESS: Final = "unix:path=/run/dbus/system_bus_socket"


@dataclass(frozen=True, slots=True)
class BusAddress:
    """A bus and how to get there.

    Attributes:
        label: what people call it, for messages.
        text: the address as it was given or found.
        sockets: names of the sockets to try, in order; abstract ones begin with a null byte.
        advice: what to do when none of them answers.
    """

    label: str
    text: str
    sockets: tuple[bytes, ...]
    advice: str


def resolve(address: str) -> BusAddress:
    """Find a bus.

    Args:
        address: `session`, `system`, or a D-Bus address such as `unix:path=/run/user/1000/bus`.

    Raises:
        BusUnavailable: the address cannot be used, or there is no session.
    """
    if address == SESSION:
        text = _session_address()
        advice = (
            "Log in to a session, start one with dbus-run-session, "
            "or set DBUS_SESSION_BUS_ADDRESS to the address of a running bus."
        )
        return BusAddress("the session bus", text, _sockets(text), advice)
    if address == SYSTEM:
        text = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or _SYSTEM_ADDRESS
        advice = "Check that the system bus is running (systemctl status dbus.socket)."
        return BusAddress("the system bus", text, _sockets(text), advice)
    advice = "Check the address and that the bus is running."
    return BusAddress("the bus", address, _sockets(address), advice)


def _session_address() -> str:
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    if address:
        return address
    directory = os.environ.get("XDG_RUNTIME_DIR")
    if directory:
        return f"unix:path={directory}/bus"
    raise BusUnavailable(
        "there is no session bus: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set. "
        "Log in to a session, start one with dbus-run-session, or use the system bus."
    )


def _sockets(text: str) -> tuple[bytes, ...]:
    """Take the unix sockets out of an address, which may offer several ways."""
    found = []
    for way in filter(None, text.split(";")):
        transport, colon, options_text = way.partition(":")
        if not colon:
            raise BusUnavailable(f"{text!r} is not a D-Bus address such as unix:path=/run/bus")
        if transport != "unix":
            continue
        options = dict(option.partition("=")[::2] for option in options_text.split(","))
        if "path" in options:
            found.append(unquote_to_bytes(options["path"]))
        elif "abstract" in options:
            found.append(b"\0" + unquote_to_bytes(options["abstract"]))
    if not found:
        raise BusUnavailable(
            f"the D-Bus address {text!r} names no unix socket; only unix:path= and unix:abstract= "
            "can be used."
        )
    return tuple(found)
