"""Objects on the bus: who is called, with what, and what is answered."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import secrets
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.dbus.answering import Answering
from wakeful.adapters.dbus.binding import Call, Interface, MethodBinding
from wakeful.adapters.dbus.errors import (
    ErrorReply,
    InterfaceMismatch,
    InvalidValue,
    MessageTooLarge,
    TooManyCalls,
)
from wakeful.adapters.dbus.standard import (
    FAILED,
    PEER,
    PROPERTIES,
    UNKNOWN_INTERFACE,
    standard_interfaces,
)
from wakeful.adapters.dbus.tree import PathTree
from wakeful.adapters.dbus.values import incoming, is_object_path, variant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Mapping, Sequence

    from wakeful.adapters.dbus.connection import BusConnection
    from wakeful.adapters.dbus.description import InterfaceDescription
    from wakeful.adapters.dbus.incoming import IncomingCall
    from wakeful.adapters.dbus.library import WireMessage

DescribeError = Callable[[Exception], tuple[str, str] | None]
"""Maps an exception to the name and text of a D-Bus error; None for one it does not know."""

MOST_UNANSWERED: Final = 256
"""How many calls of one sender may be under way at a time."""
_LONGEST_ERROR_TEXT: Final = 8192
_INVALID_ARGUMENTS: Final = "org.freedesktop.DBus.Error.InvalidArgs"
_LIMITS_EXCEEDED: Final = "org.freedesktop.DBus.Error.LimitsExceeded"
_UNKNOWN_METHOD: Final = "org.freedesktop.DBus.Error.UnknownMethod"
_UNKNOWN_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"

_NOTHING: Final[dict[str, Interface]] = {}

_log = logging.getLogger(__name__)


class ObjectServer:
    """Serves objects on one connection.

    Args:
        connection: where the calls come from.
        describe_error: maps exceptions of handlers to D-Bus errors.
    """

    def __init__(self, connection: BusConnection, describe_error: DescribeError) -> None:
        self._connection = connection
        self._describe_error = describe_error
        self._objects: dict[str, dict[str, Interface]] = {}
        self._tree = PathTree()
        self._standard = standard_interfaces(self)
        self._tasks: set[asyncio.Task[None]] = set()
        self._unanswered: Counter[str] = Counter()
        self._held: list[IncomingCall] | None = None
        connection.handle_calls(self._on_call)

    def export(self, path: str, interface: Interface) -> None:
        """Offer an interface at a path.

        Raises:
            InvalidValue: the path is malformed.
            InterfaceMismatch: the path already has an interface of that name.
        """
        if not is_object_path(path):
            raise InvalidValue(f"{path!r} is not an object path")
        if interface.name in self._objects.get(path, {}) or interface.name in self._standard:
            raise InterfaceMismatch(f"{path} already has an interface {interface.name}")
        self._objects.setdefault(path, {})[interface.name] = interface
        self._tree.add(path)

    def unexport(self, path: str, interface: str | None = None) -> None:
        """Take away an interface by its name, or all of a path; no effect if it is not there."""
        interfaces = self._objects.get(path)
        if interfaces is None:
            return
        if interface is not None:
            interfaces.pop(interface, None)
        if interface is None or not interfaces:
            del self._objects[path]
            self._tree.remove(path)

    def interfaces(self, path: str) -> Mapping[str, Interface]:
        """Return what is exported at a path, by interface name."""
        return self._objects.get(path, {})

    def children(self, path: str) -> list[str]:
        """Return the names of the nodes directly below a path."""
        return self._tree.children(path)

    def emit(self, path: str, interface: str, member: str, *arguments: Any) -> None:  # noqa: ANN401 - typed by the description
        """Queue a signal, with the signature of its description.

        Raises:
            InterfaceMismatch: there is no such interface, or it has no such signal.
        """
        signal = self._described(path, interface).signals.get(member)
        if signal is None:
            raise InterfaceMismatch(f"{interface} has no signal {member}")
        self._connection.emit(path, interface, member, signal.signature, arguments)

    def properties_changed(self, path: str, interface: str, names: Sequence[str]) -> None:
        """Tell everybody the present values of some properties.

        Raises:
            InterfaceMismatch: there is no such interface or property, or it never changes.
        """
        described = self._described(path, interface).properties
        owner = self._objects[path][interface]
        changed = {}
        invalidated = []
        for name in names:
            emits = described[name].emits if name in described else "const"
            if emits == "true":
                changed[name] = variant(described[name].signature, owner.value(name))
            elif emits == "invalidates":
                invalidated.append(name)
            else:
                raise InterfaceMismatch(f"{interface} announces no changes of {name}")
        body = (interface, changed, invalidated)
        self._connection.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    async def close(self) -> None:
        """Take no more calls and cancel the handlers under way; can be called again."""
        self._connection.handle_calls(None)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _described(self, path: str, interface: str) -> InterfaceDescription:
        exported = self._objects.get(path, {}).get(interface)
        if exported is None:
            raise InterfaceMismatch(f"{path} has no interface {interface}")
        return exported.description

    def hold(self) -> None:
        """Answer no calls for now; they wait for `release`, in order."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """Answer the calls that wait, and all that come."""
        held, self._held = self._held or [], None
        for call in held:
            self._on_call(call)

    def _on_call(self, call: IncomingCall) -> None:
        if self._held is not None:
            self._held.append(call)
            return
        with Answering(call, self._fail) as answering:
            answering.is_finished = self._dispatch(call)

    def _dispatch(self, incoming_call: IncomingCall) -> bool:
        """Serve a call; return whether it is finished."""
        message = incoming_call.message
        if incoming_call.excess:
            raise MessageTooLarge(f"the arguments have {incoming_call.excess} bytes, too many")
        interface, binding = self._find(message)
        try:
            arguments = incoming(message.signature, message.body, incoming_call.descriptors)
        except InvalidValue as exception:
            raise ErrorReply(_INVALID_ARGUMENTS, str(exception)) from exception
        call = Call(
            message.sender or "",
            message.path or "",
            interface.name,
            binding.description.name,
            message.signature,
            self._connection,
        )
        if binding.is_async:
            handler = partial(binding.function, interface.implementation, call, *arguments)
            return self._start(incoming_call, binding, handler)
        result = binding.function(interface.implementation, call, *arguments)
        self._reply(message, binding, result)
        return True

    def _start(
        self, call: IncomingCall, binding: MethodBinding, handler: Callable[[], Awaitable[Any]]
    ) -> bool:
        """Begin an asynchronous handler; return whether it finished without waiting."""
        sender = call.message.sender or ""
        if self._unanswered[sender] >= MOST_UNANSWERED:
            raise TooManyCalls(f"{MOST_UNANSWERED} calls of {sender} are not answered yet")
        task = _start_task(self._serve(call, binding, handler))
        if task.done():
            return True
        self._unanswered[sender] += 1
        self._tasks.add(task)
        task.add_done_callback(partial(self._on_task_done, call))
        return False

    async def _serve(
        self, call: IncomingCall, binding: MethodBinding, handler: Callable[[], Awaitable[Any]]
    ) -> None:
        # The answer is sent in the same turn of the event loop in which the handler returns, so
        # that a file descriptor it returns may be closed in the next.
        with Answering(call, self._fail):
            self._reply(call.message, binding, await handler())

    def _on_task_done(self, call: IncomingCall, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        sender = call.message.sender or ""
        self._unanswered[sender] -= 1
        if self._unanswered[sender] <= 0:
            del self._unanswered[sender]
        # A task that is cancelled early never gets as far as its first line.
        call.descriptors.close()
        if task.cancelled():
            self._connection.reply_error(call.message, FAILED, "the service is stopping")

    def _reply(self, message: WireMessage, binding: MethodBinding, result: object) -> None:
        body: Any
        if binding.results == 1:
            body = (result,)
        elif binding.results == 0 and result is None:
            body = ()
        elif isinstance(result, tuple) and binding.results:
            body = result
        else:
            wanted = binding.description.returns
            raise InvalidValue(f"a handler returned {type(result).__name__} for {wanted!r}")
        try:
            self._connection.reply(message, binding.description.returns, body)
        finally:
            for value in body:
                if isinstance(value, io.IOBase):
                    value.close()  # a file that is returned is handed over

    def _find(self, message: WireMessage) -> tuple[Interface, MethodBinding]:
        """Find what is called; the D-Bus error says precisely what is not there.

        Raises:
            ErrorReply: there is no such object, interface or method, or it takes other arguments.
        """
        path, name, member = message.path or "", message.interface, message.member or ""
        interface = self._objects.get(path, _NOTHING).get(name or "")
        if interface is not None:
            binding = interface.methods.get(member)
            if binding is not None and message.signature in binding.accepts:
                return interface, binding
        return self._search(path, name, member, message.signature)

    def _search(
        self, path: str, name: str | None, member: str, signature: str
    ) -> tuple[Interface, MethodBinding]:
        """Find what is called without its interface, or is not there at all."""
        if path not in self._tree and name != PEER:
            raise ErrorReply(_UNKNOWN_OBJECT, f"there is no object {path}")
        exported = self._objects.get(path, {})
        if name is None:
            candidates = [*exported.values(), *self._standard.values()]
        else:
            candidates = [one for one in (exported.get(name), self._standard.get(name)) if one]
            if not candidates:
                raise ErrorReply(UNKNOWN_INTERFACE, f"{path} has no interface {name}")
        found = [(one, one.methods[member]) for one in candidates if member in one.methods]
        for interface, binding in found:
            if signature in binding.accepts:
                return interface, binding
        if not found:
            where = name or f"object {path}"
            raise ErrorReply(_UNKNOWN_METHOD, f"{where} has no method {member}")
        expected = " or ".join(f"'{one}'" for one in sorted(found[0][1].accepts))
        raise ErrorReply(
            _INVALID_ARGUMENTS,
            f"{member} takes arguments of signature {expected}, not '{signature}'",
        )

    def _fail(self, message: WireMessage, exception: Exception) -> None:
        answer: tuple[str, str] | None = None
        try:
            answer = self._answer_to(exception)
        finally:
            # Also when the mapping itself fails: the caller must not be left waiting.
            name, text = answer or self._internal_error(message, exception)
            with contextlib.suppress(InvalidValue):
                self._connection.reply_error(message, name, text[:_LONGEST_ERROR_TEXT])

    def _answer_to(self, exception: Exception) -> tuple[str, str] | None:
        if isinstance(exception, ErrorReply):
            return exception.name, exception.text
        described = self._describe_error(exception)
        if described is None and isinstance(exception, MessageTooLarge | TooManyCalls):
            return _LIMITS_EXCEEDED, str(exception)
        return described

    def _internal_error(self, message: WireMessage, exception: Exception) -> tuple[str, str]:
        """Log an exception nobody expected; tell the caller only where to find it in the log."""
        reference = secrets.token_hex(4)
        _log.error(
            "internal error, reference %s, in %s.%s at %s",
            reference,
            message.interface,
            message.member,
            message.path,
            exc_info=exception,
        )
        return FAILED, f"internal error (reference {reference})"


def _start_task(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task; where Python can, run it at once up to its first wait."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(coroutine, loop=loop, eager_start=True)
    return loop.create_task(coroutine)
