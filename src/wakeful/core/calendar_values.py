"""The values one field of a calendar expression names: single ones, ranges, repetitions."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

_LISTED_AT_MOST = 50_000
"""Values of one field that are kept as a list; only fractions of seconds can be more."""


@dataclass(frozen=True, slots=True, order=True)
class Progression:
    """A value, or values at equal distances.

    Attributes:
        start: The first.
        stop: No value is greater; -1: the field's own end.
        step: The distance; 0: ``start`` is the only value.
    """

    start: int
    stop: int = -1
    step: int = 0

    def values(self, high: int) -> range:
        """Give its values up to ``high``."""
        if not self.step:
            return range(self.start, min(self.start, high) + 1)
        return range(self.start, min(self.stop if self.stop >= 0 else high, high) + 1, self.step)


def mask_of(progressions: tuple[Progression, ...], low: int, high: int) -> int:
    """Give the values as a bit mask; without any progression all from ``low`` to ``high``."""
    if not progressions:
        return (1 << high + 1) - (1 << low)
    mask = 0
    for progression in progressions:
        for value in progression.values(high):
            mask |= 1 << value
    return mask


@dataclass(frozen=True, slots=True)
class Ticks:
    """The microseconds of a minute that match, ascending; up to sixty million, so never listed."""

    progressions: tuple[Progression, ...]
    high: int
    _ranges: tuple[range, ...] = field(init=False, repr=False, compare=False)
    _listed: tuple[int, ...] = field(init=False, repr=False, compare=False)
    count: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Set up what is derived."""
        ranges = tuple(progression.values(self.high) for progression in self.progressions)
        listed: tuple[int, ...] = ()
        if sum(map(len, ranges)) <= _LISTED_AT_MOST:
            listed = tuple(sorted(set().union(*ranges)))
        object.__setattr__(self, "_ranges", ranges)
        object.__setattr__(self, "_listed", listed)
        object.__setattr__(self, "count", len(listed) or self._count_below(self.high + 1))

    @property
    def first(self) -> int:
        """The first of them."""
        return min(values[0] for values in self._ranges)

    @property
    def last(self) -> int:
        """The last of them."""
        return max(values[-1] for values in self._ranges)

    def after(self, moment: int) -> int | None:
        """Give the first one greater than ``moment``."""
        if self._listed:
            position = bisect_right(self._listed, moment)
            return self._listed[position] if position < len(self._listed) else None
        found = None
        for values in self._ranges:
            position = max((moment - values.start) // values.step + 1, 0)
            if position < len(values) and (found is None or values[position] < found):
                found = values[position]
        return found

    def until(self, moment: int) -> int | None:
        """Give the last one that is not greater than ``moment``."""
        if self._listed:
            position = bisect_right(self._listed, moment)
            return self._listed[position - 1] if position else None
        found = None
        for values in self._ranges:
            position = min((moment - values.start) // values.step, len(values) - 1)
            if position >= 0 and (found is None or values[position] > found):
                found = values[position]
        return found

    def count_until(self, moment: int) -> int:
        """Count those that are not greater than ``moment``."""
        if self._listed:
            return bisect_right(self._listed, moment)
        return self._count_below(moment + 1)

    def _count_below(self, end: int) -> int:
        """Count those less than ``end``; several dense progressions may share values."""
        if len(self._ranges) == 1:
            values = self._ranges[0]
            return max(min((end - 1 - values.start) // values.step + 1, len(values)), 0)
        marks = bytearray(end)
        for values in self._ranges:
            shared = range(values.start, min(values.stop, end), values.step)
            marks[shared.start : shared.stop : shared.step] = b"\x01" * len(shared)
        return marks.count(1)
