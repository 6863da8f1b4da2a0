"""Messages on their way out: numbered, marshalled, kept within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus import library
from wakeful.adapters.dbus.descriptors import close_all
from wakeful.adapters.dbus.errors import InvalidValue, MessageTooLarge
from wakeful.adapters.dbus.values import outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST_SENT: Final = 8 * 1024 * 1024
"""The largest message we send, in bytes; some buses end the connection above 32 MiB."""


class MessageSender:
    """Numbers and marshals the messages of one connection.

    Args:
        write: takes a marshalled message and its file descriptors, which it closes.
        bus: what people call the bus.
        passes_descriptors: whether file descriptors can travel.
    """

    def __init__(
        self,
        write: Callable[[bytearray, Sequence[int]], None],
        *,
        bus: str,
        passes_descriptors: bool,
    ) -> None:
        self._write = write
        self._bus = bus
        self._passes_descriptors = passes_descriptors
        self._serial = 0

    def send(
        self,
        kind: int,
        signature: str,
        body: Sequence[Any],
        *,
        flags: int = 0,
        **fields: str | int | None,
    ) -> int:
        """Send a message, now or as soon as the socket takes it.

        Args:
            kind: the message type.
            signature: the types of the body.
            body: the values; file descriptors are duplicated.
            flags: message flags.
            fields: the header, as for `library.encode`.

        Returns:
            The serial number.

        Raises:
            InvalidValue: the body does not fit the signature, or a name is malformed.
            MessageTooLarge: the message exceeds `LARGEST_SENT`; nothing was sent.
        """
        self._serial = self._serial % 0xFFFF_FFFF + 1
        serial = self._serial
        descriptors: list[int] = []
        try:
            prepared = outgoing(signature, body, descriptors)
            self._check_descriptors(descriptors)
            data = library.encode(
                kind,
                serial,
                signature=signature,
                body=prepared,
                descriptors=descriptors,
                flags=flags,
                **fields,
            )
            _check_size(data)
        except BaseException:
            close_all(descriptors)
            raise
        self._write(data, descriptors)
        return serial

    def _check_descriptors(self, descriptors: list[int]) -> None:
        if descriptors and not self._passes_descriptors:
            raise InvalidValue(f"{self._bus} does not pass file descriptors")


def _check_size(data: bytearray) -> None:
    if len(data) > LARGEST_SENT:
        raise MessageTooLarge(f"the message has {len(data)} bytes, more than {LARGEST_SENT}")
