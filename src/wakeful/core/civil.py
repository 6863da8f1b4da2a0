"""The civil calendar in whole numbers: days since the epoch, months, offsets of a time zone."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta, tzinfo

DAY_SECONDS = 86_400
DAYS_OF_WEEK = 7
FIRST_YEAR = 1970
LAST_YEAR = 9000
"""Nothing is planned beyond; it keeps arithmetic inside what datetime can express."""

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 4
"""The epoch was a Thursday; Sunday is 0."""
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FEBRUARY = 2

_WINDOW = 1 << 25
"""Seconds of a time zone that are looked at together: a little more than a year."""
_SAMPLE = 6 * DAY_SECONDS
"""Distance at which offsets are compared; no zone ever changed twice in so short a time."""
_MARGIN = 2 * DAY_SECONDS
"""More than any shift ever made; Samoa left out 24 hours."""
_REMEMBERED_WINDOWS = 256
_FOREVER = 1 << 60


def day_number(year: int, month: int, day: int) -> int:
    """Count days from the epoch to a date."""
    return date(year, month, day).toordinal() - _EPOCH_ORDINAL


LAST_DAY = day_number(LAST_YEAR, 1, 1) - 1


def date_of(day: int) -> tuple[int, int, int]:
    """Give year, month and day of a day number."""
    moment = date.fromordinal(day + _EPOCH_ORDINAL)
    return moment.year, moment.month, moment.day


def weekday_of(day: int) -> int:
    """Give the weekday of a day number; 0 is Sunday."""
    return (day + _EPOCH_WEEKDAY) % DAYS_OF_WEEK


def month_length(year: int, month: int) -> int:
    """Count the days of a month."""
    if month == FEBRUARY and year % 4 == 0 and (year % 100 or year % 400 == 0):
        return 29
    return _MONTH_LENGTHS[month - 1]


class Stretch(NamedTuple):
    """A time during which a zone has one offset; seconds since the epoch, seconds from UTC.

    Attributes:
        begin: Its first second, or where the look at the zone began.
        end: The first second that is not in it any more.
        offset: The offset during it.
        before: The offset before ``begin``; equal to ``offset`` if nothing changed there.
    """

    begin: int
    end: int
    offset: int
    before: int


class ZoneOffsets:
    """The offsets of one time zone, found out as far as they are asked for."""

    __slots__ = ("_latest", "_windows", "zone")

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._windows: dict[int, list[Stretch]] = {}
        self._latest = Stretch(0, 0, 0, 0)
        always = zone.utcoffset(None)
        if always is not None:
            offset = _seconds(always)
            self._latest = Stretch(-_FOREVER, _FOREVER, offset, offset)

    def stretch_at(self, second: int) -> Stretch:
        """Give the stretch that a second since the epoch lies in."""
        latest = self._latest
        if latest[0] <= second < latest[1]:
            return latest
        index = second // _WINDOW
        window = self._windows.get(index)
        if window is None:
            if len(self._windows) >= _REMEMBERED_WINDOWS:
                self._windows.clear()
            window = self._windows[index] = self._look_at(index * _WINDOW)
        for stretch in window:
            if second < stretch[1]:
                break
        self._latest = stretch
        return stretch

    def changes_between(self, low: int, high: int) -> Iterator[Stretch]:
        """Give the stretches that begin with a change of the offset in ``[low, high)``."""
        second = low
        while second < high:
            stretch = self.stretch_at(second)
            if stretch.before != stretch.offset and stretch.begin >= second:
                yield stretch
            second = stretch.end

    def _look_at(self, start: int) -> list[Stretch]:
        """List the stretches of a window.

        The first begins at a change shortly before the window if there is one, so that what it
        still affects is known.
        """
        stretches: list[Stretch] = []
        zone, moment_of = self.zone, datetime.fromtimestamp
        end = start + _WINDOW
        begin = position = start - _MARGIN
        before = offset = moment_of(position, zone).utcoffset()
        while position < end:
            following = min(position + _SAMPLE, end)
            if moment_of(following, zone).utcoffset() == offset:
                position = following
                continue
            change = self._change_between(position, following)
            if change > start:
                stretches.append(Stretch(begin, change, _seconds(offset), _seconds(before)))
            begin = position = change
            before, offset = offset, moment_of(change, zone).utcoffset()
        stretches.append(Stretch(begin, end, _seconds(offset), _seconds(before)))
        return stretches

    def _change_between(self, low: int, high: int) -> int:
        """Find the second at which the offset in force at ``low`` ends."""
        zone, moment_of = self.zone, datetime.fromtimestamp
        offset = moment_of(low, zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if moment_of(middle, zone).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return high


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None  # noqa: S101 - an aware datetime has one
    return offset.days * DAY_SECONDS + offset.seconds


@lru_cache(maxsize=64)
def zone_offsets(zone: tzinfo) -> ZoneOffsets:
    """Give the offsets of a zone; who asks about the same zone shares what was found out."""
    return ZoneOffsets(zone)
