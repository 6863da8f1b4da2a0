"""What a subject is given to measure with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances of a run.

    Attributes:
        bus: The address of a private bus.
        folder: An empty folder that is removed afterwards.
        quick: Whether few and short measurements will do.
    """

    bus: str
    folder: Path
    quick: bool

    def choose(self, quick: Choice, full: Choice) -> Choice:
        """Give the first in a quick run, the second in a full one."""
        return quick if self.quick else full
