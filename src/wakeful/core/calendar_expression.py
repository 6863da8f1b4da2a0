"""Calendar expressions of systemd: what one means, and how systemd itself would write it.

The rules are those of systemd.time(7), "Calendar Events", as systemd 252 has them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from wakeful.core.calendar_days import (
    EVERY_WEEKDAY,
    FIRST_YEAR,
    LAST_YEAR,
    CalendarDays,
    calendar_days,
    masks_by_length,
)
from wakeful.core.calendar_values import Ticks, mask_of
from wakeful.core.instant import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from wakeful.core.calendar_values import Progression

_WEEKDAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFields:
    """The fields as they were written; without progressions a field matches everything.

    Attributes:
        weekdays: Bit mask, bit 0 is Monday.
        from_month_end: Whether days are counted back from the last one, which is 1.
        seconds: In microseconds; always given.
    """

    weekdays: int = EVERY_WEEKDAY
    years: tuple[Progression, ...] = ()
    months: tuple[Progression, ...] = ()
    days: tuple[Progression, ...] = ()
    from_month_end: bool = False
    hours: tuple[Progression, ...] = ()
    minutes: tuple[Progression, ...] = ()
    seconds: tuple[Progression, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarExpression:
    """A calendar expression, ready to be asked about wall-clock times.

    These are microseconds since 1970-01-01 00:00 by some clock on a wall; what becomes of
    them in a time zone is the matter of CalendarSchedule.

    Attributes:
        text: As it was written.
        fields: What it says, field by field.
        zone: The name of the time zone it carries, or None: that of whoever asks.
    """

    text: str
    fields: CalendarFields
    zone: str | None = None
    days: CalendarDays = field(init=False, repr=False, compare=False)
    minutes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Minutes of the day that match, ascending."""
    ticks: Ticks = field(init=False, repr=False, compare=False)
    """Microseconds of a minute that match."""

    def __post_init__(self) -> None:
        """Turn the fields into masks."""
        fields = self.fields
        days = calendar_days(
            years=mask_of(fields.years, FIRST_YEAR, LAST_YEAR) >> FIRST_YEAR,
            months=mask_of(fields.months, 1, 12),
            weekdays=(fields.weekdays << 1 | fields.weekdays >> _SUNDAY) & EVERY_WEEKDAY,
            days=masks_by_length(fields.days, from_end=fields.from_month_end),
        )
        hours, minutes = mask_of(fields.hours, 0, 23), mask_of(fields.minutes, 0, 59)
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "minutes", _times_of_day(hours, minutes))
        object.__setattr__(self, "ticks", _ticks(fields.seconds))

    @property
    def normal_form(self) -> str:
        """The expression as ``systemd-analyze calendar`` writes it."""
        fields = self.fields
        weekdays = ""
        if fields.weekdays != EVERY_WEEKDAY:
            weekdays = _write_weekdays(fields.weekdays) + " "
        return (
            f"{weekdays}{_write(fields.years, 4)}-{_write(fields.months)}"
            f"{'~' if fields.from_month_end else '-'}{_write(fields.days)}"
            f" {_write(fields.hours)}:{_write(fields.minutes)}:{_write_seconds(fields.seconds)}"
            + (f" {self.zone}" if self.zone else "")
        )

    @property
    def can_fire(self) -> bool:
        """Whether there is any day, from 1970 to 2199, that matches."""
        return self.days.ever_match()

    def next_time(self, wall: int) -> int | None:
        """Give the first matching wall-clock time after one, or None."""
        day, rest = divmod(wall, DAY)
        minute, moment = divmod(rest, MINUTE)
        minutes = self.minutes
        if self.days.matches(day):
            position = bisect_left(minutes, minute)
            if position < len(minutes):
                if minutes[position] != minute:
                    return day * DAY + minutes[position] * MINUTE + self.ticks.first
                tick = self.ticks.after(moment)
                if tick is not None:
                    return day * DAY + minute * MINUTE + tick
                if position + 1 < len(minutes):
                    return day * DAY + minutes[position + 1] * MINUTE + self.ticks.first
        found = self.days.next_day(day + 1)
        return None if found is None else found * DAY + minutes[0] * MINUTE + self.ticks.first

    def last_time(self, wall: int) -> int | None:
        """Give the last matching wall-clock time that is not after one, or None."""
        day, rest = divmod(wall, DAY)
        minute, moment = divmod(rest, MINUTE)
        minutes = self.minutes
        if self.days.matches(day):
            position = bisect_right(minutes, minute) - 1
            if position >= 0:
                if minutes[position] != minute:
                    return day * DAY + minutes[position] * MINUTE + self.ticks.last
                tick = self.ticks.until(moment)
                if tick is not None:
                    return day * DAY + minute * MINUTE + tick
                if position:
                    return day * DAY + minutes[position - 1] * MINUTE + self.ticks.last
        found = self.days.last_day(day - 1)
        return None if found is None else found * DAY + minutes[-1] * MINUTE + self.ticks.last

    def count_times(self, after: int, until: int) -> int:
        """Count the matching wall-clock times in ``(after, until]``."""
        if until <= after:
            return 0
        first, last = after // DAY, until // DAY
        whole_days = self.days.count(first, last)
        return (
            whole_days * len(self.minutes) * self.ticks.count
            - self._count_of_day(first, after - first * DAY)
            + self._count_of_day(last, until - last * DAY)
        )

    def _count_of_day(self, day: int, rest: int) -> int:
        """Count the matching times of a day until so many microseconds into it."""
        if not self.days.matches(day):
            return 0
        minute, moment = divmod(rest, MINUTE)
        position = bisect_left(self.minutes, minute)
        count = position * self.ticks.count
        if position < len(self.minutes) and self.minutes[position] == minute:
            count += self.ticks.count_until(moment)
        return count


