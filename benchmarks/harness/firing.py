"""Starting jobs at one instant, by the daemon, by the floor and by a peer, in turns."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.harness.daemon import Place, daemon
from benchmarks.harness.figures import percentile
from benchmarks.harness.processes import PROGRAMS, clean_environment, python, running
from benchmarks.harness.resources import usage_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.harness.setting import Setting

OURS, FLOOR, PEER = "ours", "floor", "APScheduler"
WHO = (OURS, FLOOR, PEER)
END_SECONDS = 1.2
"""By then the daemon has put all ends on record and written its state file."""
_SECOND = 1_000_000
_SHELL_JOB = 'date "+$2 %s%N" >> "$1"'


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of one instant: how late each start was, in seconds, the earliest first."""

    lateness: tuple[float, ...]

    @property
    def median(self) -> float:
        """How late the one in the middle was."""
        return percentile(self.lateness, 0.5)

    @property
    def nearly_last(self) -> float:
        """How late 99 of 100 were at most."""
        return percentile(self.lateness, 0.99)

    @property
    def last(self) -> float:
        """How late the last was."""
        return self.lateness[-1]

    @property
    def rate(self) -> float:
        """Jobs started a second, counted from the instant they were due."""
        return len(self.lateness) / self.last


class ClockJob:
    """The job: a program that reads the clock first of all, and appends it to a file.

    Args:
        folder: Where it is compiled; without a compiler it is a line of shell, and slower.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.compiled = False
        self._command = ["/bin/sh", "-c", _SHELL_JOB, "job"]
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is not None:
            program = folder / "first_act"
            source = PROGRAMS / "first_act.c"
            subprocess.run([compiler, "-O2", "-o", program, source], check=True)
            self._command = [str(program)]
            self.compiled = True

    def command(self, who: str, label: str) -> list[str]:
        """Give the command line that leaves a line in somebody's file."""
        return [*self._command, str(self._file(who)), label]

    def starts(self, who: str) -> dict[str, list[int]]:
        """Read when the jobs with each label started, in nanoseconds."""
        found: dict[str, list[int]] = defaultdict(list)
        if self._file(who).exists():
            for line in self._file(who).read_text().splitlines():
                label, moment = line.split()
                found[label].append(int(moment))
        return found

    def clear(self) -> None:
        """Begin anew."""
        for who in WHO:
            self._file(who).unlink(missing_ok=True)

    def _file(self, who: str) -> Path:
        return self._folder / f"starts-{who}"


@dataclass(frozen=True, slots=True)
class Plan:
    """When who is to start what.

    Attributes:
        jobs: How many are due at each instant.
        instants: How many instants each has.
        first_seconds: From now to the first instant: all must have got ready by then.
        step_seconds: From one's instant to the next one's.
    """

    jobs: int
    instants: int
    first_seconds: float
    step_seconds: float

    def schedule(self) -> dict[str, list[int]]:
        """Give each one's instants in microseconds: in turns, each on a whole millisecond."""
        begin = round((time.time() + self.first_seconds) * 1000) * 1000
        step = round(self.step_seconds * 1000) * 1000
        turns = range(self.instants)
        return {
            who: [begin + (turn * len(WHO) + place) * step for turn in turns]
            for place, who in enumerate(WHO)
        }


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one plan.

    Attributes:
        bursts: Those of each.
        busy_seconds: Processor time of each for one job, from before its start to after its end,
            without that of the job itself.
    """

    bursts: dict[str, list[Burst]]
    busy_seconds: dict[str, float]


def fire(setting: Setting, job: ClockJob, plan: Plan) -> Round:
    """Let everybody start jobs in turns.

    Raises:
        RuntimeError: Somebody did not start all.
    """
    job.clear()
    schedule = plan.schedule()
    pids: dict[str, int] = {}
    with ExitStack() as stack:
        place = Place(setting.folder / "firing", list(_definitions(job, plan, schedule[OURS])))
        stack.callback(shutil.rmtree, place.folder, ignore_errors=True)
        environment = clean_environment(setting.folder)
        for who, program in ((FLOOR, "floor.py"), (PEER, "apscheduler_peer.py")):
            instants = ",".join(map(str, schedule[who]))
            command = python(program, plan.jobs, instants, *job.command(who, "{}"))
            pids[who] = stack.enter_context(running(command, environment=environment)).pid
        pids[OURS] = stack.enter_context(daemon(place, setting.bus)).process.pid
        if time.time() * _SECOND > schedule[OURS][0] - 500_000:
            raise RuntimeError("the machine is too slow: the first instant came too early")
        before = {who: usage_of(pid).busy_seconds for who, pid in pids.items()}
        end = max(instants[-1] for instants in schedule.values()) / _SECOND
        time.sleep(max(end - time.time(), 0) + plan.step_seconds)
        _await_all(job, plan)
        time.sleep(END_SECONDS)
        after = {who: usage_of(pid).busy_seconds for who, pid in pids.items()}
    return Round(
        {who: list(_bursts(job, who, plan, schedule[who])) for who in WHO},
        {who: (after[who] - before[who]) / plan.jobs / plan.instants for who in WHO},
    )


def _definitions(job: ClockJob, plan: Plan, instants: Sequence[int]) -> Iterator[dict[str, object]]:
    for turn, instant in enumerate(instants):
        moment = datetime.fromtimestamp(instant / _SECOND, UTC)
        for number in range(plan.jobs):
            yield {
                "name": f"job-{turn}-{number}",
                "at": moment.isoformat(timespec="microseconds"),
                "command": job.command(OURS, str(turn)),
            }


def _await_all(job: ClockJob, plan: Plan, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        counts = [sum(map(len, job.starts(who).values())) for who in WHO]
        if min(counts) >= plan.jobs * plan.instants:
            return
        time.sleep(0.2)
    raise RuntimeError(f"not all jobs were started: {dict(zip(WHO, counts, strict=True))}")


def _bursts(job: ClockJob, who: str, plan: Plan, instants: Sequence[int]) -> Iterator[Burst]:
    starts = job.starts(who)
    for turn, instant in enumerate(instants):
        found = starts[str(turn)]
        if len(found) != plan.jobs:
            raise RuntimeError(f"{who}: {len(found)} starts instead of {plan.jobs}")
        yield Burst(tuple(sorted((moment - instant * 1000) / 1e9 for moment in found)))
