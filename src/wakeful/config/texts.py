"""Texts that JSON can express and nobody else: with NUL, or with half of a surrogate pair.

No program can be given them, no file named by them, and the bus does not carry them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUL = "\0"
_BAD = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def fault_of(text: str) -> str:
    """Say what is wrong with a text; empty if nothing is."""
    if _BAD.search(text) is None:
        return ""
    if _NUL in text:
        return "must not contain the character NUL"
    return "must not contain half of a surrogate pair"


def cleaned(
    value: object,
    report: Callable[[tuple[str | int, ...], str], None],
    place: tuple[str | int, ...] = (),
) -> object:
    """Copy a value, with every text in it made usable, and report each that was not.

    Args:
        value: From a document; its keys are checked already.
        report: Told where a text is, and what is wrong with it.
        place: Where the value is.
    """
    if isinstance(value, str):
        fault = fault_of(value)
        if not fault:
            return value
        report(place, fault)
        return _BAD.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {key: cleaned(one, report, (*place, key)) for key, one in value.items()}
    if isinstance(value, list):
        return [cleaned(one, report, (*place, index)) for index, one in enumerate(value)]
    return value
