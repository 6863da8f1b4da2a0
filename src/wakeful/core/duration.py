"""Durations as people write them: ``90s``, ``15m``, ``1h30m``, or a number of seconds."""

from __future__ import annotations

import math
import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TERM = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
LONGEST = timedelta(days=100 * 366)


def parse_duration(value: str | float) -> timedelta:
    """Read a duration.

    Args:
        value: A sum of terms with the units s, m, h, d, w, or a number of seconds.

    Raises:
        ValueError: Not a duration, negative, or longer than a century.
    """
    seconds = _seconds_of(value)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{value!r} is not a duration")
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{value!r} is longer than a hundred years")
    return timedelta(seconds=seconds)


def _seconds_of(value: str | float) -> float:
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a duration")  # noqa: TRY004 - one error for all bad text
    if isinstance(value, int | float):
        # A whole number may be too large for a float.
        return float(min(value, 2 * LONGEST.total_seconds()))
    text = value.strip().lower()
    if _NUMBER.fullmatch(text):
        return float(text)
    terms = _TERM.findall(text)
    if not terms or "".join(number + unit for number, unit in terms) != text:
        raise ValueError(
            f"{value!r} is not a duration; write for example 90s, 15m, 1h30m, 2d or a number"
            " of seconds"
        )
    return sum(float(number) * _UNITS[unit] for number, unit in terms)


def format_duration(duration: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it, largest unit first."""
    whole, fraction = divmod(duration // timedelta(microseconds=1), 1_000_000)
    parts: list[str] = []
    for unit in ("w", "d", "h", "m"):
        count, whole = divmod(whole, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    if fraction:
        parts.append(f"{whole}.{fraction:06d}".rstrip("0") + "s")
    elif whole or not parts:
        parts.append(f"{whole}s")
    return "".join(parts)
