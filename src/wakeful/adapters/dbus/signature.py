"""D-Bus signatures: strict parsing.

Stricter than the libraries, because the bus ends the connection of whoever sends a bad signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wakeful.adapters.dbus.errors import InvalidValue

_BASIC: Final = frozenset("ybnqiuxtdsogh")
_LONGEST: Final = 255
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class Type:
    """One complete type.

    Attributes:
        letter: its first character; `(` for a structure, `{` for a dictionary entry.
        children: what a container holds.
        text: the whole type as written.
        depth: how many containers are in one another here, not counting what variants hold.
    """

    letter: str
    children: tuple[Type, ...]
    text: str
    depth: int = 0


@lru_cache(maxsize=1024)
def parse(signature: str) -> tuple[Type, ...]:
    """Split a signature into its complete types.

    Raises:
        InvalidValue: the signature breaks a rule of the D-Bus specification.
    """
    if len(signature) > _LONGEST:
        raise InvalidValue(f"a signature has at most {_LONGEST} characters")
    types = []
    position = 0
    while position < len(signature):
        parsed, position = _complete_type(signature, position, arrays=0, structures=0)
        types.append(parsed)
    return tuple(types)


def _complete_type(signature: str, start: int, *, arrays: int, structures: int) -> tuple[Type, int]:
    """Parse the type that begins at `start`; return it and the position behind it."""
    if start >= len(signature):
        raise InvalidValue(f"the signature {signature!r} ends too early")
    letter = signature[start]
    if letter in _BASIC or letter == "v":
        return Type(letter, (), letter, 1 if letter == "v" else 0), start + 1
    if arrays >= _DEEPEST or structures >= _DEEPEST:
        raise InvalidValue(f"the signature {signature!r} is nested too deeply")
    if letter == "a":
        if signature[start + 1 : start + 2] == "{":
            child, end = _dictionary_entry(signature, start + 1, arrays + 1, structures)
        else:
            child, end = _complete_type(
                signature, start + 1, arrays=arrays + 1, structures=structures
            )
        return Type("a", (child,), signature[start:end], child.depth + 1), end
    if letter == "(":
        return _structure(signature, start, arrays, structures + 1)
    raise InvalidValue(f"the signature {signature!r} has no type {letter!r} at {start}")


def _structure(signature: str, start: int, arrays: int, structures: int) -> tuple[Type, int]:
    """Parse `(…)`."""
    children = []
    position = start + 1
    while signature[position : position + 1] != ")":
        child, position = _complete_type(signature, position, arrays=arrays, structures=structures)
        children.append(child)
    if not children:
        raise InvalidValue(f"the signature {signature!r} has an empty structure")
    depth = 1 + max(child.depth for child in children)
    return Type("(", tuple(children), signature[start : position + 1], depth), position + 1


def _dictionary_entry(signature: str, start: int, arrays: int, structures: int) -> tuple[Type, int]:
    """Parse `{…}` behind an `a`."""
    key, position = _complete_type(signature, start + 1, arrays=arrays, structures=structures)
    if key.letter not in _BASIC:
        raise InvalidValue(f"the signature {signature!r} has a container as dictionary key")
    value, position = _complete_type(signature, position, arrays=arrays, structures=structures)
    if signature[position : position + 1] != "}":
        raise InvalidValue(f"the signature {signature!r} lacks a closing brace")
    text = signature[start : position + 1]
    return Type("{", (key, value), text, value.depth + 1), position + 1
