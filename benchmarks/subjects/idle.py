"""What the daemon costs while there is nothing to do."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks.harness.bus import private_bus
from benchmarks.harness.daemon import Place, daemon, far_jobs, started
from benchmarks.harness.figures import Figure, Limit, Row
from benchmarks.harness.processes import python
from benchmarks.harness.resources import Usage, usage_of

if TYPE_CHECKING:
    from benchmarks.harness.setting import Setting

COUNTS = (10, 1000, 10_000)
SETTLING_SECONDS = 3.0
_FAR_MICROSECONDS = 180 * 86_400 * 1_000_000
_WAKE_UPS = Limit(70, "/min")
_MEMORY = {1000: Limit(45, "MiB")}
PEER = "APScheduler"


def measure(setting: Setting) -> list[Row]:
    """Measure daemons and peers with different numbers of jobs, all at the same time."""
    counts = setting.choose((1000,), COUNTS)
    with ExitStack() as stack:
        pairs = [_start(stack, setting, count) for count in counts]
        time.sleep(SETTLING_SECONDS)
        before = [_usage(pair) for pair in pairs]
        time.sleep(setting.choose(6.0, 60.0))
        after = [_usage(pair) for pair in pairs]
    rows: list[Row] = []
    for count, *usages in zip(counts, before, after, strict=True):
        rows += _rows(count, *usages)
    return rows


def _start(stack: ExitStack, setting: Setting, count: int) -> tuple[int, int]:
    """Start a daemon and a peer; gives their process ids."""
    place = Place(setting.folder / f"idle-{count}", far_jobs(count))
    instant = time.time_ns() // 1000 + _FAR_MICROSECONDS
    peer_command = python("apscheduler_peer.py", count, instant, "true")
    # Two daemons cannot have the same name on one bus.
    bus = stack.enter_context(private_bus())
    ours = stack.enter_context(daemon(place, bus, named_threads=True))
    peer = stack.enter_context(started(peer_command, place.folder, name="peer"))
    return ours.process.pid, peer.process.pid


def _usage(pids: tuple[int, int]) -> list[Usage]:
    return [usage_of(pid) for pid in pids]


def _rows(count: int, before: list[Usage], after: list[Usage]) -> list[Row]:
    wake_ups, busy, memory = zip(
        *(_figures(*pair) for pair in zip(before, after, strict=True)), strict=True
    )
    what = f"idle, {count} jobs"
    return [
        Row(
            what=f"{what}: wake-ups",
            ours=wake_ups[0],
            other=wake_ups[1],
            other_name=PEER,
            target=_WAKE_UPS,
            note=_causes(before[0], after[0]),
        ),
        Row(what=f"{what}: processor time", ours=busy[0], other=busy[1], other_name=PEER),
        Row(
            what=f"{what}: memory (RSS)",
            ours=memory[0],
            other=memory[1],
            other_name=PEER,
            target=_MEMORY.get(count),
        ),
    ]


def _figures(before: Usage, after: Usage) -> tuple[Figure, Figure, Figure]:
    minutes = (after.at - before.at) / 60
    return (
        Figure((after.waits - before.waits).total() / minutes, "/min"),
        Figure((after.busy_seconds - before.busy_seconds) * 1e3 / minutes, "ms/min"),
        Figure(after.resident_mebibytes, "MiB"),
    )


def _causes(before: Usage, after: Usage) -> str:
    minutes = (after.at - before.at) / 60
    waits = after.waits - before.waits
    causes = (f"{name} {number / minutes:.0f}" for name, number in waits.most_common())
    return ", ".join(causes) or "none"
