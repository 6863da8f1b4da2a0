from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.calendar_text import parse_calendar
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import HOUR, SECOND, from_timedelta
from wakeful.core.policy import DaylightSaving, Occasion
from wakeful.core.schedule import AtSchedule, EverySchedule
from wakeful.core.trigger import (
    AtTrigger,
    CalendarTrigger,
    CronTrigger,
    EveryTrigger,
    OccasionTrigger,
)

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


def test_cron_takes_its_daylight_saving_policy_along():
    berlin = ZoneInfo("Europe/Berlin")
    trigger = CronTrigger(parse_cron("30 2 * * *"), DaylightSaving.TWICE)
    schedule = trigger.schedule(zone=berlin, anchor=NOON)
    assert schedule == CronSchedule(trigger.expression, berlin, DaylightSaving.TWICE)
    assert trigger.planning != CronTrigger(trigger.expression).planning


def test_calendar_is_a_schedule_in_a_zone_or_in_one_of_its_own():
    berlin = ZoneInfo("Europe/Berlin")
    trigger = CalendarTrigger(parse_calendar("Mon..Fri 09:00"))
    assert (trigger.key, trigger.text, trigger.zoned) == ("calendar", "Mon..Fri 09:00", True)
    assert trigger.schedule(zone=berlin, anchor=0) == CalendarSchedule(trigger.expression, berlin)
    own = CalendarTrigger(parse_calendar("09:00 Asia/Tokyo"))
    assert (own.zoned, own.zone_name) == (False, "Asia/Tokyo")
    slots = own.schedule(zone=berlin, anchor=0)
    assert slots.next_after(NOON) == own.schedule(zone=UTC, anchor=0).next_after(NOON)


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        (OccasionTrigger(Occasion.BEFORE_SLEEP), "before-sleep"),
        (OccasionTrigger(Occasion.RESUME, from_timedelta(timedelta(hours=1))), "resume after 1h"),
    ],
)
def test_what_occurs_cannot_be_planned(trigger, text):
    assert (trigger.key, trigger.text, trigger.planning) == ("on", text, f"on {text}")
    assert trigger.schedule(zone=UTC, anchor=NOON) is None
