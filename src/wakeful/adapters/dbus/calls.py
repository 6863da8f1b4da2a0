"""Calls of ours that wait for their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.adapters.dbus.errors import (
    BusError,
    BusGone,
    CallTimeout,
    InvalidValue,
    MessageTooLarge,
)
from wakeful.adapters.dbus.library import ERROR
from wakeful.adapters.dbus.values import incoming

if TYPE_CHECKING:
    import asyncio

    from wakeful.adapters.dbus.descriptors import ReceivedDescriptors
    from wakeful.adapters.dbus.library import WireMessage

NO_REPLY: str = "org.freedesktop.DBus.Error.NoReply"


class PendingCalls:
    """The calls that are not answered yet, by serial number."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[int, asyncio.Future[list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, serial: int) -> asyncio.Future[list[Any]]:
        """Expect an answer to the message with this serial number."""
        future = self._waiting[serial] = self._loop.create_future()
        return future

    async def result(
        self, serial: int, future: asyncio.Future[list[Any]], seconds: float, what: str
    ) -> list[Any]:
        """Wait for the answer; whatever happens, nothing stays behind.

        Raises:
            BusError: the answer is an error, or none came in time (`CallTimeout`).
            BusGone: the connection ended.
        """
        timer = self._loop.call_later(seconds, self._expire, serial, seconds, what)
        try:
            return await future
        finally:
            timer.cancel()
            self._waiting.pop(serial, None)

    def settle(self, message: WireMessage, descriptors: ReceivedDescriptors, excess: int) -> None:
        """Take an answer off the wire."""
        future = self._waiting.pop(message.reply_serial, None)
        try:
            if future is None or future.done():
                return
            if excess:
                future.set_exception(
                    MessageTooLarge(f"the answer of {message.sender} has {excess} bytes")
                )
            elif message.message_type.value == ERROR:
                future.set_exception(_error(message))
            else:
                _deliver(future, message, descriptors)
        finally:
            descriptors.close_rest()

    def fail_all(self, reason: str) -> None:
        """End every waiting call: the connection has ended."""
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(BusGone(reason))

    def _expire(self, serial: int, seconds: float, what: str) -> None:
        future = self._waiting.pop(serial, None)
        if future is not None and not future.done():
            future.set_exception(CallTimeout(NO_REPLY, f"{what} did not answer in {seconds:g} s"))


def _error(message: WireMessage) -> BusError:
    text = message.body[0] if message.body and isinstance(message.body[0], str) else ""
    return BusError(message.error_name or NO_REPLY, text)


def _deliver(
    future: asyncio.Future[list[Any]], message: WireMessage, descriptors: ReceivedDescriptors
) -> None:
    try:
        body = incoming(message.signature, message.body, descriptors)
    except InvalidValue as exception:
        future.set_exception(exception)
        descriptors.close()
    else:
        future.set_result(body)
