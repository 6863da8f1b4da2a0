"""A pickle of configured values: carries whatever a `Job` has, and nothing but values.

Of it no other classes are made than those of `wakeful.core`, whose code affects nothing outside of
it, and a few of the standard library: the worst a pickle can bring is a wrong configuration.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_CORE = "wakeful.core."
_OTHER_VALUES = frozenset({("wakeful.services.ports", "Configuration")})
_FROM_ELSEWHERE = frozenset(
    {
        ("builtins", "range"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("zoneinfo", "ZoneInfo"),
    }
)


def dump(value: object) -> bytes:
    """Write a value.

    Raises:
        PicklingError: It would not come back as it is; other exceptions say the same.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    content = buffer.getvalue()
    if load(content) != value:
        raise pickle.PicklingError("it would not come back as it is")
    return content


def load(content: bytes) -> Any:  # noqa: ANN401 - what was dumped
    """Read a value.

    Raises:
        UnpicklingError: It contains what has no place here; damage may raise anything.
    """
    return _Unpickler(io.BytesIO(content)).load()


class _Pickler(pickle.Pickler):
    """Writes a value as its class and its fields, in their order, and a time zone as its key."""

    def reducer_override(self, obj: object) -> Any:  # noqa: ANN401 - as in the base class
        """See `pickle.Pickler`."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - not needed to read where all is in UTC

        if isinstance(obj, ZoneInfo):
            return ZoneInfo, (obj.key,)
        if is_dataclass(obj) and not isinstance(obj, type):
            return type(obj), tuple(getattr(obj, field.name) for field in fields(obj))
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Makes values of the classes that have a place here."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as in the base class
        """See `pickle.Unpickler`.

        Raises:
            UnpicklingError: It is none of them.
        """
        if (module, name) in _FROM_ELSEWHERE:
            return getattr(import_module(module), name)
        if module.startswith(_CORE) or (module, name) in _OTHER_VALUES:
            found = getattr(import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return _maker(found) if is_dataclass(found) else found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a configuration")


def _maker(kind: type[Any]) -> Callable[..., object]:
    """Give a function that makes a value of its fields, as it was; nothing is checked.

    It puts them into the slots: half the time of what dataclasses do for their own pickles.
    """
    setters = [getattr(kind, field.name).__set__ for field in fields(kind)]

    def make(*values: object) -> object:
        made: object = object.__new__(kind)
        for put, value in zip(setters, values, strict=True):
            put(made, value)
        return made

    return make
