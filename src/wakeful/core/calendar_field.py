"""The fields of a calendar expression: what each may contain, and how systemd sorts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core import instant
from wakeful.core.calendar_days import FIRST_YEAR, LAST_YEAR
from wakeful.core.calendar_values import Progression

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST_MONTH = 28
_LOWERED_BY = 3
_CENTURY = 100
_TWO_THOUSANDS_UNTIL = 70


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A field of a calendar expression.

    Attributes:
        name: What it is called.
        low, high: What it may contain, in units.
        unit: How many units a written one is; seconds are kept in microseconds.
    """

    name: str
    low: int
    high: int
    unit: int = 1


YEAR = Kind("year", FIRST_YEAR, LAST_YEAR)
MONTH = Kind("month", 1, 12)
DAY = Kind("day", 1, 31)
DAY_FROM_END = Kind("day before the end of the month", 1, _SHORTEST_MONTH)
HOUR = Kind("hour", 0, 23)
MINUTE = Kind("minute", 0, 59)
SECOND_OF_MINUTE = Kind("second", 0, instant.MINUTE - 1, instant.SECOND)


def _with_century(years: Progression) -> Progression:
    """Write out years of two digits: 1970 to 2069."""
    start, stop = (
        year + (2000 if year < _TWO_THOUSANDS_UNTIL else 1900) if 0 <= year < _CENTURY else year
        for year in (years.start, years.stop)
    )
    return Progression(start, stop, years.step)


def checked(
    progressions: Iterable[Progression], kind: Kind, *, backwards: bool = False
) -> tuple[Progression, ...]:
    """Bring the values of a field into systemd's order, and make sure that they are possible.

    Args:
        progressions: As they were written.
        kind: The field.
        backwards: Whether they are counted back from the end, so that repetitions descend.

    Raises:
        ValueError: One of them is not possible; the text says which and why.
    """
    if kind is YEAR:
        progressions = map(_with_century, progressions)
    found = sorted({_shortened(progression) for progression in progressions})
    for progression in found:
        _check(progression, kind, backwards=backwards)
        if backwards:
            # systemd lowers its limit by three days with every further value of such a list.
            kind = Kind(kind.name, kind.low, kind.high - _LOWERED_BY)
    return tuple(found)


def _shortened(progression: Progression) -> Progression:
    """Let a range end with a value it reaches; one with a single value is that value."""
    start, stop, step = progression.start, progression.stop, progression.step
    if stop > start and step:
        stop -= (stop - start) % step
    return Progression(start) if stop == start else Progression(start, stop, step)


def _check(progression: Progression, kind: Kind, *, backwards: bool) -> None:
    start, stop, step = progression.start, progression.stop, progression.step
    for value in (start, stop) if stop >= 0 else (start,):
        if not kind.low <= value <= kind.high:
            raise ValueError(
                f"{_plain(value, kind)} is no {kind.name}: these are"
                f" {_plain(kind.low, kind)} to {_plain(kind.high, kind)}"
            )
    if 0 <= stop < start:
        raise ValueError(
            f"the range {_plain(start, kind)}..{_plain(stop, kind)} of the {kind.name}"
            " runs backwards"
        )
    reach = start - kind.low if backwards else kind.high - start
    if step > kind.high - kind.low or (step and stop < 0 and step > reach):
        raise ValueError(
            f"a repetition of {_plain(step, kind)} is too long for the {kind.name}"
            f" {_plain(start, kind)}: it would never come"
        )


def _plain(value: int, kind: Kind) -> str:
    return f"{value / kind.unit:.8g}" if kind.unit > 1 else str(value)
