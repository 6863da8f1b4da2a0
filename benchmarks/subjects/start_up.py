"""From the start of the program to the moment it says that it is ready."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.harness.daemon import LIBRARIES, Place, daemon, far_jobs, started
from benchmarks.harness.figures import Figure, Limit, Row
from benchmarks.harness.processes import python

if TYPE_CHECKING:
    from benchmarks.harness.setting import Setting

COUNTS = (10, 1000, 10_000)
_LIMITS = {1000: Limit(250, "ms")}


def measure(setting: Setting) -> list[Row]:
    """Measure first and second starts, with a service that does nothing in turns."""
    rows: list[Row] = []
    for count in setting.choose(COUNTS[:2], COUNTS):
        firsts: list[float] = []
        seconds: list[float] = []
        floors: list[float] = []
        place = Place(setting.folder / f"start-{count}", far_jobs(count))
        empty = python("empty_service.py", LIBRARIES[0], setting.bus)
        for _ in range(setting.choose(2, 7 if count < 10_000 else 4)):
            shutil.rmtree(place.state, ignore_errors=True)
            for times in (firsts, seconds):
                with daemon(place, setting.bus) as ours:
                    times.append(ours.ready_seconds)
            with started(empty, place.folder, name="empty") as floor:
                floors.append(floor.ready_seconds)
        other = Figure.of(floors, "ms", scale=1e3)
        rows += [
            Row(
                what=f"{which} start to READY, {count} jobs",
                ours=Figure.of(times, "ms", scale=1e3),
                other=other,
                other_name="empty service",
                target=_LIMITS.get(count),
            )
            for which, times in (("first", firsts), ("second", seconds))
        ]
    return rows
