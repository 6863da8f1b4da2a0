"""Subscribing to everything that is an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.adapters.dbus.errors import BusException
from wakeful.client.events import (
    read_owner_change,
    read_power_signal,
    read_property_change,
    read_signal,
)
from wakeful.client.wire import (
    BUS,
    BUS_NAME,
    MANAGER,
    MANAGER_PATH,
    POWER,
    POWER_PATH,
    PROPERTIES,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.client.events import Event, EventStream


async def feed(wire: Wire, stream: EventStream) -> None:
    """Put all that happens from now on into a stream.

    The rules are never removed: they end with the connection, as the client does.
    """

    def into(read: Callable[[str, list[Any]], Event | None]) -> Callable[..., None]:
        def receive(_sender: str, _path: str, member: str, body: list[Any]) -> None:
            event = read(member, body)
            if event is not None:
                stream.put(event)

        return receive

    subscribe = wire.connection.subscribe
    try:
        await subscribe(into(read_signal), sender=BUS_NAME, path=MANAGER_PATH, interface=MANAGER)
        await subscribe(into(read_power_signal), sender=BUS_NAME, path=POWER_PATH, interface=POWER)
        await subscribe(
            into(lambda _member, body: read_property_change(body)),
            sender=BUS_NAME,
            path=MANAGER_PATH,
            interface=PROPERTIES,
            member="PropertiesChanged",
            argument0=MANAGER,
        )
        await subscribe(
            into(lambda _member, body: read_owner_change(body)),
            sender=BUS,
            member="NameOwnerChanged",
            argument0=BUS_NAME,
        )
    except BusException as error:
        raise wire.understand(error) from error
