"""How late jobs start, and how many a second, when 1, 100 or 1000 are due at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness.figures import Figure, Limit, Row
from benchmarks.harness.firing import FLOOR, OURS, PEER, WHO, Burst, ClockJob, Plan, fire

if TYPE_CHECKING:
    from benchmarks.harness.setting import Setting

_FLOOR_LIMIT = Limit(2.0)
_PEER_LIMIT = Limit(1.0)
_NO_COMPILER = "the job is a line of shell"


def measure(setting: Setting) -> list[Row]:
    """Measure, with the floor and a peer in turns."""
    job = ClockJob(setting.folder)
    note = "" if job.compiled else _NO_COMPILER
    # A daemon writes its state file a second after a burst; nobody's turn is then.
    plans = (
        (Plan(1, setting.choose(4, 12), 2.5, 0.4), setting.choose(1, 3)),
        (Plan(100, setting.choose(1, 3), 2.5, 1.5), setting.choose(0, 3)),
        (Plan(1000, 1, setting.choose(3.0, 4.0), 2.2), setting.choose(1, 7)),
    )
    rows: list[Row] = []
    for plan, rounds in plans:
        if not rounds:
            continue
        bursts: dict[str, list[Burst]] = {who: [] for who in WHO}
        busy: dict[str, list[float]] = {who: [] for who in WHO}
        for _ in range(rounds):
            outcome = fire(setting, job, plan)
            for who in WHO:
                bursts[who] += outcome.bursts[who]
                busy[who].append(outcome.busy_seconds[who])
        rows += _rows(plan.jobs, bursts, note)
        times = {who: Figure.of(values, "ms", scale=1e3) for who, values in busy.items()}
        what = f"{_due(plan.jobs)}: processor time a job"
        rows += [_row(what, times, other, None, note) for other in (FLOOR, PEER)]
    return rows


def _rows(jobs: int, bursts: dict[str, list[Burst]], note: str) -> list[Row]:
    due = _due(jobs)
    if jobs == 1:
        # There is one start in a burst, so the percentiles are those over all bursts.
        everything = {who: Burst(_all(found)) for who, found in bursts.items()}
        nearly_last = {who: Figure(one.nearly_last * 1e3, "ms") for who, one in everything.items()}
    else:
        nearly_last = {
            who: Figure.of([one.nearly_last for one in found], "ms", scale=1e3)
            for who, found in bursts.items()
        }
    medians = {
        who: Figure.of([one.median for one in found], "ms", scale=1e3)
        for who, found in bursts.items()
    }
    rows = [
        _row(f"{due}: lateness p50", medians, FLOOR, _FLOOR_LIMIT, note),
        _row(f"{due}: lateness p99", nearly_last, FLOOR, _FLOOR_LIMIT, note),
    ]
    if jobs > 1:
        rates = {who: Figure.of([one.rate for one in found], "/s") for who, found in bursts.items()}
        lasts = {
            who: Figure.of([one.last for one in found], "ms", scale=1e3)
            for who, found in bursts.items()
        }
        rows += [
            _row(f"{due}: last start", lasts, FLOOR, _FLOOR_LIMIT, note),
            _row(f"{due}: jobs a second", rates, FLOOR, Limit(0.5, at_least=True), note),
            _row(f"{due}: last start", lasts, PEER, _PEER_LIMIT, note),
        ]
    rows.append(_row(f"{due}: lateness p50", medians, PEER, _PEER_LIMIT, note))
    return rows


def _due(jobs: int) -> str:
    return f"{jobs} due at once" if jobs > 1 else "1 job due"


def _all(bursts: list[Burst]) -> tuple[float, ...]:
    return tuple(sorted(late for burst in bursts for late in burst.lateness))


def _row(what: str, figures: dict[str, Figure], other: str, limit: Limit | None, note: str) -> Row:
    return Row(
        what=what,
        ours=figures[OURS],
        other=figures[other],
        other_name=other,
        target=limit,
        note=note,
    )
