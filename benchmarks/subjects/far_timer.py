"""How late a job starts that was due a minute ahead. Takes longer than that: only if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness.figures import Figure, Limit, Row
from benchmarks.harness.firing import FLOOR, OURS, PEER, WHO, Burst, ClockJob, Plan, fire

if TYPE_CHECKING:
    from benchmarks.harness.setting import Setting

AHEAD_SECONDS = 60.0


def measure(setting: Setting) -> list[Row]:
    """Measure, with the floor and a peer at their own instants soon after."""
    job = ClockJob(setting.folder)
    plan = Plan(1, 1, AHEAD_SECONDS, 0.4)
    bursts: dict[str, list[Burst]] = {who: [] for who in WHO}
    for _ in range(setting.choose(1, 5)):
        for who, found in fire(setting, job, plan).bursts.items():
            bursts[who] += found
    figures = {
        who: Figure.of([one.last for one in found], "ms", scale=1e3)
        for who, found in bursts.items()
    }
    return [
        Row(
            what=f"1 job due {AHEAD_SECONDS:.0f} s ahead: lateness",
            ours=figures[OURS],
            other=figures[other],
            other_name=other,
            target=Limit(1.0, "ms"),
        )
        for other in (FLOOR, PEER)
    ]
