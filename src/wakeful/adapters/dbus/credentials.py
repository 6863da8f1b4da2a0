"""Who is behind a name on the bus."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wakeful.adapters.dbus.errors import BusError
from wakeful.adapters.dbus.matching import BUS_NAME, BUS_PATH

if TYPE_CHECKING:
    from wakeful.adapters.dbus.names import BusCall

_REMEMBERED: Final = 256
_FAILED: Final = "org.freedesktop.DBus.Error.Failed"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who is behind a unique name, as the kernel told the bus.

    Attributes:
        uid: the user.
        pid: the process; None where the bus cannot know it.
    """

    uid: int
    pid: int | None


class CredentialCache:
    """Remembers the latest credentials; a bus never gives a unique name to a second client.

    Args:
        call: calls a method on the bus.
    """

    def __init__(self, call: BusCall) -> None:
        self._call = call
        self._known: OrderedDict[str, Credentials] = OrderedDict()

    async def of(self, unique_name: str) -> Credentials:
        """Return the credentials of a client.

        Raises:
            BusError: there is nobody of that name any more, or the bus does not know the user.
            BusGone: the connection has ended.
        """
        known = self._known.get(unique_name)
        if known is not None:
            self._known.move_to_end(unique_name)
            return known
        (found,) = await self._call(
            BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionCredentials", "s", (unique_name,)
        )
        if "UnixUserID" not in found:
            raise BusError(_FAILED, f"the bus does not know the user of {unique_name}")
        pid = found.get("ProcessID")
        credentials = Credentials(found["UnixUserID"].value, None if pid is None else pid.value)
        # A well-known name can change hands, so only what belongs to one client is remembered.
        if unique_name.startswith(":"):
            self._known[unique_name] = credentials
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return credentials
