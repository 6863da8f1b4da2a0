"""Definitions that are right, and what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wakeful.core.instant import from_datetime
from wakeful.core.job import DEFAULT_OUTPUT_LIMIT
from wakeful.core.trigger import AtTrigger, CronTrigger, EveryTrigger


@pytest.fixture
def read_job(read_jobs):
    def read(schedules=None, **keys):
        (job,) = read_jobs({"name": "j", "command": ["true"], **keys}, **(schedules or {})).jobs
        assert job.error == ""
        return job

    return read


def test_everything_a_job_can_say(read_job, tmp_path):
    job = read_job(
        description="What it is for.",
        enabled=False,
        cron="0 9 * * MON-FRI",
        timezone="Europe/Berlin",
        timeout_seconds="1h30m",
        overlap="skip",
        env={"LANG": "C"},
        working_directory=str(tmp_path),
        inputs={"days": 3, "who": ["ä"]},
        persona="developer",
        notify=["log"],
        tags=["home", "nightly"],
        output_limit="1M",
    )
    assert isinstance(job.trigger, CronTrigger)
    assert (job.trigger_key, job.schedule_text) == ("cron", "0 9 * * MON-FRI")
    assert (job.timezone, job.zone) == ("Europe/Berlin", ZoneInfo("Europe/Berlin"))
    assert (job.description, job.enabled) == ("What it is for.", False)
    assert job.timeout == timedelta(minutes=90)
    assert job.output_limit == 1_048_576
    assert (job.notify, job.tags) == (("log",), ("home", "nightly"))
    assert (job.persona, job.inputs) == ("developer", {"days": 3, "who": ["ä"]})
    assert job.launch.working_directory == str(tmp_path)
    assert job.launch.environment == {
        "LANG": "C",
        "WAKEFUL_PERSONA": "developer",
        "WAKEFUL_INPUTS": '{"days": 3, "who": ["ä"]}',
    }
    assert job.problems == ()


def test_a_job_that_says_almost_nothing(read_job):
    job = read_job()
    assert (job.trigger, job.trigger_key, job.schedule_text, job.planning) == (None, "", "", "")
    assert (job.enabled, job.timeout, job.timezone, job.zone) == (True, None, "UTC", UTC)
    assert job.output_limit == DEFAULT_OUTPUT_LIMIT
    assert (job.kind, job.skill) == ("command", "")
    assert job.launch.environment == {}
    assert job.launch.working_directory == ""


def test_what_all_jobs_share_can_be_said_once(read_job):
    shared = {"timezone": "Asia/Kathmandu", "output_limit": "5K"}
    assert read_job(shared).timezone == "Asia/Kathmandu"
    assert read_job(shared).output_limit == 5120
    assert read_job(shared, timezone="utc").zone is UTC
    assert read_job(shared, output_limit=0).output_limit == 0


@pytest.mark.parametrize(
    ("written", "seconds", "text"),
    [("15m", 900, "15m"), (90, 90, "1m30s"), (1.5, 1.5, "1.5s"), ("7m", 420, "7m")],
)
def test_every(read_job, written, seconds, text):
    job = read_job(every=written)
    assert job.trigger == EveryTrigger(timedelta(seconds=seconds))
    assert job.schedule_text == text


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-01-01T03:00:00+01:00", datetime(2027, 1, 1, 2, tzinfo=UTC)),
        ("2027-01-01T03:00:00Z", datetime(2027, 1, 1, 3, tzinfo=UTC)),
        ("2027-07-01T03:00:00", datetime(2027, 7, 1, 1, tzinfo=UTC)),
        ("2027-01-01", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2027-01-01 03:00", datetime(2027, 1, 1, 2, tzinfo=UTC)),
        # A time that does not exist, and one that comes twice.
        ("2027-03-28T02:30:00", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("2027-10-31T02:30:00", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_at_is_in_the_zone_of_the_job_unless_it_says_otherwise(read_job, written, moment):
    job = read_job(at=written, timezone="Europe/Berlin")
    assert job.trigger == AtTrigger(from_datetime(moment))
    assert job.schedule_text == written


def test_a_definition_is_the_same_as_long_as_nothing_in_it_changes(read_job):
    job = read_job(every="5m", env={"A": "1", "B": "2"})
    assert read_job(env={"B": "2", "A": "1"}, every="5m") == job
    assert read_job(every="5m", env={"A": "1", "B": "3"}) != job
    assert read_job({"timezone": "Europe/Berlin"}, every="5m", env={"A": "1", "B": "2"}) != job


def test_a_secret_in_the_environment_is_not_in_what_identifies_the_definition(read_job):
    job = read_job(env={"TOKEN": "hunter2"})
    assert "hunter2" not in job.definition


@pytest.mark.parametrize(
    "harmless",
    [
        {"retry": False},
        {"retry": {"max_attempts": 1}},
        {"requires": []},
        {"runner": "process"},
        {"sandbox": "none"},
        {"resources": {}},
        {"execution_mode": "python_script"},
    ],
)
def test_a_later_key_may_say_what_happens_anyway(read_job, harmless):
    assert read_job(**harmless).problems == ()


@pytest.mark.parametrize(
    ("keys", "warning"),
    [
        (
            {"notify": ["log", "lgo"]},
            (
                ".notify[1]: there is no notification target 'lgo' yet; nobody is told there"
                " (did you mean 'log'?)"
            ),
        ),
        ({"working_directory": "/nowhere"}, ".working_directory: there is no folder /nowhere now"),
        (
            {"command": ["no-such-program"]},
            (
                ".command[0]: there is no program 'no-such-program' now (runs of the job fail as"
                " long as it is not there)"
            ),
        ),
    ],
)
def test_what_may_still_come_is_a_warning_and_the_job_runs(warnings_of, keys, warning):
    found = warnings_of({"name": "j", "command": ["true"], **keys})
    assert found == [f"schedules.jobs[0]{warning}"]


@pytest.mark.parametrize("length", [300, 5000])
def test_a_path_no_system_can_have_is_a_mistake_of_one_job(read_jobs, length):
    long = "x" * length
    configuration = read_jobs(
        {"name": "a", "script": long},
        {"name": "b", "python": f"{long}.py"},
        {"name": "c", "command": [f"/{long}"]},
        {"name": "d", "command": ["true"], "working_directory": long},
        {"name": "e", "command": ["true"], "timezone": long},
        {"name": "f", "command": ["true"]},
    )
    assert [job.usable for job in configuration.jobs] == [False, False, True, True, False, True]


def test_relative_folders_begin_where_the_configuration_is(read_job, path):
    path.parent.joinpath("work").mkdir()
    assert read_job(working_directory="work").launch.working_directory == str(path.parent / "work")


def test_home_can_be_written_short(read_job, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_job(working_directory="~").launch.working_directory == str(tmp_path)


CONTRACT = {
    "schedules": {
        "enabled": True,
        "timezone": "Europe/Berlin",
        "execution_mode": "skill_direct",
        "default_retry": {"max_attempts": 1},
        "jobs": [
            {
                "name": "daily_standup",
                "cron": "0 9 * * MON-FRI",
                "skill": "coffee",
                "persona": "developer",
                "inputs": {},
                "notify": ["memory", "desktop"],
                "enabled": True,
            },
            {
                "name": "backup",
                "cron": "30 2 * * *",
                "script": "~/bin/backup.sh",
                "timeout_seconds": 3600,
                "missed": {"policy": "run-once", "within": "2d"},
                "retry": {"max_attempts": 3, "delay_seconds": 60, "backoff_multiplier": 2.0},
            },
            {"name": "vm-status", "every": "1m", "maintenance": "vm-status"},
            {
                "name": "tidy",
                "at": "2027-01-01T03:00:00+01:00",
                "command": ["find", "/tmp", "-mtime", "+7", "-delete"],  # noqa: S108 - as documented
            },
            {"name": "after-wake", "on": "resume", "python": "scripts/check.py"},
        ],
    },
    "hypervisor": {"uri": "qemu:///system"},
    "notifications": {"slack": {"webhook_file": "~/.config/wakeful/slack-webhook"}},
}


def test_the_documented_example_is_read_and_what_is_not_supported_yet_is_said(
    read, path, monkeypatch
):
    home = path.parent
    monkeypatch.setenv("HOME", str(home))
    (home / "bin").mkdir()
    (home / "bin" / "backup.sh").write_text("#!/bin/sh\n")
    (home / "scripts").mkdir()
    (home / "scripts" / "check.py").touch()
    configuration = read(CONTRACT)
    assert (configuration.enabled, configuration.timezone) == (True, "Europe/Berlin")
    assert {job.name: job.error for job in configuration.jobs} == {
        "daily_standup": "schedules.jobs[0].skill: jobs of kind 'skill' are not supported yet",
        "backup": "schedules.jobs[1].retry: is not supported yet",
        "vm-status": (
            "schedules.jobs[2].maintenance: jobs of kind 'maintenance' are not supported yet"
        ),
        "tidy": "",
        "after-wake": "",
    }
    warnings = [str(one) for one in configuration.problems if one.severity == "warning"]
    assert warnings[:2] == [
        "hypervisor: is not supported yet",
        "notifications: is not supported yet",
    ]
    standup = configuration.jobs[0]
    assert (standup.skill, standup.persona, standup.kind) == ("coffee", "developer", "skill")
    assert standup.schedule_text == "0 9 * * MON-FRI"


def test_jobs_of_the_original_are_all_listed(read):
    jobs = [
        {
            "name": name,
            "description": name.title(),
            "skill": name,
            "cron": cron,
            "inputs": {"issue": "AAP-1"},
            "notify": ["slack", "memory"],
            "enabled": enabled,
            "persona": "devops",
            "retry": {"max_attempts": 1},
        }
        for name, cron, enabled in [
            ("morning_coffee", "30 8 * * 1-5", True),
            ("evening_beer", "0 17 * * 1-5", True),
            ("weekly_summary", "0 16 * * 5", False),
        ]
    ]
    configuration = read(
        {
            "slack": {"channels": {}},
            "schedules": {"enabled": True, "timezone": "America/New_York", "jobs": jobs},
        }
    )
    assert [(job.name, job.skill, job.enabled) for job in configuration.jobs] == [
        (job["name"], job["skill"], job["enabled"]) for job in jobs
    ]
    assert [job.schedule_text for job in configuration.jobs] == [job["cron"] for job in jobs]
    assert {job.error.partition(": ")[2] for job in configuration.jobs} == {
        "jobs of kind 'skill' are not supported yet"
    }
    assert str(configuration.problems[0]) == "slack: unknown section; nothing in it is used"


def test_a_program_of_the_job_is_found_on_the_path_of_the_job(read_job, tmp_path):
    program = tmp_path / "bin" / "mine"
    program.parent.mkdir()
    program.touch(mode=0o755)
    job = read_job(command=["mine", "x"], env={"PATH": str(program.parent)})
    assert job.launch.arguments == (str(program), "x")


def test_a_thousand_jobs_are_read_in_no_time(read_jobs):
    began = datetime.now(UTC)
    jobs = [
        {"name": f"j{n}", "cron": f"{n % 60} 9 * * *", "command": ["true"]} for n in range(1000)
    ]
    configuration = read_jobs(*jobs)
    assert len(configuration.names) == 1000
    assert datetime.now(UTC) - began < timedelta(seconds=3)


def test_a_definition_that_is_read_again_is_judged_again(read_jobs, path):
    script = path.parent / "x.sh"
    script.write_text("#!/bin/sh\n")
    work = path.parent / "work"
    work.mkdir()
    written = [
        {"name": "a", "script": "x.sh"},
        {"name": "b", "command": ["true"], "working_directory": "work"},
        {"name": "c", "command": ["true"], "cron": "0 9 * * *"},
    ]
    before = read_jobs(*written).jobs
    assert read_jobs(*written).jobs == before
    assert [job.name for job in read_jobs(*reversed(written)).jobs] == ["c", "b", "a"]
    script.unlink()
    work.rmdir()
    missing, odd, good = read_jobs(*written).jobs
    assert missing.error == f"schedules.jobs[0].script: there is no file {script}"
    assert [one.severity for one in odd.problems] == ["warning"]
    assert good == before[2]
    _, _, twice = read_jobs(written[2], written[2], {**written[2], "command": ["\0"]}).jobs
    assert twice.error.count("; ") == 1
    assert read_jobs(written[2], timezone="Asia/Kathmandu").jobs[0].timezone == "Asia/Kathmandu"
    script.write_text("#!/bin/sh\n")
    work.mkdir()
    assert read_jobs(*written).jobs == before


def test_inputs_survive_the_way_into_the_environment(read_job):
    inputs = {"a": [1, 2.5, None, True], "ü": {"x": 'y"z'}}
    assert json.loads(read_job(inputs=inputs).launch.environment["WAKEFUL_INPUTS"]) == inputs


def test_scripts_are_found_from_the_folder_of_the_configuration(read_jobs, path):
    script = path.parent / "tidy.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (job,) = read_jobs({"name": "j", "script": "tidy.sh", "args": ["-v"]}).jobs
    assert job.launch.arguments == (str(Path(script)), "-v")
