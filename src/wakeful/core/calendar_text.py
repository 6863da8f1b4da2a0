"""Reading calendar expressions: everything systemd 252 accepts, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wakeful.core.calendar_days import EVERY_WEEKDAY, LAST_YEAR
from wakeful.core.calendar_expression import CalendarExpression, CalendarFields
from wakeful.core.calendar_field import (
    DAY,
    DAY_FROM_END,
    HOUR,
    MINUTE,
    MONTH,
    SECOND_OF_MINUTE,
    YEAR,
    Kind,
    checked,
)
from wakeful.core.calendar_values import Progression
from wakeful.core.instant import SECOND

LONGEST_TEXT = 4096
_MOST_IN_A_LIST = 241
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1) - 1

_WEEKDAY = re.compile(
    r"(mon)(?:day)?|(tue)(?:sday)?|(wed)(?:nesday)?|(thu)(?:rsday)?|(fri)(?:day)?"
    r"|(sat)(?:urday)?|(sun)(?:day)?",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(r"[0-9]+")
_FRACTION = re.compile(r"\.(?!\.)([0-9]*)")
_EPOCH_TEXT = re.compile(r"@\s*\+?([0-9]+)", re.ASCII)
_ZONE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_ZERO = (Progression(0),)
_FIRST = (Progression(1),)
_DAILY = CalendarFields(hours=_ZERO, minutes=_ZERO, seconds=_ZERO)
_HALF_YEARLY = replace(_DAILY, months=(Progression(1), Progression(7)), days=_FIRST)
_YEARLY = replace(_DAILY, months=_FIRST, days=_FIRST)
_QUARTERS = tuple(Progression(month) for month in (1, 4, 7, 10))
_NICKNAMES = {
    "minutely": CalendarFields(seconds=_ZERO),
    "hourly": CalendarFields(minutes=_ZERO, seconds=_ZERO),
    "daily": _DAILY,
    "weekly": replace(_DAILY, weekdays=1),
    "monthly": replace(_DAILY, days=_FIRST),
    "quarterly": replace(_DAILY, months=_QUARTERS, days=_FIRST),
    "semiannually": _HALF_YEARLY,
    "semi-annually": _HALF_YEARLY,
    "biannually": _HALF_YEARLY,
    "bi-annually": _HALF_YEARLY,
    "yearly": _YEARLY,
    "annually": _YEARLY,
    "anually": _YEARLY,
}


def parse_calendar(text: str) -> CalendarExpression:
    """Read a calendar expression, such as ``Mon..Fri *-*-* 09:00:00 Europe/Paris``.

    One that can never fire, such as ``*-02-30``, is read like any other; ask ``can_fire``.
    Abbreviations of the local time zone (``EDT``) are not known, only names of the time zone
    database are.

    Raises:
        ValueError: It is not one; the text says what is wrong and where.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a calendar expression has no more than {LONGEST_TEXT} characters")
    try:
        return _read(text)
    except ValueError as error:
        raise ValueError(f"calendar expression {text!r}: {error}") from None


def _read(text: str) -> CalendarExpression:
    source, zone = _split_zone(text)
    if not source:
        raise ValueError("it is empty" if not text else "there is a time zone only")
    fields = _NICKNAMES.get(source.lower())
    if fields is None and source.isalpha() and _WEEKDAY.match(source) is None:
        words = ", ".join(_NICKNAMES)
        raise ValueError(f"it is neither a calendar expression nor one of the words {words}")
    if fields is None:
        reader = _Reader(source)
        fields = reader.read()
        if reader.is_utc:
            zone = "UTC"
    return CalendarExpression(text, fields, zone)


