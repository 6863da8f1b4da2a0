"""Values on their way to and from the wire.

The two libraries differ in what they take and give for structures, and both let values through for
which the bus ends the connection. Here every body becomes what both accept, or is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.descriptors import ReceivedDescriptors, close_all, duplicate
from wakeful.adapters.dbus.errors import InvalidValue
from wakeful.adapters.dbus.library import Variant
from wakeful.adapters.dbus.signature import Type, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*)?")
# How many containers the bus accepts in one another, variants included.
_DEEPEST: Final = 64
# What one message can carry on Linux.
_MOST_DESCRIPTORS: Final = 253

_Outgoing = Callable[[Any, list[int], int], Any]
_Incoming = Callable[[Any, ReceivedDescriptors], Any]


def is_object_path(value: object) -> bool:
    """Whether this is a valid object path."""
    return isinstance(value, str) and _PATH.fullmatch(value) is not None


def outgoing(signature: str, body: Sequence[Any], descriptors: list[int]) -> list[Any]:
    """Prepare a body for marshalling.

    Structures and arrays may be lists or tuples. File descriptors are duplicated into
    `descriptors`, also when an exception follows; the caller closes those.

    Raises:
        InvalidValue: the body does not fit the signature, or the bus would not accept it.
    """
    if not signature and not body:
        return []
    converters = _outgoing_converters(signature)
    if len(body) != len(converters):
        raise InvalidValue(f"{signature!r} wants {len(converters)} values, not {len(body)}")
    return [
        value if convert is None else convert(value, descriptors, 0)
        for convert, value in zip(converters, body, strict=True)
    ]


def incoming(signature: str, body: list[Any], descriptors: ReceivedDescriptors) -> list[Any]:
    """Make a received body the same for both libraries: structures are lists.

    File descriptors take the place of their positions, also inside variants.

    Raises:
        InvalidValue: the message refers to a file descriptor it does not carry.
    """
    converters = _incoming_converters(signature)
    if converters is None:
        return body
    return [
        value if convert is None else convert(value, descriptors)
        for convert, value in zip(converters, body, strict=True)
    ]


def variant(signature: str, value: Any) -> Variant:  # noqa: ANN401 - any value fits some variant
    """Make a variant; structures may be lists or tuples, which the library's own class refuses.

    Raises:
        InvalidValue: the value does not fit the signature, or it holds file descriptors.
    """
    descriptors: list[int] = []
    try:
        (content,) = outgoing(signature, (value,), descriptors)
        if descriptors:
            raise InvalidValue("a property cannot hold a file descriptor")
        return Variant(signature, content)
    except (TypeError, ValueError) as exception:
        raise InvalidValue(f"cannot make a variant {signature!r}: {exception}") from exception
    finally:
        close_all(descriptors)


@lru_cache(maxsize=1024)
def _outgoing_converters(signature: str) -> tuple[_Outgoing | None, ...]:
    return tuple(_outgoing_converter(one) for one in parse(signature))


@lru_cache(maxsize=1024)
def _incoming_converters(signature: str) -> tuple[_Incoming | None, ...] | None:
    converters = tuple(_incoming_converter(one) for one in parse(signature))
    return converters if any(converters) else None


def _outgoing_converter(kind: Type) -> _Outgoing | None:
    """Return what prepares values of a type; None when the library's own check is enough."""
    if kind.letter == "a":
        return _outgoing_array(kind.children[0])
    if kind.letter == "(":
        return _outgoing_structure(kind)
    return _OUTGOING_BASIC.get(kind.letter)


def _string(value: Any, _descriptors: list[int], _depth: int) -> Any:  # noqa: ANN401 - any value may be given
    if not isinstance(value, str):
        raise InvalidValue(f"expected a string, not {type(value).__name__}")
    if "\0" in value:
        raise InvalidValue("a string on the bus cannot contain a null character")
    return value


def _path(value: Any, _descriptors: list[int], _depth: int) -> Any:  # noqa: ANN401 - any value may be given
    if not is_object_path(value):
        raise InvalidValue(f"{value!r} is not an object path")
    return value


def _signature(value: Any, _descriptors: list[int], _depth: int) -> Any:  # noqa: ANN401 - any value may be given
    if not isinstance(value, str):
        raise InvalidValue(f"expected a signature, not {type(value).__name__}")
    parse(value)
    return value


def _descriptor(value: Any, descriptors: list[int], _depth: int) -> int:  # noqa: ANN401 - any value may be given
    if len(descriptors) >= _MOST_DESCRIPTORS:
        raise InvalidValue(f"a message carries at most {_MOST_DESCRIPTORS} file descriptors")
    descriptors.append(duplicate(value))
    return len(descriptors) - 1


