"""Numbers with their noise, and rows that compare two of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share (0 to 1) of all lies, of those that occur."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


@dataclass(frozen=True, slots=True)
class Figure:
    """A median of repeated measurements.

    Attributes:
        value: The median.
        unit: What it counts; ``ms``, ``µs``, ``/s`` and the like.
        noise: Half the distance between the quartiles, as a share of the median.
        repeats: How many measurements it is the median of.
    """

    value: float
    unit: str
    noise: float = 0.0
    repeats: int = 1

    @classmethod
    def of(cls, values: Sequence[float], unit: str, *, scale: float = 1.0) -> Figure:
        """Summarise repeated measurements.

        Args:
            values: At least one.
            unit: The unit of the result.
            scale: Multiplied with each, to get to that unit.
        """
        median = statistics.median(values) * scale
        noise = 0.0
        if len(values) > 1 and median:
            low, _, high = statistics.quantiles(values, n=4, method="inclusive")
            noise = (high - low) * scale / 2 / abs(median)
        return cls(median, unit, noise, len(values))

    def __str__(self) -> str:
        number = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        noise = f" ±{self.noise:.0%}" if self.repeats > 1 else ""
        return f"{number} {self.unit}{noise}"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is aimed at.

    Attributes:
        value: The limit.
        unit: ``x`` for a ratio; else the unit of the figure it limits.
        at_least: Whether it is a lower limit.
    """

    value: float
    unit: str = "x"
    at_least: bool = False

    def met_by(self, row: Row) -> bool | None:
        """Say whether a row is within the limit; None if that cannot be said."""
        measured = row.ratio if self.unit == "x" else row.ours.value
        if measured is None:
            return None
        return measured >= self.value if self.at_least else measured <= self.value

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.value:g} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was measured.
        ours: The daemon's figure.
        other: The figure it is compared to.
        other_name: What that one is: a floor or a peer.
        target: What is aimed at.
        note: What a reader should know, in a few words.
    """

    what: str
    ours: Figure
    other: Figure | None = None
    other_name: str = ""
    target: Limit | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the other."""
        if self.other is None or not self.other.value:
            return None
        return self.ours.value / self.other.value

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        return None if self.target is None else self.target.met_by(self)

    def document(self) -> dict[str, Any]:
        """Give the row for a JSON file."""
        return {
            "what": self.what,
            "ours": _figure_document(self.ours),
            "other": _figure_document(self.other) if self.other else None,
            "other_name": self.other_name,
            "ratio": self.ratio,
            "target": str(self.target) if self.target else None,
            "met": self.met,
            "note": self.note,
        }


def _figure_document(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "unit": figure.unit,
        "noise": figure.noise,
        "repeats": figure.repeats,
    }
