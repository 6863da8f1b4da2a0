"""Wakeful: what ``wakeful simulate`` says, and the daemon itself where that has no such time.

Steps of the clock are shown to all its services, on a clock that is played (see
``tests/fixtures/world``). The zone of the machine is changed below a real daemon.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from benchmarks.comparison.cells import Cell, require, times
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
from benchmarks.harness.bus import private_bus
from benchmarks.harness.daemon import Place, started
from benchmarks.harness.processes import ROOT
from wakeful import __version__
from wakeful.cli.root import root
from wakeful.core.instant import HOUR, MINUTE, from_datetime, to_datetime
from wakeful.services.ports import PeriodQuery
from wakeful.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Job = dict[str, Any]
    Period = tuple[str, datetime, datetime]

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: when the job started, and what is on record of its other slots.

    Attributes:
        late: Those of `starts` that made up for something.
        closed: How many slots were closed, by state and reason.
        problem: Why the job cannot run; empty if it can.
    """

    starts: Sequence[datetime] = ()
    late: Sequence[datetime] = ()
    closed: Counter[str] | None = None
    problem: str = ""

    @property
    def record(self) -> str:
        """Say what is on record of the slots it did not run for."""
        told = [f"{count} `{what}`" for what, count in sorted((self.closed or {}).items())]
        return f"; on record: {', '.join(told)}" if told else ""


def watch(job: Job, begin: datetime, hours: float, *absences: Period, takes: str = "") -> Seen:
    """Simulate a job from a moment on.

    Args:
        job: As configured, but for its name, what it does and its zone.
        begin: When, in the zone of the job.
        hours: How long.
        absences: ``asleep`` or ``off``, since when and until when.
        takes: How long an execution lasts.
    """
    zone = str(begin.tzinfo)
    document = {"timezone": zone, "jobs": [{"name": "job", "command": ["true"], **job}]}
    end = (begin.astimezone(UTC) + timedelta(hours=hours)).astimezone(begin.tzinfo)
    options = [
        option
        for kind, since, until in absences
        for option in (f"--{kind}", f"{since.isoformat()}..{until.isoformat()}")
    ]
    if takes:
        options += ["--duration", takes]
    with TemporaryDirectory(prefix="wakeful-compared-") as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps({"schedules": document}))
        span = ["--from", begin.isoformat(), "--to", end.isoformat()]
        command = ["simulate", "--config", str(file), *span, *options, "--json"]
        done = CliRunner().invoke(root, command)
    if done.exit_code:
        raise RuntimeError(done.stderr)
    return _seen(json.loads(done.stdout), begin)


def _seen(told: dict[str, Any], begin: datetime) -> Seen:
    starts: list[datetime] = []
    late: list[datetime] = []
    closed = Counter[str]()
    for event in told["events"]:
        moment = datetime.fromisoformat(event["time"]).astimezone(begin.tzinfo)
        if event["outcome"] in {"runs", "made-up"}:
            starts.append(moment)
            late += [moment] if event["outcome"] == "made-up" else []
        elif event["outcome"] in {"coalesced", "skipped", "missed"}:
            closed[f"{event['outcome']} {event['reason']}"] += event["count"]
    return Seen(starts, late, closed, told["jobs"][0]["note"] or "")


def _cron(expression: str) -> Job:
    return {"cron": expression}


def _night(expression: str, day: datetime, begin: str) -> Cell:
    starts = watch(_cron(expression), at(day, begin), 12).starts
    return Cell(times(starts, "%H:%M %Z" if day == AUTUMN else ""))


def _half_hours() -> Cell:
    starts = watch(_cron("*/30 * * * *"), at(AUTUMN, "01:29"), 184 / 60).starts
    return Cell(f"{len(starts)} times, both passes")


def _midnight() -> Cell:
    starts = watch(_cron("@daily"), at(NO_MIDNIGHT, "23:58"), 20).starts
    return Cell(times(starts, "%d %b %H:%M"))


