"""Cron expressions: reading them, and finding their instants.

The rules are those of Debian's cron, crontab(5): 0 and 7 are Sunday; a day matches if either
day field matches, unless one of the two starts with ``*``, then both must. Fields are bit
masks, so that the next match is an operation on integers and not a search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from wakeful.core import civil

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_WEEKDAYS = {
    name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
}
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ELEMENT = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\w+))?")
SUNDAY_AGAIN = 7
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """One of the five fields: what it is called, what it may contain."""

    name: str
    low: int
    high: int
    words: dict[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, SUNDAY_AGAIN, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class CronExpression:
    """A cron expression, ready to be asked.

    Attributes:
        text: As it was written.
        minutes, hours, days, months, weekdays: Bit masks; bit n stands for the value n.
        either_day: Whether one matching day field is enough.
        wildcard: Whether minute or hour starts with ``*``: such jobs follow the wall clock
            through a change of daylight saving, others are fixed-time jobs (cron(8), "Daylight
            Saving Time and other time changes").
    """

    text: str
    minutes: int
    hours: int
    days: int
    months: int
    weekdays: int
    either_day: bool
    wildcard: bool
    times: tuple[int, ...] = field(repr=False)
    """Minutes of the day that match, ascending."""

    def days_of_month(self, year: int, month: int) -> int:
        """Give the mask of matching days of one month; bit 1 is the first."""
        if not self.months >> month & 1:
            return 0
        first, length = civil.month_shape(year, month)
        month_days = (1 << (length + 1)) - 2
        by_weekday = _weekday_mask(self.weekdays, first)
        matching = self.days | by_weekday if self.either_day else self.days & by_weekday
        return matching & month_days


def _weekday_mask(weekdays: int, first: int) -> int:
    """Mask of the days of a month whose 1st is weekday ``first`` (0 = Sunday)."""
    week = (weekdays | weekdays << SUNDAY_AGAIN) >> first & 0x7F
    mask = 0
    for start in range(1, 32, 7):
        mask |= week << start
    return mask


def parse_cron(text: str) -> CronExpression:
    """Read a cron expression of five fields, or a nickname such as ``@daily``.

    Raises:
        ValueError: It is not one, or it can never match; the text says which field and why.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a cron expression has no more than {LONGEST_TEXT} characters")
    source = " ".join(text.split())
    fields = _NICKNAMES.get(source.lower(), source).split(" ")
    if source.startswith("@") and source.lower() not in _NICKNAMES:
        raise ValueError(f"{text!r} is not a cron nickname; known are {', '.join(_NICKNAMES)}")
    if len(fields) != len(_FIELDS):
        count = len(fields) if source else 0
        raise ValueError(
            f"{text!r} has {count} fields, a cron expression has five:"
            " minute, hour, day of month, month, weekday"
        )
    masks = [_read_field(part, kind, text) for part, kind in zip(fields, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = masks
    weekdays = (weekdays | weekdays >> SUNDAY_AGAIN) & 0x7F
    expression = CronExpression(
        text=text,
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays,
        either_day=not (fields[2].startswith("*") or fields[4].startswith("*")),
        wildcard=fields[0].startswith("*") or fields[1].startswith("*"),
        times=_times_of_day(hours, minutes),
    )
    if not _can_fire(expression):
        raise ValueError(f"{text!r} can never fire: no month has such a day")
    return expression


@lru_cache(maxsize=256)
def _times_of_day(hours: int, minutes: int) -> tuple[int, ...]:
    """List the matching minutes of a day; jobs with the same times share one list."""
    return tuple(
        hour * 60 + minute
        for hour in range(24)
        if hours >> hour & 1
        for minute in range(60)
        if minutes >> minute & 1
    )


def _can_fire(expression: CronExpression) -> bool:
    """Say whether any day ever matches; weekdays and leap years repeat after 28 years.

    1996 to 2024 is such a cycle, without a century year in it.
    """
    if expression.either_day or expression.days == (1 << 32) - 2:
        return True
    return any(
        expression.days_of_month(year, month)
        for year in range(1996, 2024)
        for month in range(1, 13)
    )


def _read_field(part: str, kind: _Field, text: str) -> int:
    try:
        return _read_list(part, kind)
    except ValueError as error:
        raise ValueError(f"{kind.name} field of {text!r}: {error}") from None


@lru_cache(maxsize=1024)
def _read_list(part: str, kind: _Field) -> int:
    """Read a field; a thousand jobs have few different ones."""
    mask = 0
    for element in part.split(","):
        mask |= _read_element(element, kind)
    return mask


def _read_element(element: str, kind: _Field) -> int:
    match = _ELEMENT.fullmatch(element)
    if match is None or (match[1] == "*" and match[2]) or (match[3] and not _is_range(match)):
        raise ValueError(f"cannot read {element!r}")
    if match[1] == "*":
        first, last = kind.low, kind.high
    else:
        first = _read_value(match[1], kind)
        last = _read_value(match[2], kind) if match[2] else first
    step = _read_step(match[3]) if match[3] else 1
    if first > last:
        raise ValueError(f"the range {element!r} runs backwards")
    mask = 0
    for value in range(first, last + 1, step):
        mask |= 1 << value
    return mask


def _is_range(match: re.Match[str]) -> bool:
    return match[1] == "*" or bool(match[2])


def _read_step(word: str) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) == 0:
        raise ValueError(f"{word!r} is not a step")
    return int(word)


def _read_value(word: str, kind: _Field) -> int:
    named = kind.words.get(word.lower())
    if named is not None:
        return named
    if not (word.isascii() and word.isdigit()):
        raise ValueError(f"{word!r} is not a {kind.name}")
    value = int(word)
    if not kind.low <= value <= kind.high:
        raise ValueError(f"{value} is not between {kind.low} and {kind.high}")
    return value
