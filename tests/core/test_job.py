from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from wakeful.core.cron import parse_cron
from wakeful.core.job import Job
from wakeful.core.launch import Launch
from wakeful.core.problem import Problem, Severity
from wakeful.core.trigger import CronTrigger, EveryTrigger

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
    assert replace(JOB, definition="y", description="new", enabled=False).planning == JOB.planning
    assert replace(JOB, timezone="Europe/Berlin").planning != JOB.planning
    other = CronTrigger(parse_cron("0 10 * * *"))
    assert replace(JOB, trigger=other).planning != JOB.planning
    every = replace(JOB, trigger=EveryTrigger(timedelta(hours=1)), trigger_key="every")
    assert every.planning == "every 1h UTC"


def test_a_job_without_trigger_has_no_slots():
    assert replace(JOB, trigger=None, trigger_key="").planning == ""


def test_a_zone_is_compared_by_its_name():
    assert replace(JOB, zone=ZoneInfo("UTC")) == JOB