def _split_zone(text: str) -> tuple[str, str | None]:
    if text[-4:].lower() == " utc":
        return text[:-4], "UTC"
    source, space, name = text.rpartition(" ")
    if space and is_zone(name):
        return source, name
    if space and name[:1].isalpha() and _WEEKDAY.match(name) is None:
        raise ValueError(f"there is no time zone named {name!r}")
    return text, None


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Say whether the time zone database has a zone of that name."""
    if _ZONE_NAME.fullmatch(name) is None:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class _Reader:
    """Reads an expression, less its time zone, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.is_utc = False

    def read(self) -> CalendarFields:
        """Read it to its end."""
        weekdays = self._weekdays()
        if self._text.startswith("@", self._at):
            return self._epoch(weekdays)
        date = self._date()
        hours, minutes, seconds = self._time()
        years, months, days, from_end = date or ([], [], [], False)
        return CalendarFields(
            weekdays=weekdays,
            years=checked(years, YEAR),
            months=checked(months, MONTH),
            days=checked(days, DAY_FROM_END if from_end else DAY, backwards=from_end),
            from_month_end=from_end and bool(days),
            hours=checked(hours, HOUR),
            minutes=checked(minutes, MINUTE),
            seconds=checked(seconds, SECOND_OF_MINUTE),
        )

    def _weekdays(self) -> int:
        mask, range_from = 0, -1
        match = _WEEKDAY.match(self._text)
        while match is not None:
            day = (match.lastindex or 1) - 1
            self._at = match.end()
            mask |= 1 << day
            if range_from > day:
                raise self._wrong("the range of weekdays runs backwards", match.start())
            if range_from >= 0:
                mask |= (2 << day) - (1 << range_from)
            if self._ended() or self._take(" "):
                break
            if self._take(","):
                range_from = -1
            elif range_from < 0 and (self._take("..") or self._take("-")):
                range_from = day
            else:
                raise self._wrong("a weekday is followed by ',', '..' or a space")
            if range_from < 0 and (self._ended() or self._take(" ")):
                break
            match = _WEEKDAY.match(self._text, self._at)
            if match is None:
                raise self._wrong("here should be a weekday")
        if mask:
            self._skip_spaces()
        return mask or EVERY_WEEKDAY

    def _epoch(self, weekdays: int) -> CalendarFields:
        """Read ``@`` and seconds since the epoch, which are always in UTC."""
        match = _EPOCH_TEXT.fullmatch(self._text, self._at)
        if match is None:
            raise self._wrong("'@' is followed by whole seconds since 1970 and nothing else")
        if int(match[1]) > _LAST_SECOND:
            raise self._wrong(f"that is after {LAST_YEAR}")
        self.is_utc = True
        moment = _EPOCH + timedelta(seconds=int(match[1]))
        return CalendarFields(
            weekdays=weekdays,
            years=(Progression(moment.year),),
            months=(Progression(moment.month),),
            days=(Progression(moment.day),),
            hours=(Progression(moment.hour),),
            minutes=(Progression(moment.minute),),
            seconds=(Progression(moment.second * SECOND),),
        )

    def _date(
        self,
    ) -> tuple[list[Progression], list[Progression], list[Progression], bool] | None:
        """Read a date; None if there is none, and nothing has been read."""
        if self._ended():
            return None
        start = self._at
        parts = [self._list(MONTH)]
        if self._ended() or self._text[self._at] == ":":
            self._at = start
            return None
        separators = ""
        while not (self._ended() or self._text[self._at] == " "):
            if len(parts) == 3 or "~" in separators or self._text[self._at] not in "-~":  # noqa: PLR2004 - year, month, day
                raise self._wrong("a date is year-month-day or month-day, the last '-' may be '~'")
            separators += self._text[self._at]
            self._at += 1
            parts.append(self._list(DAY))
        if not separators:
            raise self._wrong("a date has at least a month and a day", start)
        self._skip_spaces()
        years = parts[0] if len(parts) == 3 else []  # noqa: PLR2004 - year, month, day
        return years, parts[-2], parts[-1], separators[-1] == "~"

    def _time(self) -> tuple[list[Progression], list[Progression], list[Progression]]:
        if self._ended():
            return [*_ZERO], [*_ZERO], [*_ZERO]
        hours = self._list(HOUR)
        if not self._take(":"):
            raise self._wrong("a time is hour:minute or hour:minute:second")
        minutes = self._list(MINUTE)
        seconds = [*_ZERO]
        if self._take(":"):
            seconds = self._list(SECOND_OF_MINUTE)
        if not self._ended():
            raise self._wrong("nothing but a time zone can follow the time")
        return hours, minutes, seconds

    def _list(self, kind: Kind) -> list[Progression]:
        """Read the values of one field; empty for ``*``."""
        if self._take("*"):
            if self._text[self._at : self._at + 1] in ("/", ","):
                raise self._wrong("'*' stands alone; what repeats has a start, such as '0/5'")
            return [Progression(0, -1, SECOND)] if kind is SECOND_OF_MINUTE else []
        found = [self._element(kind)]
        while self._take(","):
            found.append(self._element(kind))
            if len(found) > _MOST_IN_A_LIST:
                raise self._wrong(f"a list has no more than {_MOST_IN_A_LIST} values")
        return found

    def _element(self, kind: Kind) -> Progression:
        begin = self._at
        start, stop, step = self._number(kind), -1, 0
        if self._take(".."):
            stop, step = self._number(kind), kind.unit
        if self._take("/"):
            step = self._number(kind)
            if step == 0:
                raise self._wrong("a repetition of 0 never advances", begin)
        elif kind is SECOND_OF_MINUTE and stop >= 0 and start + step > stop:
            raise self._wrong("a range of less than a second needs a repetition", begin)
        if not self._ended() and self._text[self._at] not in " ,-~:":
            raise self._wrong(f"{self._text[self._at]!r} cannot be here")
        return Progression(start, stop, step)

    def _number(self, kind: Kind) -> int:
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            raise self._wrong("here should be a number")
        self._at = match.end()
        if len(match[0].lstrip("0")) > len(str(2**31)) or int(match[0]) * kind.unit >= 2**31:
            raise self._wrong("the number is too large", match.start())
        value = int(match[0]) * kind.unit
        fraction = _FRACTION.match(self._text, self._at) if kind is SECOND_OF_MINUTE else None
        if fraction is not None:
            if not fraction[1]:
                raise self._wrong("here should be a fraction of a second", fraction.end())
            self._at = fraction.end()
            value += _microseconds(fraction[1])
        return value

    def _take(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def _skip_spaces(self) -> None:
        while self._take(" "):
            pass

    def _ended(self) -> bool:
        return self._at >= len(self._text)

    def _wrong(self, reason: str, at: int | None = None) -> ValueError:
        at = self._at if at is None else at
        where = f"before {self._text[at:]!r}" if at < len(self._text) else "at the end"
        return ValueError(f"character {at + 1}, {where}: {reason}")


def _microseconds(digits: str) -> int:
    """Round a decimal fraction to six digits, half up."""
    return int(digits[:6].ljust(6, "0")) + (digits[6:7] >= "5")
