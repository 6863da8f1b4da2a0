"""How long a change of one job in a thousand takes to be in force."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

from benchmarks.harness.bus import Client, Listener, Request
from benchmarks.harness.daemon import OWN, Place, daemon, far_jobs
from benchmarks.harness.figures import Figure, Limit, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness.daemon import Job
    from benchmarks.harness.setting import Setting

COUNT = 1000
QUIET_SECONDS = 1.6
"""Longer than the watcher may take to look at a file again."""


def measure(setting: Setting) -> list[Row]:
    """Measure the watcher, and the method that asks for it."""
    place = Place(setting.folder / "reload", far_jobs(COUNT))
    watched: list[float] = []
    called: list[float] = []
    floors: list[float] = []
    versions = _versions()
    chance = random.Random(1)  # noqa: S311 - to come at any phase of a period
    reload = Request(OWN, "Reload", "a{sv}", {})
    with (
        daemon(place, setting.bus),
        Client(setting.bus) as client,
        Listener(setting.bus, OWN, "ConfigReloaded") as listener,
    ):
        for _ in range(setting.choose(1, 9)):
            time.sleep(chance.random())
            rename = place.prepare(next(versions))
            begin = rename()
            moment, _ = listener.next()
            watched.append(moment - begin)
            listener.drain(QUIET_SECONDS)
            floors.append(_floor(place))
            place.write(next(versions))
            took, _ = client.call(reload)
            called.append(took)
            listener.drain(QUIET_SECONDS)
    floor = Figure.of(floors, "ms", scale=1e3)
    return [
        Row(
            what=f"reload of 1 in {COUNT}: rename to ConfigReloaded",
            ours=Figure.of(watched, "ms", scale=1e3),
            other=floor,
            other_name="read and json.loads",
            target=Limit(100, "ms"),
        ),
        Row(
            what=f"reload of 1 in {COUNT}: Reload",
            ours=Figure.of(called, "ms", scale=1e3),
            other=floor,
            other_name="read and json.loads",
            target=Limit(100, "ms"),
        ),
    ]


def _versions() -> Iterator[list[Job]]:
    """Give configurations, each with one job other than in the one before."""
    jobs = far_jobs(COUNT)
    version = 0
    while True:
        version += 1
        jobs[COUNT // 2] = jobs[COUNT // 2] | {"description": f"version {version}"}
        yield jobs


def _floor(place: Place) -> float:
    begin = time.perf_counter()
    json.loads(place.configuration.read_bytes())
    return time.perf_counter() - begin
