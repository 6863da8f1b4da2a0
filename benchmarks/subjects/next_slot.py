"""What it costs to find the next slot of a cron expression, in processor time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from benchmarks.harness.figures import Figure, Limit, Row
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.setting import Setting

ZONE = ZoneInfo("America/New_York")
EXPRESSIONS = {
    "every 5 minutes": ("*/5 * * * *", 1000),
    "daily": ("30 2 * * *", 1000),
    "working days": ("0 9 * * mon-fri", 1000),
    "monthly": ("0 0 1 * *", 240),
    "leap day": ("0 0 29 2 *", 12),
}
"""Name, expression, and how many slots to visit."""
BEGIN = datetime(2026, 1, 1, tzinfo=ZONE)
Moment = TypeVar("Moment")
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


def measure(setting: Setting) -> list[Row]:
    """Go from slot to slot as a daemon does, with APScheduler in turns."""
    rows: list[Row] = []
    for name, (text, count) in EXPRESSIONS.items():
        trigger = CronTrigger.from_crontab(text, ZONE)
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(setting.choose(5, 15)):
            schedule = CronSchedule(parse_cron(text), ZONE)
            ours.append(_cost(schedule.next_after, (BEGIN - _EPOCH) // _MICROSECOND, count))
            theirs.append(_cost(partial(_next, trigger), BEGIN, count))
        rows.append(
            Row(
                what=f"next slot, {name}",
                ours=Figure.of(ours, "µs", scale=1e6),
                other=Figure.of(theirs, "µs", scale=1e6),
                other_name="APScheduler",
                target=Limit(3.0, "µs") if name != "leap day" else None,
            )
        )
    return rows


def _next(trigger: CronTrigger, moment: datetime) -> datetime | None:
    following: datetime | None = trigger.get_next_fire_time(moment, moment)
    return following


def _cost(following: Callable[[Moment], Moment | None], first: Moment, count: int) -> float:
    """Give the processor time of one step."""
    moment = first
    begin = time.process_time()
    for _ in range(count):
        after = following(moment)
        if after is None:
            raise RuntimeError("there are no more slots")
        moment = after
    return (time.process_time() - begin) / count
