"""The time zones of the system: where they are kept, and forgetting what was read of them."""

from __future__ import annotations

import time
import zoneinfo
from pathlib import Path

_LOCAL = Path("/etc/localtime")
_RULES = "tzdata.zi"
"""The rules of all zones in one file; it changes with each release of the tz database."""


def zone_files() -> list[Path]:
    """List the files that change when the system's zone does, or the rules of any zone."""
    return [_LOCAL, *(Path(folder) / _RULES for folder in zoneinfo.TZPATH[:1])]


def read_zone_files() -> dict[Path, bytes | None]:
    """Read those files, which are small; None stands for one that cannot be read."""
    return {path: _content_of(path) for path in zone_files()}


def _content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def forget_zones() -> None:
    """Have the files of zones read anew, by ourselves and by the C library (tzset(3))."""
    zoneinfo.ZoneInfo.clear_cache()
    time.tzset()
