"""APScheduler as its documentation shows it, with defaults, on a clock that is played.

Its event loop counts the time awake, time-machine sets the clock on the wall. A sleep of the
machine lets the latter jump.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import time_machine
import tzlocal
from apscheduler.events import (
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from benchmarks.comparison.cells import Cell, times
from benchmarks.comparison.played_loop import PlayedLoop
from benchmarks.comparison.situations import (
    AUTUMN,
    BERLIN,
    NO_MIDNIGHT,
    ORDINARY,
    SPRING,
    at,
    day_before,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HOUR = 3600.0
LOGGED = "; logged as missed"


@dataclass
class Seen:
    """What was seen: when the job started, and what its scheduler told."""

    starts: list[datetime] = field(default_factory=list)
    missed: int = 0
    held_back: int = 0

    def listen(self, event: JobEvent) -> None:
        self.missed += event.code == EVENT_JOB_MISSED
        self.held_back += event.code == EVENT_JOB_MAX_INSTANCES


def watch(
    trigger: str | Callable[[], Any],
    begin: datetime,
    hours: float,
    *steps: tuple[datetime, float],
    lasts: float = 0,
) -> Seen:
    """Let a scheduler run from a moment on.

    Args:
        trigger: An expression for ``from_crontab``, or what makes a trigger when the time has come.
        begin: When the scheduler starts, in the zone it is given.
        hours: How long, awake.
        steps: Jumps of the clock on the wall: when as it shows it then, and by how many seconds.
        lasts: How many seconds the job takes.
    """
    seen = Seen()
    zone = begin.tzinfo
    utc = begin.astimezone(UTC)
    with time_machine.travel(utc, tick=False) as wall:
        loop = PlayedLoop(lambda seconds: wall.shift(timedelta(seconds=seconds)))

        async def job() -> None:
            seen.starts.append(datetime.now(zone))
            await asyncio.sleep(lasts)

        async def main() -> None:
            scheduler = AsyncIOScheduler(timezone=zone)
            mask = EVENT_JOB_EXECUTED | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
            scheduler.add_listener(seen.listen, mask)
            how = CronTrigger.from_crontab(trigger, zone) if isinstance(trigger, str) else trigger()
            scheduler.add_job(job, how)
            scheduler.start()
            shifted = 0.0
            for when, seconds in steps:
                awake = (when.astimezone(UTC) - utc).total_seconds() - shifted
                loop.call_at(awake, wall.shift, timedelta(seconds=seconds))
                shifted += seconds
            await asyncio.sleep(hours * HOUR)
            scheduler.shutdown(wait=False)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(main())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
    return seen


def next_times(expression: str, begin: datetime, until: datetime) -> list[datetime]:
    """Ask the trigger alone, for stretches of years."""
    trigger = CronTrigger.from_crontab(expression, begin.tzinfo)
    found: list[datetime] = []
    now = begin
    while (following := trigger.get_next_fire_time(found[-1] if found else None, now)) is not None:
        if following > until:
            break
        found.append(following)
        now = following + timedelta(microseconds=1)
    return found


def _night(expression: str, day: datetime, begin: str, hours: float) -> Cell:
    starts = watch(expression, at(day, begin), hours).starts
    return Cell(times(starts, "%H:%M %Z" if day == AUTUMN else ""))


def _half_hours() -> Cell:
    starts = watch("*/30 * * * *", at(AUTUMN, "01:29"), 184 / 60).starts
    return Cell(f"{len(starts)} times, both passes")


def _midnight() -> Cell:
    return Cell(times(watch("0 0 * * *", at(NO_MIDNIGHT, "23:58"), 20).starts, "%d %b %H:%M"))


def _thirteenths() -> Cell:
    found = next_times("0 0 13 * 5", at(day_before(SPRING), "0:00").replace(month=1, day=1), _end())
    days = [f"{one:%a %-d %b}" for one in found]
    return Cell(f"{', '.join(days)}: both days must fit, and 5 is Saturday")


def _end() -> datetime:
    return datetime(2026, 12, 31, tzinfo=BERLIN)


def _refused(expression: str) -> Cell:
    try:
        CronTrigger.from_crontab(expression, BERLIN)
    except ValueError as error:
        return Cell(f"refused: “{str(error).rpartition(': ')[2]}”")
    return Cell("accepted")


def _first_monday() -> Cell:
    begin = datetime(2026, 1, 1, tzinfo=BERLIN)
    found = next_times("0 0 * * MON#1", begin, begin.replace(month=2))
    return Cell(f"every Monday: {', '.join(f'{one:%-d}' for one in found)}; `#1` is ignored")


def _impossible() -> Cell:
    seen = watch("0 0 31 2 *", at(SPRING, "0:00").replace(month=2, day=28), 96)
    return Cell(f"accepted, {times(seen.starts)}, nothing said")


def _told(seen: Seen) -> str:
    return times(seen.starts) + (LOGGED if seen.missed else "")


def _nap_of_minutes() -> Cell:
    begin = at(ORDINARY, "03:00:30")
    seen = watch("* * * * *", begin, 40 / HOUR, (at(ORDINARY, "03:00:50"), 240))
    return Cell(f"{_told(seen)}, 1 for 5; no trace of the others")


def _nap(begin: datetime, since: datetime, hours: float) -> Cell:
    seen = watch("0 3 * * *", begin, 7, (since, hours * HOUR))
    return Cell(_told(seen))


def _off() -> Cell:
    return Cell(f"{times(watch('0 3 * * *', at(ORDINARY, '07:00'), 12).starts)}; no trace")


def _set_back() -> Cell:
    seen = watch("0 3 * * *", at(ORDINARY, "02:58"), 2.5, (at(ORDINARY, "03:10"), -HOUR))
    return Cell("again, at 03:00" if len(seen.starts) > 1 else "not again")


def _set_forward() -> Cell:
    seen = watch("0 3 * * *", at(ORDINARY, "02:00"), 5, (at(ORDINARY, "02:30"), HOUR))
    return Cell(_told(seen))


def _zone() -> Cell:
    """It is asked for the zone of the machine, which is that of the variable here."""
    before = os.environ.get("TZ")
    try:
        os.environ["TZ"] = "Europe/Berlin"
        tzlocal.reload_localzone()
        scheduler = BackgroundScheduler()
        job = scheduler.add_job(print, CronTrigger.from_crontab("0 3 * * *"))
        scheduler.start(paused=True)
        os.environ["TZ"] = "Europe/London"
        time.tzset()
        tzlocal.reload_localzone()
        name = job.trigger.get_next_fire_time(None, datetime.now(UTC)).tzinfo.key
        scheduler.shutdown()
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
        tzlocal.reload_localzone()
    place = name.partition("/")[2]
    return Cell(f"03:00 of {place}: the old zone, until the program is restarted")


def _overload() -> Cell:
    """The scheduler that has a pool; on an event loop, only what blocks would use one."""
    seen = Counter[int]()
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_listener(
        lambda event: seen.update([event.code]), EVENT_JOB_MISSED | EVENT_JOB_EXECUTED
    )
    scheduler.start()
    due = datetime.now(UTC) + timedelta(seconds=1)
    for _ in range(50):
        scheduler.add_job(time.sleep, "date", run_date=due, args=[2])
    deadline = time.monotonic() + 30
    while seen.total() < 50 and time.monotonic() < deadline:
        time.sleep(0.1)
    scheduler.shutdown()
    lost = seen[EVENT_JOB_MISSED]
    return Cell(f"{seen[EVENT_JOB_EXECUTED]} run, {lost} do not{LOGGED if lost else ''}")


def _interval() -> Cell:
    starts: list[datetime] = []
    for number in range(7):
        morning = at(ORDINARY, "08:00") + timedelta(days=number)
        starts += watch(lambda: IntervalTrigger(hours=24, timezone=BERLIN), morning, 14).starts
    return Cell(f"{times(starts)}: it counts from each start; no trace")


def _long() -> Cell:
    seen = watch("* * * * *", at(ORDINARY, "03:00:30"), 10 / 60, lasts=150)
    return Cell(f"{len(seen.starts)} starts; {seen.held_back} held back, logged")


MEASURES: dict[int, Callable[[], Cell]] = {
    1: lambda: _night("30 2 * * *", SPRING, "01:58", 12),
    2: lambda: _night("*/20 2 * * *", SPRING, "01:58", 12),
    3: lambda: _night("30 2 * * *", AUTUMN, "01:58", 12),
    4: _half_hours,
    5: _midnight,
    6: _thirteenths,
    7: lambda: _refused("0 0 * * 7"),
    8: _first_monday,
    9: _impossible,
    10: _nap_of_minutes,
    11: lambda: _nap(at(ORDINARY, "01:58"), at(ORDINARY, "02:00"), 2),
    12: lambda: _nap(at(day_before(ORDINARY), "22:58"), at(day_before(ORDINARY), "23:00"), 8),
    13: lambda: Cell(
        _told(watch("0 3 * * *", at(ORDINARY, "02:59"), 1, (at(ORDINARY, "02:59:35"), 20)))
    ),
    14: _off,
    15: _set_back,
    16: _set_forward,
    17: _zone,
    18: _overload,
    19: _interval,
    20: _long,
}


def measure(only: Sequence[int]) -> Iterator[tuple[str, int, Cell]]:
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    for number in only:
        yield f"APScheduler {version('apscheduler')}", number, MEASURES[number]()
