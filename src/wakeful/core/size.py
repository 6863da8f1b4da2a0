"""Sizes as people write them: ``512K``, ``10M``, ``1G``, or a number of bytes."""

from __future__ import annotations

import re

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_SIZE = re.compile(r"(\d+)\s*([KMG]?)(?:i?B)?", re.IGNORECASE)


def parse_size(value: str | int) -> int:
    """Read a size in bytes; units are powers of 1024.

    Raises:
        ValueError: Not a size, or negative.
    """
    if isinstance(value, int) and value >= 0:
        return value
    match = _SIZE.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is not a size; write for example 512K, 10M or bytes")
    return int(match[1]) * _UNITS[match[2].upper()]
