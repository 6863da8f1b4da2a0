"""Round trips of method calls, next to an empty method of the same library."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks.harness.bus import Client, Request, Target
from benchmarks.harness.daemon import FLAT, LIBRARIES, OWN, Place, daemon, far_jobs, started
from benchmarks.harness.figures import Figure, Limit, Row
from benchmarks.harness.processes import python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness.setting import Setting

COUNTS = (10, 1000)
PAUSE_SECONDS = 0.012
"""After a call that starts a job: its end is not to disturb the next call."""
_LIMITS = {"Ping (flat)": Limit(1.2)}


def measure(setting: Setting) -> list[Row]:
    """Measure with both libraries."""
    rows: list[Row] = []
    for library, count in itertools.product(LIBRARIES, setting.choose((1000,), COUNTS)):
        rows += _measure(setting, library, count)
    return rows


def _measure(setting: Setting, library: str, count: int) -> list[Row]:
    place = Place(setting.folder / f"calls-{library}-{count}", far_jobs(count))
    empty_command = python("empty_service.py", library, setting.bus)
    empty = Target(f"org.wakeful.Empty.{library.replace('-', '_')}", "/", "org.wakeful.Empty")
    nothing = Request(empty, "Nothing")
    ours: dict[str, list[float]] = defaultdict(list)
    floors: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        stack.enter_context(daemon(place, setting.bus, library=library))
        stack.enter_context(started(empty_command, place.folder, name="empty"))
        client = stack.enter_context(Client(setting.bus))
        requests = _requests(count)
        for turn in range(setting.choose(8, 120)):
            for name, alternatives in requests.items():
                pause = PAUSE_SECONDS if name.startswith(("run", "Run")) else 0.0
                for times, request in ((floors, nothing), (ours, next(alternatives))):
                    time.sleep(pause)
                    took, _ = client.call(request)
                    if turn:  # the first fills caches
                        times[name].append(took)
    return [
        Row(
            what=f"{library}, {count} jobs: {name}",
            ours=Figure.of(taken, "µs", scale=1e6),
            other=Figure.of(floors[name], "µs", scale=1e6),
            other_name="empty method",
            target=_LIMITS.get(name),
        )
        for name, taken in ours.items()
    ]


def _requests(count: int) -> dict[str, Iterator[Request]]:
    names = [job["name"] for job in far_jobs(count)]
    # One job does not run twice at once, so it is another one's turn each time.
    return {
        "Ping (flat)": itertools.repeat(Request(FLAT, "Ping")),
        "run_job (flat)": itertools.cycle([Request(FLAT, "run_job", "s", one) for one in names]),
        "RunJob (own)": itertools.cycle(
            [Request(OWN, "RunJob", "sa{sv}", one, {}) for one in reversed(names)]
        ),
        "list_jobs (flat)": itertools.repeat(Request(FLAT, "list_jobs")),
        "ListJobs (own)": itertools.repeat(Request(OWN, "ListJobs", "a{sv}", {})),
    }
