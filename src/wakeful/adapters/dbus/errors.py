"""What can go wrong on the bus.

Every exception carries a `code`: a stable word for programs, next to a text for people.
"""

from __future__ import annotations

from typing import ClassVar


class BusException(Exception):  # noqa: N818 - the names below are read as sentences, not as "...Error"
    """Base of everything the D-Bus layer raises on purpose."""

    code: ClassVar[str] = "bus"


class BusUnavailable(BusException):
    """A bus cannot be reached; the text names the address and says what to do."""

    code: ClassVar[str] = "bus-unavailable"


class BusGone(BusException):
    """The connection has ended; nothing can be sent or received on it any more."""

    code: ClassVar[str] = "bus-gone"


class BusError(BusException):
    """A call was answered with a D-Bus error.

    Attributes:
        name: the D-Bus error name.
        text: the text sent along, possibly empty.
    """

    code: ClassVar[str] = "bus-error"

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name
        self.text = text


class CallTimeout(BusError):  # noqa: N818 - as above
    """A call was not answered before its deadline."""

    code: ClassVar[str] = "bus-timeout"


class NameTaken(BusException):
    """A bus name belongs to somebody else.

    Attributes:
        name: the name asked for.
        owner: who has it, for people.
    """

    code: ClassVar[str] = "bus-name-taken"

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(f"the bus name {name} is already taken by {owner}")
        self.name = name
        self.owner = owner


class InvalidValue(BusException):
    """A value does not fit its D-Bus type, or a name or signature is malformed."""

    code: ClassVar[str] = "bus-invalid-value"


class MessageTooLarge(BusException):
    """A message exceeds the size we accept or send."""

    code: ClassVar[str] = "bus-too-large"


class TooManyCalls(BusException):
    """One sender has too many calls that are not answered yet."""

    code: ClassVar[str] = "bus-busy"


class InterfaceMismatch(BusException):
    """An implementation does not fit the description of its interface."""

    code: ClassVar[str] = "bus-interface-mismatch"


class ErrorReply(BusException):
    """Raised by a handler to answer with exactly this D-Bus error.

    Attributes:
        name: the D-Bus error name.
        text: the text for the caller.
    """

    code: ClassVar[str] = "bus-error-reply"

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text
