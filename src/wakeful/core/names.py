"""Names and identifiers: of jobs, and of executions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as the numbers do, has no letters that are read as digits."""

IDENTIFIER_LENGTH = 26
RANDOM_BITS = 80
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
LONGEST_JOB_NAME = 128


def check_job_name(name: str) -> str:
    """Return the name if it can name a job.

    Any printable text will do, for people name jobs in their own language; what is refused
    would break a line of output or hide a difference.

    Raises:
        ValueError: Empty, too long, with control characters, or with spaces around it.
    """
    if not name:
        raise ValueError("a job needs a name")
    if len(name) > LONGEST_JOB_NAME:
        raise ValueError(f"the name is longer than {LONGEST_JOB_NAME} characters")
    if name != name.strip():
        raise ValueError("the name starts or ends with white space")
    if not _PRINTABLE.fullmatch(name):
        raise ValueError("the name contains control characters")
    return name


def execution_identifier(queued_at: Instant, randomness: int) -> str:
    """Make an identifier that sorts by time and never repeats.

    Args:
        queued_at: When the execution was born; milliseconds of it are kept.
        randomness: `RANDOM_BITS` of entropy.
    """
    number = (queued_at // 1000) << RANDOM_BITS | randomness
    return "".join(
        _ALPHABET[number >> shift & 31] for shift in range(5 * (IDENTIFIER_LENGTH - 1), -1, -5)
    )


def is_execution_identifier(text: str) -> bool:
    """Say whether a text has the form of an execution identifier."""
    return len(text) == IDENTIFIER_LENGTH and all(letter in _ALPHABET for letter in text)


def bus_path_element(name: str) -> str:
    """Escape a name so that it can be one element of a D-Bus object path.

    Bytes outside ``[A-Za-z0-9]``, and a digit in front, become ``_`` and two hexadecimal
    digits; the empty name becomes ``_``: the rule of ``sd_bus_path_encode(3)``.
    """
    if not name:
        return "_"
    escaped: list[str] = []
    for position, byte in enumerate(name.encode()):
        letter = chr(byte)
        plain = letter.isascii() and (letter.isalpha() or (letter.isdigit() and position > 0))
        escaped.append(letter if plain else f"_{byte:02x}")
    return "".join(escaped)
