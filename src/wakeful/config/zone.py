"""Time zones by the name that was written; ``local`` is that of the system."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.core.problem import nearest

if TYPE_CHECKING:
    from wakeful.config.world import World

LOCAL = "local"
_LOCAL_FILE = Path("/etc/localtime")


def zone_name(written: str, world: World) -> str:
    """Give the name of the zone that was meant: of ``local``, that of the system's zone.

    A system whose zone has no name, because its rules are a file of their own, keeps ``local``.
    """
    return (world.local_zone() or LOCAL) if written.lower() == LOCAL else written


def find_zone(name: str, world: World) -> tzinfo:
    """Give the time zone of that name.

    Args:
        name: In any case if it is UTC or ``local``.
        world: Takes note of what was found.

    Raises:
        ValueError: There is none.
    """
    name = zone_name(name, world)
    if name.upper() == "UTC":
        return UTC
    if name == LOCAL:
        return _nameless_zone()
    world.note_zone(name)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = nearest(name, world.zone_names())
        raise ValueError(
            f"there is no time zone {name!r}" + (f"; {hint}" if hint else "")
        ) from error


def _nameless_zone() -> tzinfo:
    try:
        with _LOCAL_FILE.open("rb") as file:
            return zoneinfo.ZoneInfo.from_file(file)
    except (ValueError, OSError) as error:
        raise ValueError(f"the time zone of the system, {_LOCAL_FILE}, cannot be read") from error
