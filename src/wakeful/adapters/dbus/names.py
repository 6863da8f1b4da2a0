"""Owning names on the bus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.adapters.dbus.errors import BusError, NameTaken
from wakeful.adapters.dbus.matching import BUS_NAME, BUS_PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    BusCall = Callable[..., Awaitable[list[Any]]]

_DO_NOT_QUEUE: Final = 4
_OWNED: Final = frozenset({1, 4})


async def request(call: BusCall, name: str) -> None:
    """Become the owner of a name, now or not at all.

    Raises:
        NameTaken: somebody else owns it.
        BusError: the bus refuses.
    """
    (answer,) = await call(BUS_NAME, BUS_PATH, BUS_NAME, "RequestName", "su", (name, _DO_NOT_QUEUE))
    if answer not in _OWNED:
        raise NameTaken(name, await _describe_owner(call, name))


async def release(call: BusCall, name: str) -> None:
    """Give up a name; nothing happens when it is not ours.

    Raises:
        BusError: the bus refuses.
    """
    await call(BUS_NAME, BUS_PATH, BUS_NAME, "ReleaseName", "s", (name,))


async def _describe_owner(call: BusCall, name: str) -> str:
    """Describe the owner of a name, as far as it can be found out.

    Args:
        call: calls a method on the bus.
        name: a well-known name.
    """
    try:
        (owner,) = await call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", (name,))
        (pid,) = await call(
            BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionUnixProcessID", "s", (name,)
        )
    except BusError:
        return "somebody who has just left"
    return f"process {pid}{_command(pid)} ({owner})"


def _command(pid: int) -> str:
    """Return the name of a process with a space before it; nothing when it is not visible."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
    return f" {name}" if name.isprintable() else ""
