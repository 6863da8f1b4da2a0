from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.schedule import AtSchedule, EverySchedule
from wakeful.core.trigger import AtTrigger, CronTrigger, EveryTrigger

NOON = 1_800_000_000 * SECOND


def test_cron_is_a_schedule_in_a_zone():
    berlin = ZoneInfo("Europe/Berlin")
    trigger = CronTrigger(parse_cron("0 9 * * MON"))
    assert (trigger.key, trigger.text) == ("cron", "0 9 * * MON")
    assert trigger.schedule(zone=berlin, anchor=NOON) == CronSchedule(trigger.expression, berlin)


def test_every_counts_from_the_anchor():
    trigger = EveryTrigger(timedelta(minutes=90))
    assert (trigger.key, trigger.text) == ("every", "1h30m")
    assert trigger.schedule(zone=UTC, anchor=NOON) == EverySchedule(90 * 60 * SECOND, NOON)


def test_at_is_one_instant_whatever_the_zone():
    trigger = AtTrigger(NOON + HOUR)
    assert (trigger.key, trigger.text) == ("at", "2027-01-15T09:00:00+00:00")
    assert trigger.schedule(zone=UTC, anchor=NOON) == AtSchedule(NOON + HOUR)


def test_intervals_that_differ_have_texts_that_differ():
    one, other = timedelta(days=1), timedelta(days=1, microseconds=1)
    assert EveryTrigger(one).text != EveryTrigger(other).text
