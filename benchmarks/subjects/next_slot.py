"""What it costs to find the next slot of a cron expression, in processor time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from benchmarks.harness.figures import Figure, Limit, Row
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.harness.setting import Setting

ZONE = ZoneInfo("America/New_York")
EXPRESSIONS = {
    "every 5 minutes": "*/5 * * * *",
    "daily": "30 2 * * *",
    "working days": "0 9 * * mon-fri",
    "monthly": "0 0 1 * *",
    "leap day": "0 0 29 2 *",
}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DISTANCE = timedelta(hours=37, minutes=11, seconds=7)
Moment = TypeVar("Moment")
_EPOCH = datetime.fromtimestamp(0, UTC)


def measure(setting: Setting) -> list[Row]:
    """Measure from different instants of some years, with APScheduler in turns."""
    count = setting.choose(300, 1000)
    moments = [BEGIN + number * DISTANCE for number in range(count)]
    instants = [(moment - _EPOCH) // timedelta(microseconds=1) for moment in moments]
    local = [moment.astimezone(ZONE) for moment in moments]
    rows: list[Row] = []
    for name, text in EXPRESSIONS.items():
        schedule = CronSchedule(parse_cron(text), ZONE)
        trigger = CronTrigger.from_crontab(text, ZONE)
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(setting.choose(3, 9)):
            ours.append(_cost(schedule.next_after, instants))
            theirs.append(_cost(lambda moment: trigger.get_next_fire_time(None, moment), local))  # noqa: B023 - called here
        limit = Limit(3.0, "µs") if name != "leap day" else None
        rows.append(
            Row(
                what=f"next slot, {name}",
                ours=Figure.of(ours, "µs", scale=1e6),
                other=Figure.of(theirs, "µs", scale=1e6),
                other_name="APScheduler",
                target=limit,
            )
        )
    return rows


def _cost(function: Callable[[Moment], object], moments: Sequence[Moment]) -> float:
    begin = time.process_time()
    for moment in moments:
        function(moment)
    return (time.process_time() - begin) / len(moments)
