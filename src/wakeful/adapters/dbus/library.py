"""The one place that knows which D-Bus library is in use.

Both supported libraries speak the same wire format with the same classes. Only that part is used:
messages, their marshalling, and variants. The socket and everything above it are our own, because
both libraries end the connection when the socket is full, and one of them then hangs for ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import struct
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol

from wakeful.adapters.dbus.errors import InvalidValue

if TYPE_CHECKING:
    from types import ModuleType

METHOD_CALL: Final = 1
METHOD_RETURN: Final = 2
ERROR: Final = 3
SIGNAL: Final = 4

NO_REPLY_EXPECTED: Final = 1
NO_AUTOSTART: Final = 2

CHOICE_VARIABLE: Final = "WAKEFUL_DBUS_LIBRARY"
_PACKAGES: Final = {"dbus-fast": "dbus_fast", "dbus-next": "dbus_next"}
# The first Python that removed what dbus-next needs to be imported.
_PYTHON_WITHOUT_DBUS_NEXT: Final = (3, 15)
# One library remembers every signature it ever saw; a peer can make up new ones all day.
_MOST_SIGNATURES: Final = 4096


class WireMessage(Protocol):
    """What both libraries offer on a received message."""

    sender: str | None
    path: str | None
    interface: str | None
    member: str | None
    error_name: str | None
    reply_serial: int
    signature: str
    body: list[Any]
    serial: int
    message_type: Any
    flags: Any


def _candidates() -> tuple[str, ...]:
    """Return the libraries to try, in order."""
    forced = os.environ.get(CHOICE_VARIABLE)
    if forced:
        if forced not in _PACKAGES:
            known = " or ".join(_PACKAGES)
            raise ImportError(f"{CHOICE_VARIABLE} must be {known}, not {forced!r}")
        return (forced,)
    if sys.version_info >= _PYTHON_WITHOUT_DBUS_NEXT:
        return ("dbus-fast",)
    return ("dbus-fast", "dbus-next")


def _missing(candidates: tuple[str, ...]) -> str:
    """Say what to install."""
    if sys.version_info >= _PYTHON_WITHOUT_DBUS_NEXT:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"Python {version} needs dbus-fast: install it with pip install 'wakeful[fast]'"
    return f"no D-Bus library found: install {' or '.join(candidates)}"


def _import_codec(package: str) -> dict[str, Any]:
    """Import the wire format part of a library, and nothing else of it.

    The packages import their client, service and XML parts at once, which is three quarters of
    the time. A bare package object in `sys.modules` keeps that from happening; it is taken away
    afterwards, so that a later ordinary import finds the ordinary package.
    """
    bare: ModuleType | None = None
    if package not in sys.modules:
        specification = importlib.util.find_spec(package)
        if specification is None:
            raise ModuleNotFoundError(f"no module named {package}", name=package)
        bare = sys.modules[package] = importlib.util.module_from_spec(specification)
    try:
        # The order matters: another first module runs into a circular import of dbus-next.
        importlib.import_module(f"{package}.errors")
        message = importlib.import_module(f"{package}.message")
        constants = importlib.import_module(f"{package}.constants")
        signature = importlib.import_module(f"{package}.signature")
        unmarshaller = importlib.import_module(f"{package}._private.unmarshaller")
        fields = importlib.import_module(f"{package}._private.constants").HeaderField
    finally:
        if bare is not None:
            del sys.modules[package]
    # Header fields of a later protocol must be ignored. One library refuses the whole message;
    # it reads this field and does nothing with it, so that is what the unknown ones become.
    fields._missing_ = lambda _number: fields.UNIX_FDS
    return {
        "Message": message.Message,
        "MessageFlag": constants.MessageFlag,
        "MessageType": constants.MessageType,
        "SignatureTree": signature.SignatureTree,
        "Unmarshaller": unmarshaller.Unmarshaller,
        "Variant": signature.Variant,
    }


def _load() -> tuple[str, dict[str, Any]]:
    """Import the first usable library; raise ImportError when there is none."""
    candidates = _candidates()
    refused: ImportError | None = None
    for name in candidates:
        if sys.version_info >= _PYTHON_WITHOUT_DBUS_NEXT and name == "dbus-next":
            continue
        try:
            return name, _import_codec(_PACKAGES[name])
        except ImportError as exception:
            refused = exception
    raise ImportError(_missing(candidates)) from refused


NAME, _codec = _load()
"""The library in use: `dbus-fast` or `dbus-next`."""

if TYPE_CHECKING:
    from dbus_fast.message import Message as _Message
    from dbus_fast.signature import Variant as Variant  # noqa: PLC0414 - exported from here
else:
    _Message = _codec["Message"]
    Variant = _codec["Variant"]

_Unmarshaller: Final = _codec["Unmarshaller"]
_TYPES: Final = {kind.value: kind for kind in _codec["MessageType"]}
_FLAGS: Final = {number: _codec["MessageFlag"](number) for number in range(4)}
# Only dbus-next has this unbounded dictionary.
_signature_cache: Final[dict[str, Any]] = getattr(_codec["SignatureTree"], "_cache", {})
# dbus-fast takes what it is given; the other library checks every body by itself.
_must_verify: Final = NAME == "dbus-fast"

_UNFIT: Final = (
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def encode(
    kind: int,
    serial: int,
    *,
    signature: str,
    body: list[Any],
    descriptors: list[int],
    flags: int = 0,
    **fields: str | int | None,
) -> bytearray:
    """Marshal a message.

    Args:
        kind: one of the four message types.
        serial: its number on this connection.
        signature: the D-Bus signature of the body.
        body: one value for every complete type of the signature.
        descriptors: the file descriptors that travel with it; the body holds their positions in it.
        flags: `NO_REPLY_EXPECTED`, `NO_AUTOSTART` or both.
        fields: the header: destination, path, interface, member, error_name, reply_serial.

    Raises:
        InvalidValue: a name is malformed or the body does not fit the signature.
    """
    try:
        message = _Message(
            message_type=_TYPES[kind],
            serial=serial,
            flags=_FLAGS[flags],
            signature=signature,
            body=body,
            unix_fds=descriptors,
            **fields,  # type: ignore[arg-type]  # the header is typed by the callers in `connection`
        )
        if _must_verify and body:
            message.signature_tree.verify(body)
        return message._marshall(True)  # noqa: FBT003, SLF001 - the library's marshaller has no other entrance
    except _UNFIT as exception:
        raise InvalidValue(f"cannot marshal {signature!r}: {exception}") from exception


def decode(frame: bytes | bytearray) -> WireMessage:
    """Unmarshal one complete message.

    Raises:
        InvalidValue: the bytes are not a message this library can read.
    """
    if len(_signature_cache) > _MOST_SIGNATURES:
        _signature_cache.clear()
    try:
        message: WireMessage | None = _Unmarshaller(io.BytesIO(frame)).unmarshall()
    except (*_UNFIT, EOFError) as exception:
        raise InvalidValue(f"cannot read a message: {exception}") from exception
    if message is None:
        raise InvalidValue("cannot read a message: it is shorter than it says")
    return message
