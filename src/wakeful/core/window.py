"""A window: the part of each day in which slots count."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wakeful.core.civil import DAY_SECONDS

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class Window:
    """A part of each day, as the clock on the wall shows it.

    Attributes:
        begin, end: Seconds of the day; the end does not belong to it. If the end is not later
            than the beginning, it is that of the next day.
    """

    begin: int
    end: int

    @property
    def text(self) -> str:
        """The window as `parse_window` reads it."""
        return f"{_write(self.begin)}{_SEPARATOR}{_write(self.end)}"

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """The parts of one day that belong to it, as seconds of the day."""
        if self.begin < self.end:
            return ((self.begin, self.end),)
        return ((0, self.end), (self.begin, DAY_SECONDS)) if self.end else (self._evening,)

    @property
    def _evening(self) -> tuple[int, int]:
        return self.begin, DAY_SECONDS


def parse_window(text: str) -> Window:
    """Read a window such as ``08:00-18:00``.

    Raises:
        ValueError: It is not one.
    """
    times = text.split(_SEPARATOR)
    if len(times) != 2:  # noqa: PLR2004 - a beginning and an end
        raise ValueError(f"{text!r} is not a time of day to another; write for example 08:00-18:00")
    return window_between(*times)


def window_between(begin: str, end: str) -> Window:
    """Make a window of two times of the day; ``24:00`` is the end of the day.

    Raises:
        ValueError: One of them is no time of the day, or they are the same.
    """
    first, last = _read(begin), _read(end)
    if first == DAY_SECONDS:
        raise ValueError("a window cannot begin at 24:00; write 00:00")
    if first == last:
        raise ValueError("a window cannot end at the time at which it begins")
    return Window(first, last)


def _read(text: str) -> int:
    match = _TIME.fullmatch(text.strip())
    if match is not None:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        time = hour * 3600 + minute * 60 + second
        if minute < 60 and second < 60 and time <= DAY_SECONDS:  # noqa: PLR2004 - clocks have no more
            return time
    raise ValueError(f"{text.strip()!r} is not a time of the day; write for example 08:00")


def _write(time: int) -> str:
    minutes, second = divmod(time, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text