def _days(expression: str, days: Sequence[datetime], form: str) -> str:
    starts = [
        start
        for day in days
        for start in watch(_cron(expression), at(day_before(day), "23:00"), 2).starts
    ]
    return ", ".join(f"{start:{form}}" for start in starts)


def _refused(expression: str) -> Cell:
    problem = watch(_cron(expression), SPRING, 24).problem
    return Cell(
        f"refused: “{problem.partition(': ')[2].partition(': ')[2]}”" if problem else "accepted"
    )


def _first_monday() -> Cell:
    return Cell(f"the first Monday: {_days('0 0 * * MON#1', DAYS_OF_MONDAYS, '%-d')}")


def _nap_of_minutes() -> Cell:
    nap = ("asleep", at(ORDINARY, "03:00:50"), at(ORDINARY, "03:04:50"))
    seen = watch(_cron("* * * * *"), at(ORDINARY, "03:00:30"), 265 / 3600, nap)
    return Cell(f"{len(seen.starts)} for 4, at {times(seen.starts)}{seen.record}")


def _absent(kind: str, since: datetime, until: datetime, begin: datetime) -> Cell:
    seen = watch(_cron("0 3 * * *"), begin, 12, (kind, since, until))
    late = f"; on record: `catch-up`, {seen.late[0].hour - 3} h late" if seen.late else ""
    return Cell(f"once, at {times(seen.starts)}{late}{seen.record}")


def _short_nap() -> Cell:
    nap = ("asleep", at(ORDINARY, "02:59:35"), at(ORDINARY, "02:59:55"))
    return Cell(
        f"{times(watch(_cron('0 3 * * *'), at(ORDINARY, '02:59'), 1, nap).starts)}, on time"
    )


def _stepped(begin: datetime, step: int, minutes_before: int, minutes: int) -> list[datetime]:
    """Run all services on a clock that is played, and set it; the step has to be on record."""
    sys.path.append(str(ROOT / "tests"))
    world_module = importlib.import_module("fixtures.world")
    sys.path.pop()
    clock = FakeClock(from_datetime(begin))
    job = world_module.a_job("job", cron="0 3 * * *", zone=BERLIN, timezone="Europe/Berlin")
    starts: list[datetime] = []

    async def play() -> None:
        world = world_module.World(job, clock=clock)
        await world.begin()
        for minute in range(minutes):
            if minute == minutes_before:
                world.clocks.step(step)
                await world_module.settle()
            await world.wait(0 if minute == minutes_before else MINUTE)
            while len(starts) < len(world.processes):
                starts.append(to_datetime(clock.now(), BERLIN))
                await world.end_process()
        (period,) = await world.store.periods(PeriodQuery())
        require(period.step == step, str(period))
        await world.end()

    logging.getLogger("wakeful").addHandler(logging.NullHandler())
    asyncio.run(play())
    return starts


def _set_back() -> Cell:
    starts = _stepped(at(ORDINARY, "02:58"), -HOUR, 12, 90)
    again = len(starts) - 1
    return Cell("not again; the step is on record" if not again else f"{again} times more")


def _set_forward() -> Cell:
    starts = _stepped(at(ORDINARY, "02:00"), HOUR, 30, 90)
    return Cell(f"once, at {times(starts)}; the step is on record")


def _zone() -> Cell:
    """A daemon that runs with a link to the zone of its own, and is not told that it changes."""
    if os.geteuid():
        raise RuntimeError("the zone of the machine: that needs root, for a namespace")
    with private_bus() as bus, TemporaryDirectory(prefix="wakeful-compared-") as name:
        folder = Path(name)
        shutil.copytree("/etc", folder / "etc", symlinks=True)
        link = folder / "etc/localtime"
        _point(link, "Europe/Berlin")
        place = Place(folder)
        job = {"name": "job", "cron": "0 3 * * *", "timezone": "local", "command": ["true"]}
        place.write([job])
        inside = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
        script = f'mount --bind {folder}/etc /etc && exec "$@"'
        with started([*inside, script, "sh", *place.command(bus)], folder):
            before = _next_slot(bus)
            _point(link, "Europe/London")
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (after := _next_slot(bus)) == before and time.monotonic() < deadline:
                time.sleep(0.1)
    require(after - before == timedelta(hours=1), f"{before}, {after}")
    return Cell("03:00 of London, at once (`timezone` is `local`)")


