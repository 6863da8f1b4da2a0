"""A mistake in what a person wrote: where it is, what it is, and what was probably meant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """What it belongs to does not run."""
    WARNING = "warning"
    """What it belongs to runs, but something was not done as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration.

    Attributes:
        path: Where, from the top of the document: ``schedules.jobs[2].cron``.
        message: What is wrong, in a sentence.
        hint: What to do or what was probably meant; may be empty.
        severity: Whether it keeps its job from running.
    """

    path: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text} ({self.hint})" if self.hint else text


def nearest(word: str, known: Collection[str]) -> str:
    """Give a hint with the known word that ``word`` was probably meant to be, or nothing.

    The first part of a compound counts too: ``tiemout`` is near ``timeout_seconds``.
    """
    variants: dict[str, str] = {}
    for name in sorted(known):
        variants.setdefault(name.partition("_")[0], name)
    variants |= {name: name for name in known}
    matches = difflib.get_close_matches(word, variants, n=1, cutoff=0.6)
    return f"did you mean '{variants[matches[0]]}'?" if matches else ""
