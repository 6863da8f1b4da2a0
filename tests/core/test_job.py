from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.exclusion import exclusions_of
from wakeful.core.instant import DAY, HOUR
from wakeful.core.job import Job
from wakeful.core.launch import Launch
from wakeful.core.policy import DaylightSaving, Missed, Occasion, Priority, Wake
from wakeful.core.problem import Problem, Severity
from wakeful.core.refinement import Refinement
from wakeful.core.trigger import CronTrigger, EveryTrigger, OccasionTrigger
from wakeful.core.window import parse_window

JOB = Job(
    name="backup",
    definition="x",
    trigger=CronTrigger(parse_cron("0 9 * * *")),
    trigger_key="cron",
    timezone="UTC",
    zone=UTC,
    launch=Launch(arguments=("true",)),
)
ERROR = Problem(path="schedules.jobs[0].cron", message="is wrong")
WARNING = Problem(path="schedules.jobs[0].notify", message="odd", severity=Severity.WARNING)


def test_a_job_is_usable_if_it_can_be_started_and_has_no_error():
    assert JOB.usable
    assert replace(JOB, problems=(WARNING,)).usable
    assert not replace(JOB, problems=(WARNING, ERROR)).usable
    assert not replace(JOB, launch=None).usable


def test_its_error_is_one_line():
    second = Problem(path="schedules.jobs[0].env", message="too")
    assert JOB.error == ""
    assert replace(JOB, problems=(WARNING,)).error == ""
    assert replace(JOB, problems=(ERROR, WARNING, second)).error == f"{ERROR}; {second}"


def test_its_slots_depend_on_trigger_and_zone_and_nothing_else():
    assert JOB.planning == "cron 0 9 * * * UTC"
    other = replace(JOB, definition="y", description="new", enabled=False, max_runs=3)
    other = replace(other, priority=Priority.HIGH, missed=Missed(cap=1), wake=Wake())
    assert other.planning == JOB.planning
    assert replace(JOB, timezone="Europe/Berlin").planning != JOB.planning
    other = CronTrigger(parse_cron("0 10 * * *"))
    assert replace(JOB, trigger=other).planning != JOB.planning
    every = replace(JOB, trigger=EveryTrigger(timedelta(hours=1)), trigger_key="every")
    assert every.planning == "every 1h"
    assert replace(every, timezone="Europe/Berlin").planning == every.planning


def test_its_slots_depend_on_all_that_refines_the_trigger():
    expression = parse_cron("0 9 * * *")
    skip = replace(JOB, trigger=CronTrigger(expression, DaylightSaving.SKIP))
    assert skip.planning == "cron 0 9 * * * dst=skip UTC"
    refined = replace(
        JOB,
        trigger=EveryTrigger(timedelta(hours=1)),
        refinement=Refinement(
            not_before=0,
            not_after=10**6,
            between=parse_window("8:00-18:00"),
            exclude=exclusions_of(["12-25", "05-01"]),
            jitter=timedelta(minutes=5),
        ),
    )
    assert refined.planning == (
        "every 1h UTC not_before=1970-01-01T00:00:00+00:00 not_after=1970-01-01T00:00:01+00:00"
        " between=08:00-18:00 exclude=05-01,12-25 jitter=5m"
    )
    bounded = replace(refined, refinement=Refinement(not_before=0))
    assert bounded.planning == "every 1h not_before=1970-01-01T00:00:00+00:00"


def test_a_job_knows_its_schedule():
    assert JOB.schedule(0) == CronSchedule(JOB.trigger.expression, UTC)
    assert replace(JOB, trigger=None).schedule(0) is None
    assert replace(JOB, trigger=OccasionTrigger(Occasion.BOOT)).schedule(0) is None
    jittered = replace(JOB, refinement=Refinement(jitter=timedelta(hours=1))).schedule(0)
    other = replace(JOB, name="b", refinement=Refinement(jitter=timedelta(hours=1))).schedule(0)
    assert jittered.inner == JOB.schedule(0)
    assert jittered.next_after(0) != other.next_after(0)
    berlin = ZoneInfo("Europe/Berlin")
    refinement = Refinement(
        not_before=DAY, between=parse_window("01:00-12:00"), exclude=exclusions_of(["1970-01-03"])
    )
    schedule = replace(
        JOB, zone=berlin, trigger=EveryTrigger(timedelta(hours=1)), refinement=refinement
    ).schedule(0)
    # On the 2nd, Berlin is an hour ahead of UTC.
    assert schedule.next_after(0) == DAY
    assert schedule.next_after(DAY + 10 * HOUR) == 3 * DAY
    assert schedule.count_between(0, 4 * DAY - 1) == 11 + 11


def test_a_job_without_trigger_has_no_slots():
    assert replace(JOB, trigger=None, trigger_key="").planning == ""


def test_a_zone_is_compared_by_its_name():
    assert replace(JOB, zone=ZoneInfo("UTC")) == JOB
