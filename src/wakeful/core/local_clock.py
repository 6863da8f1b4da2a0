"""Local time as the C library has it: what mktime(3) makes of times that come twice, or never.

Only what follows systemd to the letter needs this; it is how glibc behaves, not what is right.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from wakeful.core.civil import DAY_SECONDS, date_of, day_number

if TYPE_CHECKING:
    from datetime import tzinfo

UNKNOWN = -1
"""Whether daylight saving is in force is left to the library."""
_PROBES = 6
_STRIDE = 601_200
_FARTHEST = 536_454_000
"""Seconds between, and to the last, of the places where a period of the other kind is looked
for: shorter than any such period ever was; more than 17 years, the longest time without one."""


class LocalTime(NamedTuple):
    """A wall-clock time; the fields may be out of range, as in C.

    Attributes:
        month: 1 is January.
        saving: 1 with daylight saving, 0 without, or UNKNOWN.
    """

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    saving: int = UNKNOWN

    def seconds(self) -> int:
        """Count the seconds since 1970-01-01 00:00 on the same wall."""
        years, month = divmod(self.month - 1, 12)
        day = day_number(self.year + years, month + 1, 1) + self.day - 1
        return day * DAY_SECONDS + self.hour * 3600 + self.minute * 60 + self.second


class LocalClock:
    """The local time of one process; like the C library it remembers the last offset it found."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._guess = 0

    def at(self, second: int) -> LocalTime:
        """Give the local time at a second since the epoch."""
        offset, saving = self._look_up(second)
        day, rest = divmod(second + offset, DAY_SECONDS)
        return LocalTime(*date_of(day), rest // 3600, rest // 60 % 60, rest % 60, saving)

    def second_of(self, time: LocalTime) -> int | None:
        """Give the second since the epoch of a local time, as mktime(3) does, or None."""
        wanted = time.seconds()
        second = self._approach(wanted, time.saving)
        if second is not None:
            self._guess = wanted - second
        return second

    def _approach(self, wanted: int, saving: int) -> int | None:
        """Correct a guess until it is right, or until it swings to and fro over a gap."""
        second = last = one_before = wanted - self._guess
        saving_before = 0
        for _ in range(_PROBES):
            offset, saving_there = self._look_up(second)
            if second + offset == wanted:
                if saving in (UNKNOWN, saving_there):
                    return second
                return self._in_other_period(second, wanted, saving)
            if second == last != one_before and (
                saving_before <= saving_there if saving == UNKNOWN else saving != saving_there
            ):
                return second
            last, one_before = one_before, second
            second, saving_before = wanted - offset, saving_there
        return None

    def _in_other_period(self, second: int, wanted: int, saving: int) -> int:
        """Read a time by the offset of the nearest period with, or without, daylight saving."""
        for distance in range(_STRIDE, _FARTHEST + _STRIDE, _STRIDE):
            for place in (second - distance, second + distance):
                offset, saving_there = self._look_up(place)
                if saving_there == saving:
                    return wanted - offset
        return second

    def _look_up(self, second: int) -> tuple[int, int]:
        moment = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
        offset, saving = moment.utcoffset(), moment.dst()
        assert offset is not None  # noqa: S101 - an aware datetime has one
        return offset.days * DAY_SECONDS + offset.seconds, int(bool(saving))


def weekday(time: LocalTime) -> int:
    """Give the weekday of a local time in range; 0 is Monday."""
    return date(time.year, time.month, time.day).weekday()
