"""Names for damaged files that are put aside: kept for people to look at, never overwritten."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def name_aside(path: Path) -> Path:
    """Give a path in the same directory, not taken yet, for a damaged file to be renamed to.

    Returns:
        ``<name>.damaged-<UTC time>``, numbered if that is taken.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    first = aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = first.with_name(f"{first.name}-{number}")
    return aside
