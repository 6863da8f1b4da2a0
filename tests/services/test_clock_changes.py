from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fixtures.world import a_job
from wakeful.core.admission import Admission
from wakeful.core.admitted_schedule import AdmittedSchedule
from wakeful.core.bounded_schedule import BoundedSchedule
from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.calendar_text import parse_calendar
from wakeful.core.clock_change import Effect
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import MINUTE, from_datetime
from wakeful.core.jitter_schedule import JitterSchedule
from wakeful.core.policy import DaylightSaving
from wakeful.core.window import parse_window
from wakeful.services.catalogue import Entry
from wakeful.services.clock_changes import clock_changes, slot_notes

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = from_datetime(datetime(2026, 1, 1, tzinfo=UTC))
END = from_datetime(datetime(2027, 1, 1, tzinfo=UTC))
SPRING = from_datetime(datetime(2026, 3, 29, 1, tzinfo=UTC))
AUTUMN = from_datetime(datetime(2026, 10, 25, 1, tzinfo=UTC))


def cron(text, policy=DaylightSaving.DEBIAN):
    return CronSchedule(parse_cron(text), BERLIN, policy)


def entry(schedule, name="backup"):
    job = a_job(name, zone=BERLIN, timezone="Europe/Berlin")
    return Entry(job=job, schedule=schedule, anchor=BEGIN, accounted_until=BEGIN)


async def texts(schedule):
    changes, untold = await clock_changes([entry(schedule)], BEGIN, END)
    assert untold == []
    return [one.text for one in changes]


@pytest.mark.parametrize(
    ("expression", "policy", "spring", "autumn"),
    [
        (
            "30 2 * * *",
            DaylightSaving.DEBIAN,
            "02:30 does not exist; it runs once instead, at 03:00",
            "02:30 comes twice; it runs the first time only",
        ),
        (
            "0,20,40 2 * * *",
            DaylightSaving.TWICE,
            "02:00, 02:20 and 02:40 do not exist; it runs once instead, at 03:00",
            "02:00, 02:20 and 02:40 come twice; it runs both times",
        ),
        (
            "30 2 * * *",
            DaylightSaving.SKIP,
            "02:30 does not exist; it does not run then",
            "02:30 comes twice; it runs the first time only",
        ),
        (
            "30 * * * *",
            DaylightSaving.DEBIAN,
            "02:30 does not exist; 1 run less",
            "02:30 comes twice; 1 run more",
        ),
        (
            "*/5 * * * *",
            DaylightSaving.DEBIAN,
            "02:00, 02:05 and 10 more do not exist; 12 runs less",
            "02:00, 02:05 and 10 more come twice; 12 runs more",
        ),
    ],
)
async def test_what_happens_is_told_in_words(expression, policy, spring, autumn):
    assert await texts(cron(expression, policy)) == [spring, autumn]


async def test_a_job_at_another_time_is_not_affected():
    assert await texts(cron("0 9 * * *")) == []
    assert await texts(None) == []


async def test_a_calendar_event_cannot_be_told():
    event = CalendarSchedule(parse_calendar("02:30"), BERLIN)
    assert await clock_changes([entry(event)], BEGIN, END) == ([], ["backup"])
    assert slot_notes(entry(event), [SPRING]) == [""]


async def test_only_what_may_run_around_the_change_is_affected():
    inner = cron("30 2 * * *")
    assert len(await texts(BoundedSchedule(inner, not_before=SPRING + MINUTE * 600))) == 1
    assert await texts(BoundedSchedule(inner, not_after=BEGIN)) == []
    morning = Admission(BERLIN, parse_window("08:00-09:00"))
    assert await texts(AdmittedSchedule(cron("30 * * * *"), morning)) == []
    night = Admission(BERLIN, parse_window("01:00-06:00"))
    assert len(await texts(JitterSchedule(AdmittedSchedule(inner, night), MINUTE, 1))) == 2


async def test_a_run_after_the_gap_that_is_not_admitted_does_not_take_place():
    window = Admission(BERLIN, parse_window("01:00-02:45"))
    changes, _ = await clock_changes(
        [entry(AdmittedSchedule(cron("30 2 * * *"), window))], BEGIN, END
    )
    assert changes[0].change.effect is Effect.SKIPPED
    assert changes[0].text == "02:30 does not exist; it does not run then"


async def test_changes_come_in_the_order_of_time():
    entries = [entry(cron("30 2 * * *"), name) for name in ("a", "b")]
    changes, _ = await clock_changes(entries, BEGIN, END)
    assert [(one.change.at, one.job) for one in changes] == [
        (SPRING, "a"),
        (SPRING, "b"),
        (AUTUMN, "a"),
        (AUTUMN, "b"),
    ]


async def test_others_have_their_turn_while_many_jobs_are_looked_at():
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    many = [entry(cron(f"{number % 60} 2 * * *"), f"job {number}") for number in range(500)]
    await clock_changes(many, BEGIN, BEGIN + 3 * (END - BEGIN))
    task.cancel()
    assert turns >= 3


def test_slots_near_a_change_have_a_note():
    slots = [SPRING - MINUTE, SPRING, AUTUMN - 30 * MINUTE, AUTUMN + 30 * MINUTE]
    assert slot_notes(entry(cron("30 2 * * *")), slots[:3]) == [
        "",
        "instead of 02:30, which the clock leaves out",
        "02:30 comes twice; the first only",
    ]
    assert slot_notes(entry(cron("30 * * * *")), slots[2:]) == [
        "02:30 comes twice; the first",
        "02:30 comes twice; the second",
    ]


def test_slots_of_a_job_that_follows_no_wall_clock_have_none():
    every = a_job(every=timedelta(hours=1) // timedelta(microseconds=1))
    found = Entry(job=every, schedule=every.schedule(BEGIN), anchor=BEGIN, accounted_until=BEGIN)
    assert slot_notes(found, [SPRING, AUTUMN]) == ["", ""]
