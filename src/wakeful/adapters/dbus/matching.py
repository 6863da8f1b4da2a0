"""Which received signals go to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wakeful.adapters.dbus.library import WireMessage

    SignalCallback = Callable[[str, str, str, list[Any]], None]
    """Called with sender, path, member and body."""

BUS_NAME: Final = "org.freedesktop.DBus"
BUS_PATH: Final = "/org/freedesktop/DBus"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """Signals to receive; what is None matches everything.

    Attributes:
        sender: a unique or well-known bus name.
        path: the object path.
        interface: the interface.
        member: the name of the signal.
        argument0: the first value of the body, a string.
    """

    sender: str | None = None
    path: str | None = None
    interface: str | None = None
    member: str | None = None
    argument0: str | None = None

    @property
    def text(self) -> str:
        """The rule as the bus wants it.

        Raises:
            InvalidValue: a part contains a quotation mark.
        """
        parts = {
            "type": "signal",
            "sender": self.sender,
            "path": self.path,
            "interface": self.interface,
            "member": self.member,
            "arg0": self.argument0,
        }
        if any("'" in part for part in parts.values() if part):
            raise InvalidValue("a match rule cannot contain a quotation mark")
        return ",".join(f"{key}='{value}'" for key, value in parts.items() if value is not None)

    @property
    def tracks_owner(self) -> bool:
        """Whether the sender is a well-known name, which can change hands."""
        return self.sender is not None and self.sender[0] != ":" and self.sender != BUS_NAME

    def matches(self, message: WireMessage) -> bool:
        """Whether a signal fits, apart from its sender."""
        return (
            (self.path is None or self.path == message.path)
            and (self.interface is None or self.interface == message.interface)
            and (self.member is None or self.member == message.member)
            and (self.argument0 is None or message.body[:1] == [self.argument0])
        )


class Subscription:
    """Signals being received; `cancel` ends it."""

    __slots__ = ("_cancel", "callback", "owner", "owner_known", "rule")

    def __init__(
        self,
        rule: MatchRule,
        callback: SignalCallback,
        cancel: Callable[[Subscription], Awaitable[None]],
    ) -> None:
        self.rule = rule
        self.callback = callback
        self.owner = None if rule.tracks_owner else rule.sender
        self.owner_known = not rule.tracks_owner
        self._cancel = cancel

    def wants(self, message: WireMessage) -> bool:
        """Whether a signal is for this subscription.

        The sender is compared here as well: any client can send a signal straight to us,
        whatever rules we gave to the bus.
        """
        if self.rule.sender is not None and message.sender != self.owner:
            return False
        return self.rule.matches(message)

    async def cancel(self) -> None:
        """Stop receiving; can be called again, and after the bus has gone.

        Raises:
            BusError: the bus did not answer.
        """
        await self._cancel(self)
