"""Text in a terminal: how wide it is, and how to make it fit."""

from __future__ import annotations

import unicodedata
from typing import Final

ELLIPSIS: Final = "…"
_WIDE: Final = frozenset("WF")
_NO_WIDTH: Final = frozenset({"Mn", "Me", "Cf"})
_UNSAFE: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_BIDIRECTIONAL: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def display_width(text: str) -> int:
    """Count the columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in _WIDE else 1


def clean(text: str) -> str:
    """Make a text safe to show on one line.

    What comes from a job's definition or output could otherwise move the cursor, set the
    terminal's title, or turn the rest of the line around.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, " ".join(text.splitlines())))


def _shown(letter: str) -> str:
    if letter == "\t":
        return " "
    unsafe = unicodedata.category(letter) in _UNSAFE or letter in _BIDIRECTIONAL
    return _REPLACEMENT if unsafe else letter


def shorten(text: str, width: int) -> str:
    """Cut a text that is wider than ``width`` columns, and show that it was cut."""
    if display_width(text) <= width:
        return text
    room = width - 1
    taken: list[str] = []
    for letter in text:
        room -= _columns(letter)
        if room < 0:
            break
        taken.append(letter)
    return "".join(taken).rstrip() + ELLIPSIS if width > 0 else ""


def plural(count: int, noun: str) -> str:
    """Write a number of things: ``1 job``, ``2 jobs``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
