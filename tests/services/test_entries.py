from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wakeful.core.cron import parse_cron
from wakeful.core.instant import DAY, HOUR, MINUTE, from_datetime
from wakeful.core.job import Job
from wakeful.core.policy import Occasion
from wakeful.core.refinement import Refinement
from wakeful.core.trigger import AtTrigger, CronTrigger, EveryTrigger, OccasionTrigger
from wakeful.core.window import parse_window
from wakeful.services.entries import changed_entry, first_entry, remembered_entry

NOON = from_datetime(datetime(2027, 3, 27, 12, tzinfo=UTC))
DAILY = Job(
    name="j",
    definition="x",
    trigger=EveryTrigger(timedelta(days=1)),
    trigger_key="every",
    timezone="Europe/Berlin",
    zone=ZoneInfo("Europe/Berlin"),
)


def test_a_laptop_that_is_started_each_day_runs_what_is_to_run_each_day():
    entry, now = first_entry(DAILY, NOON), NOON
    slots = []
    for _ in range(5):
        # Off for 23 hours, on for one, and never on for a day at a time.
        now += 23 * HOUR
        entry = remembered_entry(DAILY, entry.record(), now)
        now += HOUR
        if entry.schedule.count_between(entry.accounted_until, now):
            slots.append(entry.schedule.last_until(now))
            entry.accounted_until = now
    assert slots == [NOON + DAY * number for number in range(1, 6)]


def test_the_distance_stays_the_same_when_the_clock_is_put_forward():
    schedule = first_entry(DAILY, NOON).schedule
    assert schedule.next_after(NOON) == NOON + DAY
    assert schedule.next_after(NOON + DAY) == NOON + 2 * DAY


@pytest.mark.parametrize(
    "edited",
    [
        replace(DAILY, definition="y", description="new"),
        replace(DAILY, timezone="UTC", zone=UTC),
        replace(DAILY, max_runs=5),
    ],
)
def test_an_edit_of_something_else_keeps_the_anchor(edited):
    entry = changed_entry(edited, first_entry(DAILY, NOON), NOON + HOUR)
    assert entry.anchor == NOON
    assert entry.accounted_until == NOON


@pytest.mark.parametrize(
    "edited",
    [
        replace(DAILY, trigger=EveryTrigger(timedelta(hours=25))),
        replace(DAILY, refinement=Refinement(jitter=timedelta(minutes=1))),
        replace(DAILY, refinement=Refinement(between=parse_window("08:00-18:00"))),
    ],
)
def test_an_edit_of_what_determines_the_slots_starts_anew(edited):
    entry = changed_entry(edited, first_entry(DAILY, NOON), NOON + HOUR)
    assert (entry.anchor, entry.accounted_until) == (NOON + HOUR, NOON + HOUR)


def test_an_instant_in_the_past_is_a_slot_that_was_missed():
    job = replace(DAILY, trigger=AtTrigger(NOON - DAY), trigger_key="at")
    entry = first_entry(job, NOON)
    assert entry.schedule.count_between(entry.accounted_until, NOON) == 1


def test_nothing_else_is_owed_to_a_new_job():
    job = replace(DAILY, trigger=CronTrigger(parse_cron("* * * * *")), trigger_key="cron")
    assert first_entry(job, NOON).accounted_until == NOON
    assert first_entry(job, NOON).schedule.next_after(NOON) == NOON + MINUTE


def test_a_job_that_waits_for_an_event_has_no_schedule():
    job = replace(DAILY, trigger=OccasionTrigger(Occasion.RESUME), trigger_key="on")
    assert first_entry(job, NOON).schedule is None
