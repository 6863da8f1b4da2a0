"""One field of a cron expression: what it matches, and what in it is not what it seems.

The grammar is that of Debian's cron 3.0, which stops reading a field at the first character
that cannot follow: what comes after a valid term is ignored up to the next blank. On top of it
stand ``L``, ``W`` and ``#`` in the forms that cannot be anything else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from wakeful.core.cron_days import DayRule, DayRuleKind

SUNDAY_AGAIN = 7
_MOST_DAYS = 31
_LARGEST = (1 << 31) - 1
"""Debian's cron keeps numbers in a C int."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORD = "[A-Za-z0-9]"
_TERM = re.compile(rf"(\*|{_WORD}+)(?:(?<!\*)-({_WORD}*))?(?:/({_WORD}*))?")
_DAY_RULE = re.compile(
    r"(?:(L)(?:(W)|-([0-9]{1,2}))?|([0-9]{1,2})W)(?=,|$)", re.IGNORECASE | re.ASCII
)
_WEEKDAY_RULE = re.compile(
    r"(sun|mon|tue|wed|thu|fri|sat|0*[0-7])(?:#([1-5])|(L))(?=,|$)", re.IGNORECASE | re.ASCII
)


class FieldKind(NamedTuple):
    """One of the fields of an expression: what it is called, what it may contain."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


SECOND = FieldKind("second", 0, 59)
MINUTE = FieldKind("minute", 0, 59)
HOUR = FieldKind("hour", 0, 23)
DAY_OF_MONTH = FieldKind("day of month", 1, 31)
MONTH = FieldKind("month", 1, 12, _MONTHS)
WEEKDAY = FieldKind("weekday", 0, SUNDAY_AGAIN, _WEEKDAYS)


class FieldReading(NamedTuple):
    """What a field says.

    Attributes:
        mask: The values it matches; bit n stands for the value n.
        rules: The days it names relative to the month.
        warnings: A sentence for everything Debian's cron reads otherwise than one would think.
    """

    mask: int
    rules: tuple[DayRule, ...]
    warnings: tuple[str, ...]


@lru_cache(maxsize=1024)
def read_field(text: str, kind: FieldKind, *, extended: bool = True) -> FieldReading:
    """Read a field; a thousand jobs have few different ones.

    Args:
        text: The field, without blanks.
        kind: Which it is.
        extended: Whether ``L``, ``W`` and ``#`` are read; Debian's cron does not.

    Raises:
        ValueError: Debian's cron would refuse it; the text does not name the field.
    """
    mask, position = 0, 0
    rules: list[DayRule] = []
    warnings: list[str] = []
    while True:
        rule, end = _read_rule(text, position, kind, warnings) if extended else (None, 0)
        if rule is not None:
            rules.append(rule)
        else:
            matched, end = _read_term(text, position, kind, warnings)
            mask |= matched
        if end == len(text):
            break
        if text[end] != ",":
            warnings.append(_ignored(text, position, end))
            break
        position = end + 1
    return FieldReading(mask, tuple(rules), tuple(f"{kind.name} field: {one}" for one in warnings))


def _read_term(text: str, position: int, kind: FieldKind, warnings: list[str]) -> tuple[int, int]:
    """Read one value or range, and give its mask and where it ends."""
    match = _TERM.match(text, position)
    if match is None:
        raise ValueError(f"cannot read {_rest(text, position)!r}{_advice(text[position:])}")
    first_word, last_word, step_word = match.groups()
    single = first_word != "*" and last_word is None
    if single and step_word is not None:
        raise ValueError(
            f"cannot read {match[0]!r}: a step needs a range, for instance"
            f" '{first_word}-{kind.high}/{step_word}' or '*/{step_word}'"
        )
    if first_word == "*":
        first, last = kind.low, kind.high
    else:
        first = _read_value(first_word, kind, warnings)
        last = first if last_word is None else _read_value(last_word, kind, warnings)
    step = 1 if step_word is None else _read_step(step_word)
    if first > last:
        warnings.append(
            f"the range {match[0]!r} runs backwards and matches nothing in Debian's cron;"
            f" write {_turned_round(first, last, step, kind)!r}"
        )
    elif first < last < first + step:
        warnings.append(
            f"the step of {match[0]!r} is larger than its range, so that only {first} matches"
        )
    if first <= last and last - (last - first) % step + step > _LARGEST:
        raise ValueError(f"the step of {match[0]!r} is too large")
    mask = 0
    for value in range(first, last + 1, step):
        mask |= 1 << value
    return mask, match.end()


def _read_rule(
    text: str, position: int, kind: FieldKind, warnings: list[str]
) -> tuple[DayRule | None, int]:
    """Read a day relative to the month, if there is one."""
    if kind is DAY_OF_MONTH:
        match = _DAY_RULE.match(text, position)
        rule = None if match is None else _day_rule(match)
    elif kind is WEEKDAY:
        match = _WEEKDAY_RULE.match(text, position)
        rule = None if match is None else _weekday_rule(match, warnings)
    else:
        return None, position
    return rule, position if match is None else match.end()


def _day_rule(match: re.Match[str]) -> DayRule | None:
    last, workday, before, nearest = match.groups()
    if workday:
        return DayRule(DayRuleKind.LAST_WORKDAY)
    if last:
        days = int(before or 0)
        if days >= _MOST_DAYS:
            raise ValueError(f"no month has a day {days} days before its last")
        return DayRule(DayRuleKind.LAST, days)
    day = int(nearest)
    if not 1 <= day <= _MOST_DAYS:
        raise ValueError(f"{day} is not between 1 and {_MOST_DAYS}")
    return DayRule(DayRuleKind.NEAREST_WORKDAY, day)


def _weekday_rule(match: re.Match[str], warnings: list[str]) -> DayRule:
    word, number, _ = match.groups()
    weekday = _read_value(word, WEEKDAY, warnings) % SUNDAY_AGAIN
    if number is None:
        return DayRule(DayRuleKind.LAST_WEEKDAY, weekday)
    warnings.append(
        f"{match[0]!r} means the {_ORDINALS[int(number) - 1]} {_WEEKDAYS[weekday].capitalize()}"
        f" of the month; Debian's cron ignores '#{number}' and runs on every one"
    )
    return DayRule(DayRuleKind.NTH_WEEKDAY, weekday, int(number))


def _read_value(word: str, kind: FieldKind, warnings: list[str]) -> int:
    if word.lower() in kind.words:
        return kind.words.index(word.lower()) + kind.low
    if not word.isdigit():
        raise ValueError(f"{word!r} is not a {kind.name}{_advice(word)}")
    value = _as_c_int(word)
    if not kind.low <= value <= kind.high:
        raise ValueError(f"{int(word)} is not between {kind.low} and {kind.high}")
    if value != int(word):
        warnings.append(f"Debian's cron reads {word!r} as {value}; write '{value}'")
    return value


def _read_step(word: str) -> int:
    value = _as_c_int(word) if word.isdigit() else 0
    if value <= 0:
        raise ValueError(f"{word!r} is not a step")
    return value


def _as_c_int(word: str) -> int:
    """Read digits as atoi(3) does on the machines Debian runs on: 64 bits, cut to 32."""
    value = min(int(word), (1 << 63) - 1) & 0xFFFFFFFF
    return value - (1 << 32) if value > _LARGEST else value


def _turned_round(first: int, last: int, step: int, kind: FieldKind) -> str:
    """Write what a range that runs backwards was probably meant to say."""
    top = kind.high - 1 if kind is WEEKDAY else kind.high
    if step > 1:
        values = [*range(first, top + 1), *range(kind.low, last + 1)][::step]
        return ",".join(map(str, values))
    if kind is WEEKDAY and last == 0:
        return f"{first}-{SUNDAY_AGAIN}"
    ends = ((min(first, top), top), (kind.low, last))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ends)


def _ignored(text: str, position: int, end: int) -> str:
    read, ignored = text[position:end], text[end:]
    return (
        f"Debian's cron reads {text[position:]!r} as {read!r}, ignoring {ignored!r}; write {read!r}"
    )


def _rest(text: str, position: int) -> str:
    return text[position:].partition(",")[0]


def _advice(word: str) -> str:
    """Say what to write instead of something another scheduler would read."""
    if word.startswith("?"):
        return "; write '*'"
    if word.startswith("~"):
        return "; random times are not cron's"
    for name in (*_MONTHS, *_WEEKDAYS):
        if len(word) > len(name) and word.isalpha() and word.lower().startswith(name):
            return f"; names have three letters: {word[:3]!r}"
    return ""
