"""Exclusions: days on which no slot counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from wakeful.core.civil import LAST_DAY, date_of, day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARLY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_LEAP_YEAR = 2000
_DAYS_OF_LEAP_YEAR = 366
_RANGE = ".."
_EXAMPLES = "2026-12-24, 2026-12-24..2027-01-02 or 12-25"

Yearly = tuple[int, int]
"""A day of every year: month and day."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Days on which no slot counts.

    Attributes:
        ranges: First and last day of each run of days, as numbers since the epoch; ascending,
            and not adjacent.
        yearly: Days that are excluded every year.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    yearly: frozenset[Yearly] = frozenset()
    _begins: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare for searching."""
        object.__setattr__(self, "_begins", tuple(first for first, _ in self.ranges))

    @property
    def text(self) -> str:
        """The exclusions in one form, however they were written."""
        ranges = (_write_range(first, last) for first, last in self.ranges)
        yearly = (f"{month:02}-{day:02}" for month, day in sorted(self.yearly))
        return ",".join((*ranges, *yearly))

    @property
    def everything(self) -> bool:
        """Whether no day is left of any year."""
        return len(self.yearly) == _DAYS_OF_LEAP_YEAR

    def first_from(self, day: int) -> int | None:
        """Give the first day that is not excluded, from a day on; None: there is none."""
        if self.everything:
            return None
        while day <= LAST_DAY:
            run = self._run_with(day)
            if run is not None:
                day = run[1] + 1
            elif self.yearly and date_of(day)[1:] in self.yearly:
                day += 1
            else:
                return day
        return None

    def last_until(self, day: int) -> int | None:
        """Give the last day that is not excluded, up to a day; None: there is none."""
        if self.everything:
            return None
        while day >= 0:
            run = self._run_with(day)
            if run is not None:
                day = run[0] - 1
            elif self.yearly and date_of(day)[1:] in self.yearly:
                day -= 1
            else:
                return day
        return None

    def _run_with(self, day: int) -> tuple[int, int] | None:
        position = bisect_right(self._begins, day)
        if position and day <= self.ranges[position - 1][1]:
            return self.ranges[position - 1]
        return None


def exclusions_of(texts: Iterable[str]) -> Exclusions:
    """Make exclusions of what `check_exclusion` accepts.

    Raises:
        ValueError: One of them is not an exclusion.
    """
    runs: list[tuple[int, int]] = []
    yearly: set[Yearly] = set()
    for text in texts:
        first, last = _ends_of(text)
        if isinstance(first, date) and isinstance(last, date):
            runs.append((day_number(*_parts(first)), day_number(*_parts(last))))
        elif isinstance(first, tuple) and isinstance(last, tuple):
            yearly.update(_days_of_year(first, last))
    return Exclusions(tuple(_joined(sorted(runs))), frozenset(yearly))


def check_exclusion(text: str) -> None:
    """See whether a text is an exclusion: a date, a day of every year, or a range of either.

    Raises:
        ValueError: It is not.
    """
    _ends_of(text)


def _ends_of(text: str) -> tuple[date | Yearly, date | Yearly]:
    begin, separator, end = text.strip().partition(_RANGE)
    first = _read(begin.strip(), text)
    last = _read(end.strip(), text) if separator else first
    if isinstance(first, date) is not isinstance(last, date):
        raise ValueError(f"{text!r} has a year on one side only")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ValueError(f"the range {text!r} runs backwards")
    return first, last


def _read(part: str, text: str) -> date | Yearly:
    try:
        if _DATE.fullmatch(part):
            return date.fromisoformat(part)
        if match := _YEARLY.fullmatch(part):
            found = date(_LEAP_YEAR, int(match[1]), int(match[2]))
            return found.month, found.day
    except ValueError:
        raise ValueError(f"there is no day {part}") from None
    raise ValueError(f"{text!r} is not a day or a range of days; write for example {_EXAMPLES}")


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _days_of_year(first: Yearly, last: Yearly) -> Iterator[Yearly]:
    """List the days of a range, over the turn of the year if it ends before it begins."""
    if last < first:
        yield from _days_of_year(first, (12, 31))
        first = (1, 1)
    day, end = date(_LEAP_YEAR, *first), date(_LEAP_YEAR, *last)
    while day <= end:
        yield day.month, day.day
        day += timedelta(days=1)


def _joined(runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Make one of runs that overlap or touch."""
    first, last = None, 0
    for begin, end in runs:
        if first is not None and begin <= last + 1:
            last = max(last, end)
            continue
        if first is not None:
            yield first, last
        first, last = begin, end
    if first is not None:
        yield first, last


def _write_range(first: int, last: int) -> str:
    begin, end = ("{:04}-{:02}-{:02}".format(*date_of(day)) for day in (first, last))
    return begin if first == last else f"{begin}{_RANGE}{end}"
