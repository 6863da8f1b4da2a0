"""The properties of an object on the bus, kept up to date by its signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wakeful.adapters.dbus.connection import BusConnection

PROPERTIES: Final = "org.freedesktop.DBus.Properties"


async def read_properties(
    connection: BusConnection, service: str, path: str, interface: str, *, autostart: bool = True
) -> dict[str, Any]:
    """Read all properties of an object.

    Raises:
        BusException: There is no answer, or none that can be understood.
    """
    body = await connection.call(
        service, path, PROPERTIES, "GetAll", "s", (interface,), autostart=autostart
    )
    if len(body) != 1 or not isinstance(body[0], dict):
        raise InvalidValue(f"{service} does not answer GetAll as it should")
    return _plain(body[0])


def changes(body: list[Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Take the values, and the names of those to be asked for, out of PropertiesChanged."""
    if len(body) != 3 or not isinstance(body[1], dict) or not isinstance(body[2], list):  # noqa: PLR2004 - as in the specification
        return {}, frozenset()
    return _plain(body[1]), frozenset(body[2])


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.value for name, value in values.items()}


class Mirror:
    """What is known of one object and interface; empty as long as nothing is.

    Args:
        service: Whose object.
        path: Which.
        interface: The properties of this interface.
        changed: Called after values came by a signal.
        stale: Called when some have to be asked for.
        autostart: Whether the service may be started to be asked.
    """

    def __init__(
        self,
        service: str,
        path: str,
        interface: str,
        *,
        changed: Callable[[], None],
        stale: Callable[[], None],
        autostart: bool = True,
    ) -> None:
        self._service = service
        self._path = path
        self._interface = interface
        self._changed = changed
        self._stale = stale
        self._autostart = autostart
        self._values: dict[str, Any] = {}

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._values)

    def flag(self, name: str) -> bool | None:
        """Give a property that is true or false; None if it is not known."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        """Give a property that is a number; None if it is not known."""
        value = self._values.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    async def subscribe(self, connection: BusConnection) -> None:
        """Receive changes on a new connection.

        Raises:
            BusException: The bus refuses, or is gone.
        """
        await connection.subscribe(
            self._note,
            sender=self._service,
            path=self._path,
            interface=PROPERTIES,
            member="PropertiesChanged",
            argument0=self._interface,
        )

    async def read(self, connection: BusConnection) -> None:
        """Ask for everything.

        Raises:
            BusException: There is no answer, or none that can be understood.
        """
        self._values = await read_properties(
            connection, self._service, self._path, self._interface, autostart=self._autostart
        )

    def clear(self) -> None:
        """Forget everything: whoever said it is gone."""
        self._values = {}

    def _note(self, _sender: str, _path: str, _member: str, body: list[Any]) -> None:
        values, invalidated = changes(body)
        if invalidated & self._values.keys():
            self._stale()
        if self._values and values:
            self._values.update(values)
            self._changed()
