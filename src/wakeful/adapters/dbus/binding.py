"""Python methods as D-Bus methods and properties."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wakeful.adapters.dbus.description import InterfaceDescription, describe
from wakeful.adapters.dbus.errors import InterfaceMismatch, InvalidValue
from wakeful.adapters.dbus.signature import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.adapters.dbus.connection import BusConnection
    from wakeful.adapters.dbus.credentials import Credentials
    from wakeful.adapters.dbus.description import MethodDescription

Handler = TypeVar("Handler", bound=Callable[..., Any])

_METHODS: Final = "_dbus_methods"
_PROPERTY: Final = "_dbus_property"


@dataclass(frozen=True, slots=True)
class Call:
    """A method call, as its handler sees it.

    Attributes:
        sender: the unique name of the caller.
        path: the object called.
        interface: the interface called, also when the caller left it out.
        member: the method called.
        signature: the types of the arguments as sent.
    """

    sender: str
    path: str
    interface: str
    member: str
    signature: str
    _connection: BusConnection = field(repr=False, compare=False)

    async def credentials(self) -> Credentials:
        """Ask the bus which user and process the caller is.

        Raises:
            BusError: the caller has gone.
            BusGone: the connection has ended.
        """
        return await self._connection.credentials(self.sender)


def method(*names: str, also: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Mark the handler of one or more D-Bus methods.

    The handler takes the `Call` and the arguments, and may be a coroutine function. It returns
    None, one value, or a tuple for several.

    File descriptors among the arguments are open until it has returned; it duplicates what it
    keeps. A file object it returns is closed once it is sent. A descriptor it returns as a number
    stays its own, and is duplicated before the event loop goes on, so `call_soon` may close it.

    Args:
        names: the D-Bus members it serves.
        also: signatures accepted besides the one in the description.
    """

    def mark(handler: Handler) -> Handler:
        setattr(handler, _METHODS, (names, also))
        return handler

    return mark


def property_getter(name: str) -> Callable[[Handler], Handler]:
    """Mark the method that returns the value of a D-Bus property; it takes nothing, at once."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _PROPERTY, name)
        return handler

    return mark


@dataclass(frozen=True, slots=True)
class MethodBinding:
    """A D-Bus method and what serves it.

    Attributes:
        description: its name and types.
        accepts: the signatures a call may have.
        results: how many values it returns.
        function: called with the implementation, the call and the arguments.
        is_async: whether `function` returns a coroutine.
    """

    description: MethodDescription
    accepts: frozenset[str]
    results: int
    function: Callable[..., Any]
    is_async: bool


class Interface:
    """A described interface with the object that implements it, ready for `ObjectServer.export`.

    Args:
        description: its XML, or what `describe` made of it; with many objects of one kind,
            describe once.
        implementation: has a handler for every method and a getter for every property.

    Raises:
        InterfaceMismatch: handlers are missing, superfluous or take other arguments.
    """

    __slots__ = ("description", "getters", "implementation", "methods")

    def __init__(self, description: InterfaceDescription | str, implementation: object) -> None:
        if isinstance(description, str):
            description = describe(description)
        self.description = description
        self.implementation = implementation
        self.methods, self.getters = _bind(description, type(implementation))

    @classmethod
    def from_xml(cls, text: str, implementation: object, name: str | None = None) -> Interface:
        """Make an interface from introspection XML, which may hold others besides `name`.

        Raises:
            InterfaceMismatch: the XML or the implementation is at fault.
        """
        return cls(describe(text, name), implementation)

    @property
    def name(self) -> str:
        """The name of the interface."""
        return self.description.name

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the getter returns
        """Return the present value of a property."""
        return self.getters[name](self.implementation)


def _marked(kind: type, mark: str) -> Iterator[tuple[str, Callable[..., Any], Any]]:
    for name in dir(kind):
        function = inspect.getattr_static(kind, name)
        marked = getattr(function, mark, None)
        if marked is not None:
            yield name, function, marked


def _bind(
    description: InterfaceDescription, kind: type
) -> tuple[dict[str, MethodBinding], dict[str, Callable[..., Any]]]:
    """Bind a class, once for all its objects."""
    bound: tuple[dict[str, MethodBinding], dict[str, Callable[..., Any]]] | None
    bound = description.bindings.get(kind)
    if bound is None:
        bound = _bind_methods(description, kind), _bind_getters(description, kind)
        description.bindings[kind] = bound
    return bound


def _bind_methods(description: InterfaceDescription, kind: type) -> dict[str, MethodBinding]:
    bindings: dict[str, MethodBinding] = {}
    for python_name, function, (names, also) in _marked(kind, _METHODS):
        for name in names:
            where = f"{kind.__name__}.{python_name}"
            known = description.methods.get(name)
            if known is None:
                raise InterfaceMismatch(f"{where}: {description.name} has no method {name}")
            if name in bindings:
                raise InterfaceMismatch(f"{where}: {name} already has a handler")
            accepts = frozenset((known.takes, *also))
            for signature in accepts:
                _check_arguments(function, where, signature)
            bindings[name] = MethodBinding(
                known,
                accepts,
                len(parse(known.returns)),
                function,
                inspect.iscoroutinefunction(function),
            )
    missing = description.methods.keys() - bindings.keys()
    if missing:
        raise InterfaceMismatch(
            f"{kind.__name__} has no handler for {', '.join(sorted(missing))} of {description.name}"
        )
    return bindings


def _bind_getters(description: InterfaceDescription, kind: type) -> dict[str, Callable[..., Any]]:
    getters = {name: function for _, function, name in _marked(kind, _PROPERTY)}
    superfluous = getters.keys() - description.properties.keys()
    missing = description.properties.keys() - getters.keys()
    if superfluous:
        names = ", ".join(sorted(superfluous))
        raise InterfaceMismatch(f"{kind.__name__}: {description.name} has no property {names}")
    if missing:
        names = ", ".join(sorted(missing))
        raise InterfaceMismatch(
            f"{kind.__name__} has no getter for the property {names} of {description.name}"
        )
    return getters


def _check_arguments(function: Callable[..., Any], where: str, signature: str) -> None:
    """Make sure a handler can be called with `self`, the call and these arguments."""
    try:
        count = len(parse(signature))
        inspect.signature(function).bind(*[None] * (count + 2))
    except InvalidValue as exception:
        raise InterfaceMismatch(f"{where}: {exception}") from exception
    except TypeError as exception:
        raise InterfaceMismatch(f"{where} does not take arguments {signature!r}") from exception
