"""Debian's cron: the program of the package, with a clock that runs fast and jumps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.comparison.cells import NOT_RUN, Cell, require, times
from benchmarks.comparison.packages import unpack
from benchmarks.comparison.situations import (
    AUTUMN,
    BERLIN,
    DAYS_OF_13,
    DAYS_OF_MONDAYS,
    DAYS_OF_WEEK,
    NO_MIDNIGHT,
    ORDINARY,
    SPRING,
    at,
    day_before,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOM = Path(__file__).with_name("cron_room.py")
MINUTE = 60
HOUR = 3600
PATIENCE_SECONDS = 200
FAST = 60
FASTEST = 180
"""A minute is a third of a second; long stretches only."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: when each job started, as the wall clock showed it, and the system log."""

    starts: dict[str, list[datetime]]
    said: list[str]

    def of(self, name: str = "job") -> list[datetime]:
        return self.starts.get(name, [])


@dataclass(frozen=True, slots=True)
class Room:
    """Where cron runs: see `cron_room`.

    Attributes:
        folder: With the programs of the packages.
    """

    folder: Path

    def watch(
        self,
        expression: str | Sequence[tuple[str, str, str]],
        begin: datetime,
        minutes: float,
        *changes: tuple[float, str, float | str],
        rate: int = FAST,
    ) -> Seen:
        """Run cron from a moment on.

        Args:
            expression: Of a job that does nothing, or jobs: name, expression, command.
            begin: When, by the clock that cron has, in the zone of the machine.
            minutes: How long, by that clock, but for its jumps.
            changes: After so many seconds, a jump by so many seconds, or a change of the zone.
            rate: How much faster that clock runs.
        """
        jobs = [("job", expression, "true")] if isinstance(expression, str) else list(expression)
        library = next(self.folder.glob("usr/lib/*/faketime/libfaketime.so.1"))
        with TemporaryDirectory(prefix="wakeful-cron-") as folder:
            asked = {
                "folder": folder,
                "jobs": jobs,
                "zone": str(begin.tzinfo),
                "begin": begin.timestamp(),
                "length": minutes * MINUTE,
                "changes": changes,
                "rate": rate,
                "cron": str(self.folder / "usr/sbin/cron"),
                "libfaketime": str(library),
            }
            namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
            done = subprocess.run(
                [*namespaces, "--propagation", "private", sys.executable, ROOM],
                input=json.dumps(asked),
                capture_output=True,
                check=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
        answer = json.loads(done.stdout)
        starts: dict[str, list[datetime]] = {}
        for name, when in sorted(answer["starts"], key=lambda one: one[1]):
            starts.setdefault(name, []).append(datetime.fromtimestamp(when, begin.tzinfo))
        return Seen(starts, answer["said"])


def _minutes(starts: Sequence[datetime]) -> list[datetime]:
    """Leave out seconds where the clock runs too fast for them to mean anything."""
    return [one.replace(second=0, microsecond=0) for one in starts]


def _days(room: Room, expression: str, days: Sequence[datetime]) -> tuple[list[datetime], bool]:
    """Watch the midnights of some days; say on which it ran, and that cron took the expression."""
    jobs = [("job", expression, "true"), ("other", "* * * * *", "true")]

    def one(day: datetime) -> Seen:
        return room.watch(jobs, day - timedelta(seconds=50), 2)

    with ThreadPoolExecutor(len(days)) as pool:
        seen = list(pool.map(one, days))
    return [start for one_day in seen for start in one_day.of()], all(
        one.of("other") for one in seen
    )


def _gap(room: Room, expression: str) -> Cell:
    return Cell(times(_minutes(room.watch(expression, at(SPRING, "01:58"), 43).of())))


def _repeated(room: Room, expression: str, begin: str) -> Cell:
    minutes, rate = (184, FASTEST) if begin == "01:29" else (92, FAST)
    starts = _minutes(room.watch(expression, at(AUTUMN, begin), minutes, rate=rate).of())
    told = times(starts, "%H:%M %Z") if len(starts) < 3 else f"{len(starts)} times, both passes"
    return Cell(told)


def _midnight(room: Room) -> Cell:
    starts = room.watch("@daily", at(NO_MIDNIGHT, "23:58"), 6).of()
    return Cell(times(_minutes(starts), "%d %b %H:%M"))


def _thirteenths(room: Room) -> Cell:
    starts, _ = _days(room, "0 0 13 * 5", DAYS_OF_13)
    return Cell(f"{times(starts, '%a %-d %b')}: either day will do" if starts else "none")


def _weekday(room: Room) -> Cell:
    starts, _ = _days(room, "0 0 * * 7", DAYS_OF_WEEK)
    return Cell(times(starts, "%A"))


def _first_monday(room: Room) -> Cell:
    starts, _ = _days(room, "0 0 * * MON#1", DAYS_OF_MONDAYS)
    return Cell(f"every Monday: {', '.join(f'{one:%-d}' for one in starts)}; `#1` is ignored")


def _impossible(room: Room) -> Cell:
    days = [datetime(2026, month, day, tzinfo=BERLIN) for month, day in ((2, 28), (3, 1), (3, 3))]
    starts, accepted = _days(room, "0 0 31 2 *", days)
    require(accepted, "the crontab was refused")
    return Cell(f"accepted, {times(starts)}, nothing said")


def _nap_of_minutes(room: Room) -> Cell:
    begin = at(ORDINARY, "03:00:30")
    starts = room.watch("* * * * *", begin, 1.9, (20, "jump", 4 * MINUTE), rate=6).of()
    after = [one for one in starts if one > begin + timedelta(minutes=4)]
    bunch = [one for one in after if one - after[0] < timedelta(seconds=3)]
    when = times(_minutes(bunch[:1]))
    return Cell(f"{len(bunch)} starts within {_span(bunch)} s at {when}, one per minute")


def _span(starts: Sequence[datetime]) -> str:
    return f"{(starts[-1] - starts[0]).total_seconds():.1f}"


def _jump(room: Room, begin: datetime, hours: int) -> list[datetime]:
    return _minutes(room.watch("0 3 * * *", begin, 8, (90, "jump", hours * HOUR)).of())


def _nap_of_hours(room: Room, begin: datetime, hours: int) -> Cell:
    starts = _jump(room, begin, hours)
    return Cell(
        f"once, at {times(starts)}; no sign that it is late" if starts else f"{NOT_RUN}; no trace"
    )


def _short_nap(room: Room) -> Cell:
    begin = at(ORDINARY, "02:59:25")
    starts = room.watch("0 3 * * *", begin, 1.1, (10, "jump", 20), rate=4).of()
    return Cell(f"{times(starts)}, late by the nap")


def _off(room: Room) -> Cell:
    starts = room.watch("0 3 * * *", at(ORDINARY, "07:00"), 6).of()
    return Cell(times(starts) if starts else f"{NOT_RUN}; no trace")


def _set_back(room: Room) -> Cell:
    jobs = [("fixed", "0 3 * * *", "true"), ("wildcard", "*/10 * * * *", "true")]
    seen = room.watch(jobs, at(ORDINARY, "02:58"), 75, (12 * MINUTE, "jump", -HOUR))
    again = len(seen.of("fixed")) - 1
    wildcards = [one for one in _minutes(seen.of("wildcard")) if one < at(ORDINARY, "03:00")]
    require(wildcards, "the wildcard job stood still")
    return Cell(
        "not again; `*/10` goes on by the new clock" if not again else f"{again} times more"
    )


def _set_forward(room: Room) -> Cell:
    starts = _jump(room, at(ORDINARY, "02:28:30"), 1)
    return Cell(f"once, at {times(starts)}")


def _zone(room: Room) -> Cell:
    change = (2 * MINUTE, "zone", "Europe/London")
    starts = _minutes(room.watch("0 3 * * *", at(ORDINARY, "02:40"), 85, change).of())
    told = {
        "03:00": "03:00 of Berlin: the old zone, until cron is restarted",
        "04:00": "03:00 of London",
    }
    return Cell(told[times(starts)])


def _overload(room: Room) -> Cell:
    jobs = [(f"job{number}", "* * * * *", "sleep 2") for number in range(50)]
    seen = room.watch(jobs, at(ORDINARY, "03:00:55"), 10 / MINUTE, rate=1)
    starts = sorted(start for these in seen.starts.values() for start in these)
    return Cell(f"all {len(starts)}, together: within {_span(starts)} s")


def _interval(_: Room) -> Cell:
    return Cell("has no intervals", measured=False)


def _long(room: Room) -> Cell:
    starts = room.watch(
        [("job", "* * * * *", "sleep 2.5")], at(ORDINARY, "03:00:30"), 10.4, rate=FAST
    ).of()
    length = timedelta(seconds=150)
    together = max(sum(one <= other < one + length for one in starts) for other in starts)
    return Cell(f"{len(starts)} starts, up to {together} at the same time")


MEASURES: dict[int, Callable[[Room], Cell]] = {
    1: lambda room: _gap(room, "30 2 * * *"),
    2: lambda room: _gap(room, "*/20 2 * * *"),
    3: lambda room: _repeated(room, "30 2 * * *", "02:20"),
    4: lambda room: _repeated(room, "*/30 * * * *", "01:29"),
    5: _midnight,
    6: _thirteenths,
    7: _weekday,
    8: _first_monday,
    9: _impossible,
    10: _nap_of_minutes,
    11: lambda room: _nap_of_hours(room, at(ORDINARY, "01:58:30"), 2),
    12: lambda room: _nap_of_hours(room, at(day_before(ORDINARY), "22:58:30"), 8),
    13: _short_nap,
    14: _off,
    15: _set_back,
    16: _set_forward,
    17: _zone,
    18: _overload,
    19: _interval,
    20: _long,
}


def measure(only: Sequence[int]) -> Iterator[tuple[str, int, Cell]]:
    if os.geteuid():
        raise RuntimeError("cron needs root, for its namespaces")
    with TemporaryDirectory(prefix="wakeful-cron-package-") as name:
        folder = Path(name)
        version = unpack(folder, "cron", "libfaketime")["cron"]
        room = Room(folder)
        with ThreadPoolExecutor(8) as pool:
            cells = pool.map(lambda number: MEASURES[number](room), only)
            for number, cell in zip(only, cells, strict=True):
                yield f"cron {version}", number, cell
