"""Timers of systemd, in a virtual machine that really suspends to RAM.

A night takes seconds: while the machine is asleep the clock of its hardware is put forward, which
is the clock by which a kernel that wakes up knows how long it slept. QEMU has it from libfaketime.
What only the evaluator of calendar events decides is asked of ``systemd-analyze calendar``.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.comparison.cells import NOT_RUN, Cell, require, times
from benchmarks.comparison.packages import unpack
from benchmarks.comparison.situations import (
    AUTUMN,
    BERLIN,
    NO_MIDNIGHT,
    ORDINARY,
    SPRING,
    at,
    day_before,
)
from benchmarks.harness.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SERVICE = """[Service]
Type=oneshot
ExecStart=sh -c 'date +%%s.%%N >> /run/starts; {command}'
"""
TIMER = """[Timer]
{when}
AccuracySec=1s
"""
IN_UTC = re.compile(r"\(in UTC\): \w+ (\S+ \S+) UTC")
UNITS = "/run/systemd/system"
WAKING_SECONDS = 3
"""What falling asleep and waking up take besides."""
PATIENCE_SECONDS = 20
HOUR = 3600


class Machine:
    """The virtual machine.

    Args:
        guest: See ``tests/fixtures/guest``.
        clock: The file from which libfaketime has the clock of the hardware.
    """

    def __init__(self, guest: Any, clock: Path) -> None:  # noqa: ANN401 - of the tests, untyped
        self._guest = guest
        self._clock = clock
        self._ahead = 0.0

    def shell(self, command: str, *, seconds: float = 120) -> str:
        return str(self._guest.run("sh", "-c", command, seconds=seconds).stdout).strip()

    def set_clock(self, moment: datetime) -> None:
        self.shell(f"timedatectl set-timezone {moment.tzinfo}; date -s @{moment.timestamp():.0f}")

    def define(
        self, when: str, command: str = ":", *, name: str = "job", start: bool = True
    ) -> None:
        """Make a timer and its service, and start the timer; what ran before is forgotten."""
        files = (
            (f"{name}.service", SERVICE.format(command=command)),
            (f"{name}.timer", TIMER.format(when=when)),
        )
        writing = "; ".join(
            f"printf %s {shlex.quote(text)} > {UNITS}/{file}" for file, text in files
        )
        starting = f"systemctl start {name}.timer" if start else ":"
        self.shell(
            f"systemctl stop '*.timer' || :; rm -f /run/starts; mkdir -p {UNITS}; {writing}; "
            f"rm -f /var/lib/systemd/timers/stamp-{name}.timer; systemctl daemon-reload; {starting}"
        )

    def nap(self, seconds: float) -> None:
        """Sleep, and believe that it was for so long."""
        self._guest.fall_asleep("systemctl", "suspend")
        self._ahead += seconds - WAKING_SECONDS
        self._clock.write_text(f"{self._ahead:+.0f}")
        time.sleep(1.5)  # until libfaketime has looked
        self._guest.wake()

    def starts(self, after: float = 4, *, expected: int = 1) -> list[datetime]:
        """Wait so many seconds, and say when jobs started so far; for fewer than expected, longer.

        An emulated processor may take its time.
        """
        time.sleep(after)
        deadline = time.monotonic() + PATIENCE_SECONDS * (1 + expected / 50)
        while True:
            lines = self.shell("cat /run/starts 2>/dev/null || :").split()
            if len(lines) >= expected or time.monotonic() > deadline:
                return sorted(datetime.fromtimestamp(float(line), BERLIN) for line in lines)
            time.sleep(1)

    def next_at(self, clock: str = "Realtime") -> str:
        """Ask for the next time of the timer, by the clock on the wall or the monotonic one."""
        return self.shell(f"systemctl show -P NextElapseUSec{clock} job.timer")

    def calendar(self, event: str, begin: datetime, until: datetime) -> list[datetime]:
        """Ask when a calendar event comes."""
        asked = f"systemd-analyze calendar --iterations=60 --base-time='{begin:%F %T}'"
        answer = self.shell(f"TZ={begin.tzinfo} {asked} '{event}'")
        found = [
            datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(begin.tzinfo)
            for text in IN_UTC.findall(answer)
        ]
        return [one for one in found if one < until]


def _minutes(starts: Sequence[datetime]) -> list[datetime]:
    """Leave out seconds: an emulated processor takes some to start anything."""
    return [one.replace(second=0, microsecond=0) for one in starts]


def _night(machine: Machine, event: str, day: datetime, begin: str, form: str = "") -> Cell:
    start = at(day, begin)
    return Cell(times(machine.calendar(event, start, start + timedelta(hours=12)), form))


def _half_hours(machine: Machine) -> Cell:
    begin, end = at(AUTUMN, "01:29"), at(AUTUMN, "03:31")
    starts = machine.calendar("*:00/30", begin, end)
    repeated = [one for one in starts if one.fold]
    missing = "both passes" if repeated else "nothing in the second pass"
    return Cell(f"{len(starts)} times, {missing}")


def _midnight(machine: Machine) -> Cell:
    begin = at(NO_MIDNIGHT, "23:58")
    starts = machine.calendar("daily", begin, begin + timedelta(hours=20))
    return Cell(times(starts, "%d %b %H:%M"))


def _thirteenths(machine: Machine) -> Cell:
    begin = datetime(2026, 1, 1, tzinfo=BERLIN)
    starts = machine.calendar("Fri *-*-13", begin, begin.replace(year=2027))
    return Cell(
        f"`Fri *-*-13`: {', '.join(f'{one:%a %-d %b}' for one in starts)}: both days must fit"
    )


def _refused(machine: Machine, event: str, right: str) -> Cell:
    asked = machine.shell(f"systemd-analyze calendar '{event}' 2>&1 || :")
    begin = datetime(2026, 1, 1, tzinfo=BERLIN)
    starts = machine.calendar(right, begin, begin.replace(month=2))
    form = "%A" if right.startswith("Sun") else "%-d"
    days = dict.fromkeys(f"{one:{form}}" for one in starts)
    refused = "refused" if "Failed to parse" in asked else "accepted"
    return Cell(f"`{event}` is {refused}; `{right}`: {', '.join(days)}")


def _impossible(machine: Machine) -> Cell:
    machine.set_clock(ORDINARY)
    machine.define("OnCalendar=*-02-31")
    asked = machine.shell("systemd-analyze calendar '*-02-31'")
    said = "`systemd-analyze` says “never”" if "Next elapse: never" in asked else asked
    state = machine.shell("systemctl is-active job.timer")
    return Cell(f"accepted, {NOT_RUN} (timer {state}); {said}")


def _nap_of_minutes(machine: Machine) -> Cell:
    machine.set_clock(at(ORDINARY, "03:00:10"))
    machine.define("OnCalendar=*:*:00")
    machine.set_clock(at(ORDINARY, "03:00:20"))
    machine.nap(250)
    starts = [one for one in machine.starts(3) if one < at(ORDINARY, "03:05")]
    return Cell(f"{len(starts)} for 4, when it wakes up; no trace of the others")


def _nap(machine: Machine, begin: datetime, hours: float) -> Cell:
    machine.set_clock(begin)
    machine.define("OnCalendar=*-*-* 03:00")
    machine.set_clock(begin)
    machine.nap(hours * HOUR + 10)
    starts = machine.starts()
    return Cell(f"once, at {times(_minutes(starts))}" if starts else NOT_RUN)


def _short_nap(machine: Machine) -> Cell:
    machine.set_clock(at(ORDINARY, "02:59:00"))
    machine.define("OnCalendar=*-*-* 03:00")
    machine.set_clock(at(ORDINARY, "02:59:30"))
    machine.nap(20)
    starts = machine.starts(12)
    return Cell(f"{times(_minutes(starts))}, on time")


def _off(machine: Machine) -> Cell:
    """Powering off is stood for by stopping the timer, which then keeps nothing but its stamp."""
    told = {}
    for persistent in ("no", "yes"):
        machine.set_clock(at(day_before(ORDINARY), "22:59"))
        machine.define(f"OnCalendar=*-*-* 03:00\nPersistent={persistent}")
        machine.shell("systemctl stop job.timer")
        machine.set_clock(at(ORDINARY, "07:00"))
        machine.shell("systemctl start job.timer")
        told[persistent] = times(_minutes(machine.starts()))
    return Cell(f"{told['no']}; with `Persistent=yes` once, at {told['yes']}")


def _set_back(machine: Machine) -> Cell:
    machine.set_clock(at(ORDINARY, "02:59:40"))
    machine.define("OnCalendar=*-*-* 03:00")
    machine.set_clock(at(ORDINARY, "02:59:58"))
    require(len(machine.starts(5)) == 1, "it did not run at all")
    machine.set_clock(at(ORDINARY, "02:00:10"))
    machine.nap(HOUR - 20)
    starts = machine.starts(15, expected=2)
    return Cell("again, at 03:00" if len(starts) > 1 else "not again")


def _set_forward(machine: Machine) -> Cell:
    machine.set_clock(at(ORDINARY, "02:30"))
    machine.define("OnCalendar=*-*-* 03:00")
    machine.set_clock(at(ORDINARY, "03:30"))
    starts = machine.starts()
    return Cell(f"once, at {times(_minutes(starts))}" if starts else NOT_RUN)


def _zone(machine: Machine) -> Cell:
    machine.set_clock(at(ORDINARY, "01:00"))
    machine.define("OnCalendar=*-*-* 03:00")
    machine.shell("timedatectl set-timezone Europe/London; sleep 1")
    shown = machine.next_at()
    require("03:00:00 GMT" in shown, shown)
    return Cell("03:00 of London, at once")


def _overload(machine: Machine) -> Cell:
    begin = at(ORDINARY, "11:00")
    machine.set_clock(begin)
    machine.define("OnCalendar=*-*-* 12:00", "sleep 2", name="job@", start=False)
    machine.shell("systemctl start $(seq -f job@%g.timer 50)")
    machine.set_clock(at(ORDINARY, "11:59:57"))
    starts = machine.starts(15, expected=50)
    machine.shell("systemctl stop 'job@*.timer'")
    return Cell(f"all {len(starts)}, together" if starts else NOT_RUN)


def _interval(machine: Machine) -> Cell:
    machine.define("OnActiveSec=24h\nOnUnitActiveSec=24h", start=False)
    waits = []
    for _ in range(2):  # two mornings; nothing of a monotonic timer outlives the service manager
        machine.shell("systemctl stop job.timer; systemctl start job.timer")
        waits.append(machine.next_at("Monotonic"))
    up = float(machine.shell("cut -d ' ' -f 1 /proc/uptime"))
    require(all(_hours(wait) * HOUR > up + 20 * HOUR for wait in waits), str(waits))
    return Cell(f"{NOT_RUN}: `OnUnitActiveSec=24h` counts from each start; no trace")


def _hours(span: str) -> float:
    """Read a time span of systemd, as far as hours go."""
    units = {"d": 24.0, "h": 1.0, "day": 24.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"(\d+)(day|d|h)", span))


def _long(machine: Machine) -> Cell:
    """Take a tenth of the time: every 6 s, a job of 15 s, for a minute."""
    machine.set_clock(at(ORDINARY, "11:00"))
    machine.define("OnCalendar=*:*:00/6", "sleep 15")
    machine.set_clock(at(ORDINARY, "11:59:58"))
    starts = [one for one in machine.starts(66) if one < at(ORDINARY, "12:01")]
    return Cell(f"{len(starts)} starts, one after the other; no trace of the others")


MEASURES: dict[int, Callable[[Machine], Cell]] = {
    1: lambda machine: _night(machine, "*-*-* 02:30", SPRING, "01:58"),
    2: lambda machine: _night(machine, "*-*-* 02:00/20", SPRING, "01:58"),
    3: lambda machine: _night(machine, "*-*-* 02:30", AUTUMN, "01:58", "%H:%M %Z"),
    4: _half_hours,
    5: _midnight,
    6: _thirteenths,
    7: lambda machine: _refused(machine, "7 *-*-*", "Sun *-*-*"),
    8: lambda machine: _refused(machine, "Mon#1", "Mon *-*-01..07"),
    9: _impossible,
    10: _nap_of_minutes,
    11: lambda machine: _nap(machine, at(ORDINARY, "02:00"), 2),
    12: lambda machine: _nap(machine, at(day_before(ORDINARY), "23:00"), 8),
    13: _short_nap,
    14: _off,
    15: _set_back,
    16: _set_forward,
    17: _zone,
    18: _overload,
    19: _interval,
    20: _long,
}


def _image() -> Path:
    done = subprocess.run(
        [ROOT / "script/guest"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.splitlines()[-1])
    return Path(done.stdout.strip())


def measure(only: Sequence[int]) -> Iterator[tuple[str, int, Cell]]:
    sys.path.append(str(ROOT / "tests"))
    guest_module = importlib.import_module("fixtures.guest.guest")
    sys.path.pop()
    with TemporaryDirectory(prefix="wakeful-guest-") as name:
        folder = Path(name)
        unpack(folder, "libfaketime")
        library = next(folder.glob("usr/lib/*/faketime/libfaketime.so.1"))
        clock = folder / "clock"
        clock.write_text("+0")
        guest = guest_module.Guest(_image(), folder)
        faked = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        os.environ.update(faked)
        try:
            guest.start()
        finally:
            for variable in faked:
                del os.environ[variable]
        try:
            machine = Machine(guest, clock)
            version = machine.shell("systemctl --version | sed -n '1s/.*(\\(.*\\))/systemd \\1/p'")
            for number in only:
                yield version, number, MEASURES[number](machine)
        finally:
            guest.close()
