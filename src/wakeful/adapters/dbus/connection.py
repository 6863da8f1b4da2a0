"""A connection to a bus, the same whatever library marshals its messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, Self

from wakeful.adapters.dbus import address as addresses
from wakeful.adapters.dbus import library, names, opening
from wakeful.adapters.dbus.calls import PendingCalls
from wakeful.adapters.dbus.credentials import CredentialCache, Credentials
from wakeful.adapters.dbus.descriptors import received
from wakeful.adapters.dbus.errors import (
    BusError,
    BusGone,
    InvalidValue,
    MessageTooLarge,
)
from wakeful.adapters.dbus.incoming import IncomingCall
from wakeful.adapters.dbus.matching import BUS_NAME, BUS_PATH, MatchRule
from wakeful.adapters.dbus.outbox import Outbox, Signal
from wakeful.adapters.dbus.sending import MessageSender
from wakeful.adapters.dbus.subscriptions import Subscriptions
from wakeful.adapters.dbus.transport import Frame, Transport

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from wakeful.adapters.dbus.library import WireMessage
    from wakeful.adapters.dbus.matching import SignalCallback, Subscription

_FLUSH_AT_CLOSE: Final = 1.0
_UNKNOWN_METHOD: Final = "org.freedesktop.DBus.Error.UnknownMethod"

_log = logging.getLogger(__name__)


class BusConnection:
    """An authenticated connection with a unique name; made by `connect`."""

    def __init__(self, connection: socket.socket, *, label: str, passes_descriptors: bool) -> None:
        loop = asyncio.get_running_loop()
        self._label = label
        self._end: str | None = None
        self._closing = False
        self._closed: asyncio.Future[str] = loop.create_future()
        self._drain_waiters: list[asyncio.Future[None]] = []
        self._call_handler: Callable[[IncomingCall], None] | None = None
        self._credentials = CredentialCache(self.call)
        self._pending = PendingCalls(loop)
        self._subscriptions = Subscriptions(self.call, loop)
        self._transport = Transport(
            loop, connection, deliver=self._on_frame, lost=self._on_lost, drained=self._on_drained
        )
        self._messages = MessageSender(
            self._transport.send, bus=label, passes_descriptors=passes_descriptors
        )
        self._outbox = Outbox(loop, send=self._send_signal, blocked=lambda: self._transport.blocked)
        self.unique_name = ""
        """Our name on the bus, such as `:1.42`."""

    @classmethod
    async def connect(cls, address: str, *, timeout: float = 10.0) -> Self:  # noqa: ASYNC109 - the deadline has its own message
        """Connect to a bus.

        Args:
            address: `session`, `system` or a D-Bus address.
            timeout: seconds before giving up.

        Raises:
            BusUnavailable: the bus cannot be reached; says which and what to do.
        """
        place = addresses.resolve(address)
        opened, passes_descriptors = await opening.open_socket(place, timeout)
        connection = cls(opened, label=place.label, passes_descriptors=passes_descriptors)
        try:
            (connection.unique_name,) = await connection.call(
                BUS_NAME, BUS_PATH, BUS_NAME, "Hello", timeout=timeout
            )
        except (BusError, BusGone) as exception:
            connection._end_with(str(exception))
            raise opening.unavailable(place, str(exception)) from exception
        except BaseException:
            connection._end_with("connecting was interrupted")
            raise
        return connection

    @property
    def connected(self) -> bool:
        """Whether messages can be sent and received."""
        return self._end is None

    @property
    def dropped_signals(self) -> int:
        """How many signals were emitted but could not be sent."""
        return self._outbox.dropped

    async def closed(self) -> str:
        """Wait until the connection ends; return why, for people."""
        return await asyncio.shield(self._closed)

    async def close(self) -> None:
        """Send what is queued, for at most a second, and end the connection."""
        if self._end is not None or self._closing:
            return
        self._closing = True
        with contextlib.suppress(TimeoutError, BusGone):
            async with asyncio.timeout(_FLUSH_AT_CLOSE):
                await self.flush()
        self._end_with("the connection was closed")

    async def flush(self) -> None:
        """Wait until everything queued has been handed to the kernel.

        Raises:
            BusGone: the connection ended first.
        """
        await self._outbox.wait_until_empty()
        if self._transport.blocked and self._end is None:
            waiter = asyncio.get_running_loop().create_future()
            self._drain_waiters.append(waiter)
            await waiter
        self._require_connection()

    async def request_name(self, name: str) -> None:
        """Become the owner of a well-known name, now or not at all.

        Raises:
            NameTaken: somebody else owns it.
            BusError: the bus refuses, for example by its policy.
            BusGone: the connection has ended.
        """
        await names.request(self.call, name)

    async def release_name(self, name: str) -> None:
        """Give up a name; nothing happens when we do not own it.

        Raises:
            BusError: the bus refuses.
            BusGone: the connection has ended.
        """
        await names.release(self.call, name)

    def emit(
        self, path: str, interface: str, member: str, signature: str = "", body: Sequence[Any] = ()
    ) -> None:
        """Queue a signal; returns at once, whatever the state of the bus.

        Signals keep their order. The body is read later and must not be changed. Signals that
        cannot be sent because the bus is gone or too many wait are counted in `dropped_signals`.
        """
        if self._end is not None:
            self._outbox.dropped += 1
            return
        self._outbox.put(Signal(path, interface, member, signature, body))

    async def call(  # noqa: PLR0917 - in the order a D-Bus call is always written
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: Sequence[Any] = (),
        timeout: float = 10.0,  # noqa: ASYNC109 - cheaper than a timeout context, and it names the call
        *,
        autostart: bool = True,
    ) -> list[Any]:
        """Call a method and wait for the answer.

        File descriptors in the body are duplicated; those in the answer belong to the caller.

        Args:
            destination: a bus name.
            path: the object.
            interface: its interface.
            member: the method.
            signature: the types of the body.
            body: the arguments; structures may be lists or tuples.
            timeout: seconds to wait.
            autostart: whether the bus may start the service.

        Raises:
            BusError: the answer is an error; `CallTimeout` when there was none in time.
            BusGone: the connection has ended.
            InvalidValue: the body does not fit the signature, or a name is malformed.
            MessageTooLarge: the call or its answer is.
        """
        self._require_connection()
        serial = self._messages.send(
            library.METHOD_CALL,
            signature,
            body,
            flags=0 if autostart else library.NO_AUTOSTART,
            destination=destination,
            path=path,
            interface=interface,
            member=member,
        )
        self._require_connection()  # the attempt to send may be what ended it
        future = self._pending.begin(serial)
        return await self._pending.result(serial, future, timeout, f"{destination} {member}")

    async def subscribe(
        self,
        callback: SignalCallback,
        *,
        sender: str | None = None,
        path: str | None = None,
        interface: str | None = None,
        member: str | None = None,
        argument0: str | None = None,
    ) -> Subscription:
        """Receive signals; what is None matches everything.

        Args:
            callback: called with sender, path, member and body; must not block.
            sender: a unique or well-known name; signals forged by others are kept out.
            path: the object path.
            interface: the interface.
            member: the name of the signal.
            argument0: the first value of the body, a string.

        Returns:
            The subscription, with `await cancel()`.

        Raises:
            BusError: the bus refuses.
            BusGone: the connection has ended.
        """
        rule = MatchRule(
            sender=sender, path=path, interface=interface, member=member, argument0=argument0
        )
        return await self._subscriptions.add(rule, callback)

    async def credentials(self, unique_name: str) -> Credentials:
        """Ask the bus who is behind a unique name; remembered, as those are never reused.

        Raises:
            BusError: there is nobody of that name any more.
            BusGone: the connection has ended.
        """
        return await self._credentials.of(unique_name)

    def handle_calls(self, handler: Callable[[IncomingCall], None] | None) -> None:
        """Give every incoming method call to one handler; None: refuse them again."""
        self._call_handler = handler

    def reply(self, message: WireMessage, signature: str = "", body: Sequence[Any] = ()) -> None:
        """Answer a call; overtakes queued signals. No effect if no answer is wanted or possible.

        Raises:
            InvalidValue: the body does not fit the signature.
            MessageTooLarge: the answer is; another one can still be sent.
        """
        if message.flags.value & library.NO_REPLY_EXPECTED or self._end is not None:
            return
        self._messages.send(
            library.METHOD_RETURN,
            signature,
            body,
            flags=library.NO_REPLY_EXPECTED,
            destination=message.sender,
            reply_serial=message.serial,
        )

    def reply_error(self, message: WireMessage, name: str, text: str) -> None:
        """Answer a call with an error.

        Raises:
            InvalidValue: the name is no valid error name.
        """
        if message.flags.value & library.NO_REPLY_EXPECTED or self._end is not None:
            return
        self._messages.send(
            library.ERROR,
            "s",
            (text.replace("\0", "").encode(errors="replace").decode(),),
            flags=library.NO_REPLY_EXPECTED,
            destination=message.sender,
            reply_serial=message.serial,
            error_name=name,
        )

    def _require_connection(self) -> None:
        if self._end is not None:
            raise BusGone(self._end)

    def _send_signal(self, signal: Signal) -> None:
        try:
            self._messages.send(
                library.SIGNAL,
                signal.signature,
                signal.body,
                flags=library.NO_REPLY_EXPECTED,
                path=signal.path,
                interface=signal.interface,
                member=signal.member,
            )
        except (InvalidValue, MessageTooLarge):
            self._outbox.dropped += 1
            _log.exception("cannot send the signal %s.%s", signal.interface, signal.member)

    def _on_frame(self, frame: Frame) -> None:
        descriptors = received(frame.descriptors)
        try:
            message = library.decode(frame.data)
        except InvalidValue as exception:
            descriptors.close()
            _log.debug("ignoring a message: %s", exception)
            return
        kind = message.message_type.value
        if kind == library.METHOD_CALL:
            self._on_call(IncomingCall(message, descriptors, frame.excess))
        elif kind == library.SIGNAL:
            descriptors.close()
            if not frame.excess:
                self._subscriptions.dispatch(message)
        else:
            self._pending.settle(message, descriptors, frame.excess)

    def _on_call(self, call: IncomingCall) -> None:
        if self._call_handler is not None:
            self._call_handler(call)
            return
        call.descriptors.close()
        self.reply_error(call.message, _UNKNOWN_METHOD, "there are no objects here")

    def _on_drained(self) -> None:
        self._outbox.resume()
        waiters, self._drain_waiters = self._drain_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _on_lost(self, reason: str) -> None:
        self._end_with(f"{self._label} is gone: {reason}")

    def _end_with(self, reason: str) -> None:
        if self._end is not None:
            return
        self._end = reason
        self._transport.close()
        self._outbox.discard()
        self._subscriptions.clear()
        self._pending.fail_all(reason)
        self._on_drained()
        self._closed.set_result(reason)