def _point(link: Path, zone: str) -> None:
    other = link.with_name("localtime.new")
    other.symlink_to(f"/usr/share/zoneinfo/{zone}")
    other.replace(link)


def _next_slot(bus: str) -> datetime:
    return datetime.fromisoformat(_ask(bus, "show", "job")["next_run"])


def _ask(bus: str, *words: str) -> Any:  # noqa: ANN401 - JSON
    """Ask a daemon, with the command line."""
    command = [sys.executable, "-c", "from wakeful.cli.root import main; main()", "--bus", bus]
    done = subprocess.run([*command, *words, "--json"], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def _overload() -> Cell:
    """The daemon itself, with real processes."""
    names = [f"job-{number}" for number in range(50)]
    with private_bus() as bus, TemporaryDirectory(prefix="wakeful-compared-") as name:
        place = Place(Path(name))
        with started(place.command(bus), place.folder):
            due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
            common = {"at": due.isoformat(), "command": ["sleep", "2"]}
            place.write([{"name": one, **common} for one in names])
            deadline = time.monotonic() + PATIENCE_SECONDS
            told: list[dict[str, Any]] = []
            while sum(one["ended_at"] is not None for one in told) < len(names):
                require(time.monotonic() < deadline, str(told))
                time.sleep(0.5)
                told = _ask(bus, "history", "--limit", "60")
    moments = [datetime.fromisoformat(one["started_at"]) for one in told]
    late = (max(moments) - due).total_seconds()
    done = sum(one["state"] == "succeeded" for one in told)
    return Cell(f"all {done}, together: within {late:.1f} s")


def _interval() -> Cell:
    days = [at(ORDINARY, "08:00") + timedelta(days=number) for number in range(7)]
    nights: list[Period] = [("off", day.replace(hour=22), day + timedelta(days=1)) for day in days]
    seen = watch({"every": "24h"}, days[0], 7 * 24, *nights)
    return Cell(f"{len(seen.starts)} times in 7 days; the count goes on")


def _long() -> Cell:
    seen = watch(_cron("* * * * *"), at(ORDINARY, "03:00:30"), 10 / 60, takes="150s")
    return Cell(f"{len(seen.starts)} starts{seen.record}")


MEASURES: dict[int, Callable[[], Cell]] = {
    1: lambda: _night("30 2 * * *", SPRING, "01:58"),
    2: lambda: _night("*/20 2 * * *", SPRING, "01:58"),
    3: lambda: _night("30 2 * * *", AUTUMN, "01:58"),
    4: _half_hours,
    5: _midnight,
    6: lambda: Cell(f"{_days('0 0 13 * 5', DAYS_OF_13, '%a %-d %b')}: either day will do"),
    7: lambda: Cell(_days("0 0 * * 7", DAYS_OF_WEEK, "%A")),
    8: _first_monday,
    9: lambda: _refused("0 0 31 2 *"),
    10: _nap_of_minutes,
    11: lambda: _absent(
        "asleep", at(ORDINARY, "02:00"), at(ORDINARY, "04:00"), at(ORDINARY, "01:58")
    ),
    12: lambda: _absent("asleep", _evening(), at(ORDINARY, "07:00"), _evening()),
    13: _short_nap,
    14: lambda: _absent("off", _evening(), at(ORDINARY, "07:00"), _evening()),
    15: _set_back,
    16: _set_forward,
    17: _zone,
    18: _overload,
    19: _interval,
    20: _long,
}


def _evening() -> datetime:
    return at(day_before(ORDINARY), "23:00")


def measure(only: Sequence[int]) -> Iterator[tuple[str, int, Cell]]:
    for number in only:
        yield f"Wakeful {__version__}", number, MEASURES[number]()
