"""Subscriptions to signals: rules at the bus, owners of names, delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.descriptors import NO_DESCRIPTORS
from wakeful.adapters.dbus.errors import BusError, BusGone, InvalidValue
from wakeful.adapters.dbus.matching import BUS_NAME, BUS_PATH, MatchRule, Subscription
from wakeful.adapters.dbus.values import incoming

if TYPE_CHECKING:
    import asyncio

    from wakeful.adapters.dbus.library import WireMessage
    from wakeful.adapters.dbus.matching import SignalCallback
    from wakeful.adapters.dbus.names import BusCall

_NO_OWNER: Final = "org.freedesktop.DBus.Error.NameHasNoOwner"


class Subscriptions:
    """All subscriptions of one connection.

    Args:
        call: calls a method on the bus.
        loop: the event loop; exceptions of callbacks are its to report.
    """

    def __init__(self, call: BusCall, loop: asyncio.AbstractEventLoop) -> None:
        self._call = call
        self._loop = loop
        self._active: list[Subscription] = []

    async def add(self, rule: MatchRule, callback: SignalCallback) -> Subscription:
        """Receive signals from now on.

        Raises:
            BusError: the bus refuses the rule.
            BusGone: the connection has ended.
        """
        subscription = Subscription(rule, callback, self._cancel)
        added: list[MatchRule] = []
        self._active.append(subscription)
        try:
            for wanted in _rules(rule):
                await self._ask("AddMatch", wanted.text)
                added.append(wanted)
            if rule.tracks_owner:
                owner = await self._owner(rule.sender)
                # News that came in meanwhile is newer than this answer.
                if not subscription.owner_known:
                    subscription.owner = owner
                    subscription.owner_known = True
        except BaseException:
            self._active.remove(subscription)
            if added:
                await self._remove(added)
            raise
        return subscription

    def dispatch(self, message: WireMessage) -> None:
        """Hand a signal to whoever wants it, in the order of arrival."""
        if message.sender == BUS_NAME and message.member == "NameOwnerChanged":
            self._note_owner(*message.body)
        body: list[Any] | None = None
        for subscription in self._active:
            if not subscription.wants(message):
                continue
            if body is None:
                try:
                    body = incoming(message.signature, message.body, NO_DESCRIPTORS)
                except InvalidValue:
                    return  # file descriptors in signals are not for us
            # Not called directly: an exception in one callback must not keep others from theirs.
            self._loop.call_soon(self._deliver, subscription, message, body)

    def clear(self) -> None:
        """Forget everything: the connection has ended."""
        self._active.clear()

    def _deliver(self, subscription: Subscription, message: WireMessage, body: list[Any]) -> None:
        if subscription in self._active:
            sender, path, member = message.sender or "", message.path or "", message.member or ""
            subscription.callback(sender, path, member, body)

    def _note_owner(self, name: str, _old: str, new: str) -> None:
        for subscription in self._active:
            if subscription.rule.tracks_owner and subscription.rule.sender == name:
                subscription.owner = new or None
                subscription.owner_known = True

    async def _owner(self, name: str | None) -> str | None:
        try:
            (owner,) = await self._ask("GetNameOwner", name)
        except BusError as exception:
            if exception.name != _NO_OWNER:
                raise
            return None
        return str(owner)

    async def _cancel(self, subscription: Subscription) -> None:
        if subscription in self._active:
            self._active.remove(subscription)
            await self._remove(_rules(subscription.rule))

    async def _remove(self, rules: list[MatchRule]) -> None:
        try:
            for rule in rules:
                await self._ask("RemoveMatch", rule.text)
        except BusGone:
            return  # the rules are gone as well

    async def _ask(self, member: str, argument: str | None) -> list[Any]:
        return await self._call(BUS_NAME, BUS_PATH, BUS_NAME, member, "s", (argument,))


def _rules(rule: MatchRule) -> list[MatchRule]:
    """Return what the bus has to send: the signals and, for a name, changes of its owner."""
    if not rule.tracks_owner:
        return [rule]
    owner = MatchRule(
        sender=BUS_NAME,
        path=BUS_PATH,
        interface=BUS_NAME,
        member="NameOwnerChanged",
        argument0=rule.sender,
    )
    return [owner, rule]
