"""The ``options a{sv}`` at the end of every method: known keys of the right type, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.core.errors import InvalidArgumentError
from wakeful.core.problem import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = frozenset("ynqiuxt")
_TYPES = {"u": _NUMBERS, "t": _NUMBERS, "s": frozenset({"s"}), "b": frozenset({"b"})}


def read_options(options: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """Read options.

    Args:
        options: As they came, with variants as values.
        known: Their names and types; any integer type will do where a number is wanted.

    Raises:
        InvalidArgumentError: One is unknown, of another type, or negative.
    """
    found: dict[str, Any] = {}
    for name, variant in options.items():
        wanted = known.get(name)
        if wanted is None:
            hint = nearest(name, known) or f"known are: {', '.join(known) or 'none'}"
            raise InvalidArgumentError(f"unknown option '{name}'", hint=hint)
        if variant.signature not in _TYPES.get(wanted, frozenset({wanted})):
            raise InvalidArgumentError(
                f"option '{name}' is of type '{wanted}', not '{variant.signature}'"
            )
        if wanted in "ut" and variant.value < 0:
            raise InvalidArgumentError(f"option '{name}' is negative")
        found[name] = variant.value
    return found
