"""Cron expressions: reading them.

The rules are those of Debian's cron, crontab(5): 0 and 7 are Sunday; a day matches if either
day field matches, unless one of the two starts with ``*``, then both must. Extensions are a
sixth field, for the second, in front of the others; and days relative to the month: ``L``,
``L-3``, ``LW``, ``15W``, ``MON#1``, ``5L``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from wakeful.core import cron_field
from wakeful.core.civil import day_number as day_number_of
from wakeful.core.civil import month_length, weekday_of
from wakeful.core.cron_days import DayPattern, DayRule, day_pattern
from wakeful.core.cron_field import FieldKind, FieldReading, read_field

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
REBOOT = "@reboot"
LONGEST_TEXT = 1000
_FIELDS = (
    cron_field.MINUTE,
    cron_field.HOUR,
    cron_field.DAY_OF_MONTH,
    cron_field.MONTH,
    cron_field.WEEKDAY,
)
_FIELDS_WITH_SECONDS = (cron_field.SECOND, *_FIELDS)
_BLANKS = re.compile(r"[ \t]+")
_AT_THE_FULL_MINUTE = FieldReading(mask=1, rules=(), warnings=())


class NeverFiresError(ValueError):
    """A cron expression can be read, and Debian's cron accepts it, but no time matches it."""


@dataclass(frozen=True, slots=True)
class CronExpression:
    """A cron expression, ready to be asked.

    Attributes:
        text: As it was written.
        minutes, hours, days, months, weekdays: Bit masks; bit n stands for the value n.
        either_day: Whether one matching day field is enough.
        wildcard: Whether second, minute or hour starts with ``*``: such jobs follow the wall
            clock through a change of daylight saving, others are fixed-time jobs (cron(8),
            "Daylight Saving Time and other time changes").
        times: Minutes of the day that match, ascending.
        seconds: Seconds of a minute that match, ascending; only 0 unless there is a field for it.
        day_rules: Days relative to the month in the field of the day.
        weekday_rules: Days relative to the month in the field of the weekday.
        warnings: Sentences about what is read otherwise than it seems, each with what to write
            instead.
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
    seconds: tuple[int, ...] = field(repr=False)
    day_rules: tuple[DayRule, ...] = ()
    weekday_rules: tuple[DayRule, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def pattern(self) -> DayPattern:
        """The days that match; shared by all expressions that match the same."""
        return day_pattern(
            self.days,
            self.months,
            self.weekdays,
            either=self.either_day,
            day_rules=self.day_rules,
            weekday_rules=self.weekday_rules,
        )

    def days_of_month(self, year: int, month: int) -> int:
        """Give the mask of matching days of one month; bit 1 is the first."""
        if not self.months >> month & 1:
            return 0
        first = weekday_of(day_number_of(year, month, 1))
        return self.pattern.days_of_month(first, month_length(year, month))


def parse_cron(text: str) -> CronExpression:
    """Read a cron expression of five or six fields, or a nickname such as ``@daily``.

    Everything that Debian's cron accepts is read as it reads it; what differs from what one
    would think is told by the warnings.

    Raises:
        NeverFiresError: No time ever matches.
        ValueError: It is not a cron expression; the text says which field is wrong, and why.
    """
    fields = _split(text)
    kinds = _FIELDS if len(fields) == len(_FIELDS) else _FIELDS_WITH_SECONDS
    readings = [_read(part, kind, text) for part, kind in zip(fields, kinds, strict=True)]
    if kinds is _FIELDS:
        readings.insert(0, _AT_THE_FULL_MINUTE)
    expression = _assemble(text, fields, readings)
    if not (expression.times and expression.seconds and expression.pattern.ever_matches()):
        raise NeverFiresError(f"{text!r} can never fire: {_why_never(expression)}")
    return expression


def is_reboot(text: str) -> bool:
    """Say whether an expression is ``@reboot``: not a time, but each start of the system."""
    return text.strip().lower() == REBOOT


def debian_accepts(text: str) -> bool:
    """Say whether Debian's cron accepts an expression in front of a command.

    It does so although some can never fire. To it, what follows the fifth field, or a nickname,
    is the command already; nicknames are in lower case only.
    """
    fields = _BLANKS.split(text.strip(" \t\n"), len(_FIELDS))
    if fields[0].startswith("@"):
        return fields[0] in NICKNAMES or fields[0] == REBOOT
    *times, command = fields if len(fields) > len(_FIELDS) else [*fields, "command"]
    if len(times) < len(_FIELDS) or command.startswith("*"):
        return False
    try:
        for part, kind in zip(times, _FIELDS, strict=True):
            read_field(part, kind, extended=False)
    except ValueError:
        return False
    return True


def _split(text: str) -> list[str]:
    """Give the fields of an expression, with a nickname replaced by what it stands for."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a cron expression has no more than {LONGEST_TEXT} characters")
    source = " ".join(text.split())
    if is_reboot(source):
        raise ValueError(f"{text!r} is no time but an event; the trigger for it is 'on': 'boot'")
    fields = NICKNAMES.get(source.lower(), source).split(" ")
    if fields[0].startswith("@"):
        raise ValueError(f"{text!r} is not a cron nickname; known are {', '.join(NICKNAMES)}")
    if len(fields) not in (len(_FIELDS), len(_FIELDS_WITH_SECONDS)):
        count = len(fields) if source else 0
        raise ValueError(
            f"{text!r} has {count} fields, a cron expression has five:"
            " minute, hour, day of month, month, weekday; or six, with the second before them"
        )
    return fields


def _read(part: str, kind: FieldKind, text: str) -> FieldReading:
    try:
        return read_field(part, kind)
    except ValueError as error:
        raise ValueError(f"{kind.name} field of {text!r}: {error}") from None


def _assemble(text: str, fields: list[str], readings: list[FieldReading]) -> CronExpression:
    seconds, minutes, hours, days, months, weekdays = readings
    weekday_mask = (weekdays.mask | weekdays.mask >> cron_field.SUNDAY_AGAIN) & 0x7F
    either_day = not (fields[-3].startswith("*") or fields[-1].startswith("*"))
    return CronExpression(
        text=text,
        minutes=minutes.mask,
        hours=hours.mask,
        days=days.mask,
        months=months.mask,
        weekdays=weekday_mask,
        either_day=either_day,
        wildcard=any(part.startswith("*") for part in fields[:-3]),
        times=_times_of_day(hours.mask, minutes.mask),
        seconds=_values_of(seconds.mask),
        day_rules=days.rules,
        weekday_rules=weekdays.rules,
        warnings=tuple(warning for reading in readings for warning in reading.warnings),
    )


def _why_never(expression: CronExpression) -> str:
    if expression.times and expression.seconds and expression.months and not expression.warnings:
        return "no month has such a day"
    return "; ".join(expression.warnings) or "no time matches"


@lru_cache(maxsize=256)
def _times_of_day(hours: int, minutes: int) -> tuple[int, ...]:
    """List the matching minutes of a day; jobs with the same times share one list."""
    return tuple(hour * 60 + minute for hour in _values_of(hours) for minute in _values_of(minutes))


@lru_cache(maxsize=256)
def _values_of(mask: int) -> tuple[int, ...]:
    return tuple(value for value in range(mask.bit_length()) if mask >> value & 1)
