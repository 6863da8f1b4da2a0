"""The next time of a calendar expression, found step by step exactly as systemd 252 finds it.

CalendarSchedule follows systemd's rule for daylight saving. This follows systemd itself, with
all that only its way of searching explains: asked in the second of two equal hours it finds
times in that hour; beside a change that is not at a full hour, or where winter time counts as
the exception (Ireland, Morocco), it may leave out more than the gap. It is for showing what
``systemd-analyze calendar`` shows, and not for running jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wakeful.core.calendar_days import EVERY_WEEKDAY, LAST_YEAR
from wakeful.core.instant import SECOND
from wakeful.core.local_clock import UNKNOWN, LocalClock, LocalTime, weekday

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.calendar_expression import CalendarExpression
    from wakeful.core.calendar_values import Progression
    from wakeful.core.instant import Instant

_MOST_ROUNDS = 1000
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = range(6)
_NEVER = -1
_LOWEST = (1970, 1, 1, 0, 0, 0)


class EndlessSearchError(Exception):
    """systemd goes round in circles here, and gives up."""


class CalendarSearch:
    """A search for the times of an expression; one search remembers as one process would.

    Args:
        expression: What to look for.
        zone: The time zone, unless the expression has its own.
    """

    def __init__(self, expression: CalendarExpression, zone: tzinfo) -> None:
        fields = expression.fields
        self._clock = LocalClock(ZoneInfo(expression.zone) if expression.zone else zone)
        self._weekdays = fields.weekdays
        self._from_month_end = fields.from_month_end
        self._fields = (
            fields.years,
            fields.months,
            fields.days,
            fields.hours,
            fields.minutes,
            fields.seconds,
        )
        self._time = list(_LOWEST)
        self._fraction = 0
        self._saving = UNKNOWN

    def next_after(self, instant: Instant) -> Instant | None:
        """Give the time systemd finds after an instant, or None if it finds none.

        Raises:
            EndlessSearchError: systemd finds no end.
        """
        second, self._fraction = divmod(instant + 1, SECOND)
        start = self._clock.at(second)
        from_time, from_fraction = list(start[:6]), self._fraction
        self._set(start)
        stuck = False
        for _ in range(_MOST_ROUNDS):
            self._settle()
            if not stuck:
                self._saving = UNKNOWN
            field = self._first_unmatched()
            if field == _NEVER:
                return None
            if field is not None:
                continue
            if (self._time, self._fraction) >= (from_time, from_fraction):
                return self._found()
            # A gap was left by its wrong end: cross it with what the clock says of it.
            stuck = True
            self._time[_HOUR] += 1
        raise EndlessSearchError

    def _set(self, time: LocalTime) -> None:
        self._time = list(time[:6])
        self._saving = time.saving

    def _first_unmatched(self) -> int | None:
        """Bring field after field to its next value.

        Returns:
            The field after whose move the search starts afresh; None: all match; _NEVER:
            there is no such time any more.
        """
        for field in range(_SECOND + 1):
            possible = self._advance(field)
            forward = self._compare_to_reality() if possible else -1
            if field == _YEAR and forward != 0:
                return _NEVER
            if forward < 0:
                self._carry(field - 1)
            if forward != 0:
                return field
            if field == _DAY and not self._is_on_weekday():
                self._carry(_DAY)
                return field
        return None

    def _advance(self, field: int) -> bool:
        """Set a field to its least value that matches and is not less; False if it has none."""
        value = self._time[field]
        if field == _SECOND:
            value = value * SECOND + self._fraction
        found = self._least(field, value)
        if found is None:
            return False
        if field == _SECOND:
            self._time[field], self._fraction = divmod(found, SECOND)
        elif found != value:
            self._time[field] = found
            self._reset_below(field)
        return True

    def _least(self, field: int, value: int) -> int | None:
        progressions = self._fields[field]
        if not progressions:
            return value
        from_end = field == _DAY and self._from_month_end
        found = [
            match
            for progression in progressions
            for match in [_least_of(*self._bounds(progression, from_end=from_end), value)]
            if match is not None
        ]
        return min(found) if found else None

    def _bounds(self, progression: Progression, *, from_end: bool) -> tuple[int, int, int]:
        start, stop, step = progression.start, progression.stop, progression.step
        if from_end:
            start, stop = self._day_from_end(start), self._day_from_end(stop)
            if stop > 0:
                start, stop = stop, start
        return start, stop, step

    def _day_from_end(self, number: int) -> int:
        """Give the day that is so many before the first of the next month, or -1."""
        time = self._local_time()._replace(month=self._time[_MONTH] + 1, day=1 - number)
        second = self._clock.second_of(time)
        if second is None:
            return -1
        found = self._clock.at(second)
        return found.day if found.month == self._time[_MONTH] else -1

    def _compare_to_reality(self) -> int:
        """Put the time right if it does not exist.

        Returns:
            0: it exists; 1: it was moved forward; -1: it is of no use.
        """
        if self._time[_YEAR] > LAST_YEAR:
            return -1
        second = self._second()
        if second is None or second < 0:
            return -1
        found = self._clock.at(second)
        real = list(found[:6])
        if real == self._time:
            return 0
        if real < self._time:
            return -1
        # The field below the first that differs starts afresh, those further below do not.
        field = next(field for field in range(6) if real[field] != self._time[field])
        if field < _SECOND:
            real[field + 1] = _LOWEST[field + 1]
        self._time, self._saving = real, found.saving
        return 1

    def _carry(self, field: int) -> None:
        """Go on to the next value of a field."""
        self._time[field] += 1
        self._reset_below(field)

    def _reset_below(self, field: int) -> None:
        self._time[field + 1 :] = _LOWEST[field + 1 :]
        self._fraction = 0

    def _is_on_weekday(self) -> bool:
        if self._weekdays == EVERY_WEEKDAY:
            return True
        second = self._second()
        return second is not None and bool(self._weekdays >> weekday(self._clock.at(second)) & 1)

    def _settle(self) -> None:
        """Put the time right as the C library does; what it knows nothing of stays as it is."""
        second = self._second()
        if second is not None:
            self._set(self._clock.at(second))

    def _found(self) -> Instant:
        second = self._second()
        if second is None:
            raise EndlessSearchError
        return second * SECOND + self._fraction

    def _second(self) -> int | None:
        return self._clock.second_of(self._local_time())

    def _local_time(self) -> LocalTime:
        return LocalTime._make((*self._time, self._saving))


def _least_of(start: int, stop: int, step: int, value: int) -> int | None:
    """Give the least value of a progression that is not less than ``value``."""
    if start >= value:
        return start
    if not step:
        return None
    found = start + -(-(value - start) // step) * step
    return found if stop < 0 or found <= stop else None
