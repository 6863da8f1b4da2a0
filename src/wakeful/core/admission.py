"""Admission: at which times a slot counts, by the clock and the calendar on the wall."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.civil import DAY_SECONDS, LAST_DAY, ZoneOffsets, zone_offsets
from wakeful.core.exclusion import Exclusions

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.window import Window

Opening = tuple[int, int]
"""The first second of a time at which slots count, and the first after it."""

_WHOLE_DAY = ((0, DAY_SECONDS),)
_MARGIN = 2 * DAY_SECONDS
"""More than a wall clock was ever put forward or back at once."""
_END = (LAST_DAY + 1) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Admission:
    """The times at which slots count.

    They are those at which the wall clock shows a time of the window, on a day that is not
    excluded. A time that comes twice is admitted twice.

    Attributes:
        zone: Where the wall is.
        window: The part of each day; None: all of it.
        exclusions: The days that are left out.
    """

    zone: tzinfo
    window: Window | None = None
    exclusions: Exclusions = field(default_factory=Exclusions)
    _offsets: ZoneOffsets = field(init=False, repr=False, compare=False)
    _parts: tuple[Opening, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up the zone, whose offsets are shared with others."""
        object.__setattr__(self, "_offsets", zone_offsets(self.zone))
        object.__setattr__(self, "_parts", self.window.parts if self.window else _WHOLE_DAY)

    def first_from(self, second: int) -> Opening | None:
        """Give the first opening that ends after a second since the epoch; None: there is none.

        It may be one part of a longer opening, but then the next part follows without a gap.
        """
        second = max(second, 0)
        while second < _END:
            stretch = self._offsets.stretch_at(second)
            local = second + stretch.offset
            found = self._first_local(local)
            if found is None:
                return None
            begin, end = found[0] - stretch.offset, found[1] - stretch.offset
            if begin < stretch.end:
                return max(begin, stretch.begin), min(end, stretch.end)
            # Behind the next change the clock may show once more what it showed shortly before.
            near = stretch.end - second < _MARGIN
            second = stretch.end if near else max(stretch.end, begin - _MARGIN)
        return None

    def last_until(self, second: int) -> Opening | None:
        """Give the last opening that begins at or before a second; None: there is none."""
        second = min(second, _END - 1)
        while second >= 0:
            stretch = self._offsets.stretch_at(second)
            found = self._last_local(second + stretch.offset)
            if found is None:
                return None
            begin, end = found[0] - stretch.offset, found[1] - stretch.offset
            if end > stretch.begin:
                return max(begin, stretch.begin), min(end, stretch.end)
            near = second - stretch.begin < _MARGIN
            second = stretch.begin - 1 if near else min(stretch.begin - 1, end + _MARGIN)
        return None

    def _first_local(self, local: int) -> Opening | None:
        """Give the first opening that ends after a time of the wall clock, as such times."""
        today, time = divmod(local, DAY_SECONDS)
        day = self.exclusions.first_from(today)
        while day is not None:
            start = day * DAY_SECONDS
            for begin, end in self._parts:
                if day > today or time < end:
                    return start + begin, start + end
            day = self.exclusions.first_from(day + 1)
        return None

    def _last_local(self, local: int) -> Opening | None:
        """Give the last opening that begins at or before a time of the wall clock."""
        today, time = divmod(local, DAY_SECONDS)
        day = self.exclusions.last_until(today)
        while day is not None:
            start = day * DAY_SECONDS
            for begin, end in reversed(self._parts):
                if day < today or begin <= time:
                    return start + begin, start + end
            day = self.exclusions.last_until(day - 1)
        return None