@lru_cache(maxsize=256)
def _times_of_day(hours: int, minutes: int) -> tuple[int, ...]:
    return tuple(
        hour * 60 + minute
        for hour in range(24)
        if hours >> hour & 1
        for minute in range(60)
        if minutes >> minute & 1
    )


@lru_cache(maxsize=256)
def _ticks(seconds: tuple[Progression, ...]) -> Ticks:
    return Ticks(seconds, MINUTE - 1)


def _write_weekdays(weekdays: int) -> str:
    runs: list[list[str]] = []
    for index, name in enumerate(_WEEKDAY_NAMES):
        if not weekdays >> index & 1:
            continue
        if index and weekdays >> (index - 1) & 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ",".join(run[0] + ".." + run[-1] if len(run) > 2 else ",".join(run) for run in runs)  # noqa: PLR2004


def _write(progressions: tuple[Progression, ...], width: int = 2) -> str:
    if not progressions:
        return "*"
    return ",".join(_write_one(progression, width) for progression in progressions)


def _write_one(progression: Progression, width: int) -> str:
    written = f"{progression.start:0{width}}"
    if progression.stop > 0:
        written += f"..{progression.stop:0{width}}"
    if progression.step and not (progression.stop > 0 and progression.step == 1):
        written += f"/{progression.step}"
    return written


def _write_seconds(progressions: tuple[Progression, ...]) -> str:
    """Write the seconds; one ``*`` hides what else is listed, as with systemd."""
    if any((one.start, one.stop, one.step) == (0, -1, SECOND) for one in progressions):
        return "*"
    written = []
    for one in progressions:
        text = f"{one.start // SECOND:02}{_fraction(one.start)}"
        if one.stop > 0:
            text += f"..{one.stop // SECOND:02}{_fraction(one.stop)}"
        if one.step and not (one.stop > 0 and one.step == SECOND):
            text += f"/{one.step // SECOND}{_fraction(one.step)}"
        written.append(text)
    return ",".join(written)


def _fraction(microseconds: int) -> str:
    part = microseconds % SECOND
    return f".{part:06}" if part else ""
