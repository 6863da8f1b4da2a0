from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from wakeful.cli.root import root

JOBS = [
    {"name": "backup", "cron": "0 2 * * *", "command": ["true"]},
    {"name": "hourly", "cron": "0 * * * *", "command": ["true"], "missed": "skip"},
    {"name": "broken", "crn": "0 9 * * *", "command": ["true"]},
    {"name": "off", "cron": "@daily", "command": ["true"], "enabled": False},
    {"name": "hand", "command": ["true"]},
]
NIGHT = ("--from", "2027-03-27T12:00", "--to", "2027-03-28T12:00", "--asleep", "23:00-07:00")


@pytest.fixture
def simulate(tmp_path):
    """Run the command on a configuration of its own."""
    place = tmp_path / "config.json"
    place.write_text(json.dumps({"schedules": {"timezone": "Europe/Berlin", "jobs": JOBS}}))

    def run(*words, status=0):
        done = CliRunner().invoke(root, ["simulate", "--config", str(place), *words])
        assert done.exit_code == status, done.output
        return done

    return run


def test_what_is_missed_and_made_up_for_is_shown(simulate):
    shown = simulate(*NIGHT, "--job", "backup", "--job", "hourly", "--brief").output
    span = "2027-03-27 23:00:00 CET … 2027-03-28 06:00:00 CEST"
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "TIME JOB OUTCOME SLOT LATE REASON",
        f"2027-03-28 07:00:00 CEST hourly missed {span} (7) asleep",
        "2027-03-28 07:00:00 CEST backup made-up 2027-03-28 03:00:00 CEST 4 h",
        "",
        "JOB IN TIME MADE UP COALESCED SKIPPED MISSED OPEN NOTE",
        "backup 0 1 0 0 0 0",
        "hourly 16 0 0 0 7 0",
        "2 jobs from 2027-03-27 12:00:00 CET to 2027-03-28 12:00:00 CEST.",
    ]


def test_a_program_is_told_the_same(simulate):
    document = json.loads(simulate(*NIGHT, "--json").stdout)
    assert (document["from"], document["to"]) == (
        "2027-03-27T12:00:00+01:00",
        "2027-03-28T12:00:00+02:00",
    )
    jobs = {job["name"]: job for job in document["jobs"]}
    assert [*jobs] == ["backup", "hourly", "broken", "off", "hand"]
    assert jobs["hourly"] == {
        "name": "hourly",
        "slots": 23,
        "in_time": 16,
        "made_up": 0,
        "coalesced": 0,
        "skipped": 0,
        "missed": 7,
        "open": 0,
        "note": None,
    }
    assert jobs["off"]["note"] == "disabled"
    assert jobs["hand"]["note"] == "by hand only"
    assert jobs["broken"]["note"].startswith("cannot run: ")
    made_up = [event for event in document["events"] if event["outcome"] == "made-up"]
    assert made_up == [
        {
            "time": "2027-03-28T07:00:00+02:00",
            "job": "backup",
            "outcome": "made-up",
            "slot": "2027-03-28T03:00:00+02:00",
            "last_slot": "2027-03-28T03:00:00+02:00",
            "count": 1,
            "stands_for": 0,
            "late_ms": 4 * 3600 * 1000,
            "reason": None,
        }
    ]
    assert len(document["events"]) == 16 + 2


def test_times_are_in_the_zone_that_is_asked_for(simulate):
    shown = simulate(*NIGHT, "--tz", "Asia/Tokyo", "--job", "backup").output
    assert "2027-03-28 10:00:00 JST  backup  runs" in shown


def test_a_machine_can_be_off_once_and_jobs_can_take_time(simulate):
    once = ("--off", "2027-03-27T12:30..2027-03-27T15:30", "--duration", "hourly=2h")
    shown = simulate(*NIGHT[:3], "2027-03-27T19:00", *once, "--job", "hourly", "--json").stdout
    events = json.loads(shown)["events"]
    assert [(event["outcome"], event["count"], event["reason"]) for event in events] == [
        ("runs", 1, None),
        ("missed", 3, "off"),
        ("runs", 1, None),
        ("skipped", 1, "overlap"),
        ("runs", 1, None),
    ]


def test_a_week_from_now_unless_told(simulate):
    document = json.loads(simulate("--job", "backup", "--json").stdout)
    assert 6 <= document["jobs"][0]["in_time"] <= 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "yesterday"), "'yesterday' is not a date or time"),
        (("--to", "1969-01-01"), "'1969-01-01' is not a date or time"),
        (("--from", "2027-01-02", "--to", "2027-01-01"), "the end is not after the beginning"),
        (("--asleep", "11pm-7am"), "'11pm' is not a time of the day"),
        (("--off", "2027-01-02..2027-01-01"), "does not end after it begins"),
        (("--tz", "Europe/Berlim"), "did you mean 'Europe/Berlin'?"),
        (("--job", "backpu"), "there is no job 'backpu', did you mean 'backup'?"),
        (("--duration", "soon"), "'soon' is not a duration"),
        (("--duration", "nobody=5m"), "there is no job 'nobody'"),
    ],
)
def test_a_mistake_in_an_option_is_named(simulate, words, said):
    assert said in simulate(*words, status=2).output


def test_a_configuration_that_cannot_be_used_is_an_error(tmp_path):
    place = tmp_path / "config.json"
    place.write_text("{")
    done = CliRunner().invoke(root, ["simulate", "--config", str(place)])
    assert done.exit_code == 1