def _variant(value: Any, descriptors: list[int], depth: int) -> Any:  # noqa: ANN401 - any value may be given
    if not isinstance(value, Variant):
        raise InvalidValue(f"expected a Variant, not {type(value).__name__}")
    types = parse(value.signature)
    if len(types) != 1:
        raise InvalidValue(f"a variant holds one complete type, not {value.signature!r}")
    if depth + 1 + types[0].depth > _DEEPEST:
        raise InvalidValue("the value is nested too deeply for the bus")
    convert = _outgoing_converters(value.signature)[0]
    if convert is None:
        return value
    content = convert(value.value, descriptors, depth + 1)
    return value if content is value.value else Variant(value.signature, content)


_OUTGOING_BASIC: Final[dict[str, _Outgoing]] = {
    "s": _string,
    "o": _path,
    "g": _signature,
    "h": _descriptor,
    "v": _variant,
}


def _outgoing_array(element: Type) -> _Outgoing:
    if element.letter == "{":
        return _outgoing_dictionary(element)
    if element.letter == "y":
        return _byte_array
    convert = _outgoing_converter(element)

    def array(value: Any, descriptors: list[int], depth: int) -> list[Any]:  # noqa: ANN401 - any value may be given
        if not isinstance(value, list | tuple):
            raise InvalidValue(f"expected a list, not {type(value).__name__}")
        if convert is None:
            return list(value)
        return [convert(one, descriptors, depth + 1) for one in value]

    return array


def _byte_array(value: Any, _descriptors: list[int], _depth: int) -> bytes:  # noqa: ANN401 - any value may be given
    if not isinstance(value, bytes | bytearray | memoryview):
        raise InvalidValue(f"expected bytes, not {type(value).__name__}")
    return bytes(value)


def _outgoing_dictionary(entry: Type) -> _Outgoing:
    convert_key, convert_value = (_outgoing_converter(child) for child in entry.children)

    def dictionary(value: Any, descriptors: list[int], depth: int) -> dict[Any, Any]:  # noqa: ANN401 - any value may be given
        if not isinstance(value, dict):
            raise InvalidValue(f"expected a dictionary, not {type(value).__name__}")
        return {
            key if convert_key is None else convert_key(key, descriptors, depth): (
                one if convert_value is None else convert_value(one, descriptors, depth + 2)
            )
            for key, one in value.items()
        }

    return dictionary


def _outgoing_structure(kind: Type) -> _Outgoing:
    converters = tuple(_outgoing_converter(child) for child in kind.children)

    def structure(value: Any, descriptors: list[int], depth: int) -> list[Any]:  # noqa: ANN401 - any value may be given
        if not isinstance(value, list | tuple) or len(value) != len(converters):
            raise InvalidValue(f"{value!r} is not a structure {kind.text}")
        return [
            one if convert is None else convert(one, descriptors, depth + 1)
            for convert, one in zip(converters, value, strict=True)
        ]

    return structure


def _incoming_converter(kind: Type) -> _Incoming | None:
    """Return what a received value of a type needs; None when it can stay."""
    if kind.letter == "h":
        return _received_descriptor
    if kind.letter == "v":
        return _received_variant
    if kind.letter == "(":
        return _received_structure(kind)
    if kind.letter == "a":
        entry = kind.children[0]
        convert = _incoming_converter(entry.children[1] if entry.letter == "{" else entry)
        if convert is None:
            return None
        return _received_dictionary(convert) if entry.letter == "{" else _received_array(convert)
    return None


def _received_descriptor(value: Any, descriptors: ReceivedDescriptors) -> int:  # noqa: ANN401 - the library's
    return descriptors.take(value)


def _received_variant(value: Any, descriptors: ReceivedDescriptors) -> Any:  # noqa: ANN401 - the library's
    converters = _incoming_converters(value.signature)
    if converters is None or converters[0] is None:
        return value
    return Variant(value.signature, converters[0](value.value, descriptors))


def _received_structure(kind: Type) -> _Incoming:
    converters = tuple(_incoming_converter(child) for child in kind.children)

    def structure(value: Any, descriptors: ReceivedDescriptors) -> list[Any]:  # noqa: ANN401 - the library's
        return [
            one if convert is None else convert(one, descriptors)
            for convert, one in zip(converters, value, strict=True)
        ]

    return structure


def _received_array(convert: _Incoming) -> _Incoming:
    def array(value: Any, descriptors: ReceivedDescriptors) -> list[Any]:  # noqa: ANN401 - the library's
        return [convert(one, descriptors) for one in value]

    return array


def _received_dictionary(convert: _Incoming) -> _Incoming:
    def dictionary(value: Any, descriptors: ReceivedDescriptors) -> dict[Any, Any]:  # noqa: ANN401 - the library's
        return {key: convert(one, descriptors) for key, one in value.items()}

    return dictionary
