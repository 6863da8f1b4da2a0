"""From what the bus layer raises to what the people in front of a client need to know."""

from __future__ import annotations

from typing import Final

from wakeful.adapters.dbus.errors import (
    BusError,
    BusException,
    BusGone,
    BusUnavailable,
    CallTimeout,
    InvalidValue,
)
from wakeful.client.errors import DaemonUnreachableError, RequestRefusedError
from wakeful.core.errors import (
    AlreadyRunningError,
    InvalidArgumentError,
    InvalidJobError,
    NoSuchExecutionError,
    NoSuchJobError,
    NotRunningError,
    ShuttingDownError,
    StartFailedError,
    StorageError,
    UnavailableError,
    WakefulError,
)

ERROR_PREFIX: Final = "org.wakeful.Scheduler1.Error."
_STANDARD_PREFIX: Final = "org.freedesktop.DBus.Error."
_KNOWN: Final[dict[str, type[WakefulError]]] = {
    ERROR_PREFIX + kind.code: kind
    for kind in (
        AlreadyRunningError,
        InvalidArgumentError,
        InvalidJobError,
        NoSuchExecutionError,
        NoSuchJobError,
        NotRunningError,
        ShuttingDownError,
        StartFailedError,
        StorageError,
        UnavailableError,
    )
}
_ABSENT: Final = frozenset(
    {_STANDARD_PREFIX + "ServiceUnknown", _STANDARD_PREFIX + "NameHasNoOwner"}
)
_SILENT: Final = frozenset(
    {_STANDARD_PREFIX + name for name in ("NoReply", "Timeout", "TimedOut", "Disconnected")}
)
_STRANGE: Final = frozenset(
    {
        _STANDARD_PREFIX + name
        for name in ("UnknownMethod", "UnknownObject", "UnknownInterface", "UnknownProperty")
    }
)
_NOT_STARTED: Final = (_STANDARD_PREFIX + "Spawn.", "org.freedesktop.systemd1.")


def bus_label(address: str) -> str:
    """Name a bus for people."""
    return f"the {address} bus" if address in {"session", "system"} else f"the bus at {address}"


def understand(error: BusException, address: str) -> WakefulError:
    """Turn what the bus layer raised into an error with a sentence for people.

    Args:
        error: What was raised.
        address: The bus it happened on, as the user named it.
    """
    if isinstance(error, BusUnavailable):
        return DaemonUnreachableError(str(error).rstrip(".").replace(". ", "; "))
    if isinstance(error, BusGone):
        return DaemonUnreachableError(f"the connection to {bus_label(address)} ended ({error})")
    if isinstance(error, CallTimeout):
        return _silent(error.text, address)
    if isinstance(error, BusError):
        return _answered(error, address)
    if isinstance(error, InvalidValue):
        return InvalidArgumentError(f"this cannot be sent over the bus: {error}")
    return RequestRefusedError(str(error), name=error.code)


def absent(address: str) -> DaemonUnreachableError:
    """Say that nobody owns the name."""
    return DaemonUnreachableError(
        f"the scheduler is not running on {bus_label(address)}", hint=_advice(address)
    )


def _answered(error: BusError, address: str) -> WakefulError:
    text = error.text or error.name
    if error.name in _KNOWN:
        return _KNOWN[error.name](text)
    if error.name in _ABSENT:
        return absent(address)
    if error.name in _SILENT:
        return _silent(text, address)
    if error.name.startswith(_NOT_STARTED):
        return DaemonUnreachableError(
            f"the scheduler could not be started on {bus_label(address)}: {text.rstrip('.')}",
            hint=_look(address),
        )
    hint = ""
    if error.name == _STANDARD_PREFIX + "AccessDenied":
        hint = f"{bus_label(address)} does not allow it"
    elif error.name in _STRANGE:
        hint = "the running scheduler is of another version; restart it"
    return RequestRefusedError(text, name=error.name, hint=hint)


def _silent(text: str, address: str) -> DaemonUnreachableError:
    return DaemonUnreachableError(
        f"the scheduler on {bus_label(address)} gave no answer ({text.rstrip('.')})",
        hint=_look(address),
    )


def _advice(address: str) -> str:
    if address == "session":
        return "start it with 'systemctl --user start wakeful', or run 'wakefuld'"
    if address == "system":
        return "start it with 'systemctl start wakeful', or run 'wakefuld --system'"
    return f"run 'wakefuld --bus {address}'"


def _look(address: str) -> str:
    if address == "system":
        return "see 'systemctl status wakeful'"
    return "see 'systemctl --user status wakeful'"
