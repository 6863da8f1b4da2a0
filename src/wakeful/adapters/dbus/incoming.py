"""Method calls as they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wakeful.adapters.dbus.descriptors import ReceivedDescriptors
    from wakeful.adapters.dbus.library import WireMessage


class IncomingCall(NamedTuple):
    """A method call as received.

    Attributes:
        message: the call; without body if that was too large.
        descriptors: its file descriptors, for whoever answers to close.
        excess: the size in bytes of a body that was too large, else 0.
    """

    message: WireMessage
    descriptors: ReceivedDescriptors
    excess: int
