"""What a face on the bus is, and what the faces have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wakeful.adapters.dbus.errors import BusException, MessageTooLarge, TooManyCalls
from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.binding import Call
    from wakeful.adapters.dbus.server import ObjectServer
    from wakeful.core.event import Event
    from wakeful.services.scheduler import Scheduler

ERROR_PREFIX = "org.wakeful.Scheduler1.Error."


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a face appears.

    Attributes:
        scheduler: What it is the face of.
        server: Where it exports its objects.
        claim_name, release_name: Take and give back bus names at run time, behind its back.
    """

    scheduler: Scheduler
    server: ObjectServer
    claim_name: Callable[[str], None]
    release_name: Callable[[str], None]


class Face(Protocol):
    """One way to be seen on the bus."""

    @property
    def names(self) -> tuple[str, ...]:
        """The bus names it is found under."""

    def appear(self, stage: Stage) -> None:
        """Export the objects."""

    def read_event(self, event: Event) -> None:
        """Tell the bus what happened; returns at once."""


def describe_error(error: Exception) -> tuple[str, str] | None:
    """Map an exception to the name and text of a D-Bus error, or None for a fault of ours."""
    if isinstance(error, WakefulError):
        return ERROR_PREFIX + error.code, str(error)
    if isinstance(error, MessageTooLarge):
        return ERROR_PREFIX + "TooLarge", str(error)
    if isinstance(error, TooManyCalls):
        return ERROR_PREFIX + "Busy", str(error)
    return None


async def describe_caller(call: Call) -> str:
    """Say who calls, for the record: user, process, and the name of the program."""
    try:
        credentials = await call.credentials()
    except BusException:
        return call.sender
    if credentials.pid is None:
        return f"uid {credentials.uid}"
    try:
        program = _program(credentials.pid)
    except OSError:
        program = "gone"
    return f"uid {credentials.uid}, pid {credentials.pid} ({program})"


def _program(pid: int) -> str:
    """Give the name of a process; the kernel answers from memory (proc(5))."""
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
