"""File descriptors that travel with messages, and who closes them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

from wakeful.adapters.dbus.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable


class HasFileDescriptor(Protocol):
    """A file, a socket, or anything else with a descriptor."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...


def duplicate(source: int | HasFileDescriptor) -> int:
    """Return a new descriptor of the same open file; the caller closes it.

    Raises:
        InvalidValue: there is no such open file.
    """
    try:
        return os.dup(source if isinstance(source, int) else source.fileno())
    except (AttributeError, OSError, OverflowError, ValueError) as exception:
        raise InvalidValue(f"{source!r} is not an open file descriptor") from exception


def close_all(descriptors: Iterable[int]) -> None:
    """Close descriptors that belong to us."""
    for descriptor in descriptors:
        os.close(descriptor)


class ReceivedDescriptors:
    """The descriptors of one received message.

    Everything that is not taken, and what is taken as well once `close` is called, gets closed:
    a peer cannot fill our table by sending files nobody asked for.
    """

    __slots__ = ("_open", "_taken")

    def __init__(self, descriptors: Iterable[int] = ()) -> None:
        self._open = list(descriptors)
        self._taken: set[int] = set()

    def __len__(self) -> int:
        return len(self._open)

    def take(self, position: int) -> int:
        """Return the descriptor at a position of the message.

        Raises:
            InvalidValue: the message does not carry that many.
        """
        if not 0 <= position < len(self._open):
            raise InvalidValue(f"the message carries no file descriptor number {position}")
        descriptor = self._open[position]
        if descriptor in self._taken:
            # Each reader of the message may close its own.
            descriptor = duplicate(descriptor)
            self._open.append(descriptor)
        self._taken.add(descriptor)
        return descriptor

    def close_rest(self) -> None:
        """Close what nobody took; the takers own the others from now on."""
        if not self._open:
            return
        close_all(descriptor for descriptor in self._open if descriptor not in self._taken)
        self._open.clear()
        self._taken.clear()

    def close(self) -> None:
        """Close all of them."""
        if self._open:
            close_all(self._open)
            self._open.clear()
            self._taken.clear()


NO_DESCRIPTORS: Final = ReceivedDescriptors()
"""What nearly every message carries."""


def received(descriptors: list[int]) -> ReceivedDescriptors:
    """Take charge of the descriptors of a message, usually none."""
    return ReceivedDescriptors(descriptors) if descriptors else NO_DESCRIPTORS
