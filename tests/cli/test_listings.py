from __future__ import annotations

import json
from datetime import datetime

import pytest

JOB_KEYS = [
    "name",
    "description",
    "kind",
    "trigger",
    "schedule",
    "timezone",
    "enabled",
    "next_run",
    "last_run",
    "last_state",
    "run_count",
    "failure_count",
    "missed_count",
    "error",
    "waiting",
    "waiting_reason",
]
EXECUTION_KEYS = [
    "execution_id",
    "job",
    "slot",
    "cause",
    "state",
    "reason",
    "attempt",
    "queued_at",
    "started_at",
    "ended_at",
    "duration_ms",
    "late_ms",
    "exit_status",
    "signal",
    "requested_by",
    "log",
]


@pytest.fixture(scope="module")
def desk(desk):
    """Something has run already."""
    for job in ("ok", "bad exit", "日本語"):
        desk.run("run", job, "--wait")
    return desk


def offset(text):
    return datetime.fromisoformat(text).utcoffset().total_seconds() / 3600


def test_list_for_people(desk):
    done = desk.run("list")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0].split() == ["JOB", "SCHEDULE", "NEXT", "LAST", "RESULT", "NOTE"]
    assert len(lines) == 11
    assert lines[1].startswith("ok ")
    assert lines[1].endswith("succeeded  Says hi")
    assert "cannot run" in lines[6]
    assert "did you mean 'cron'?" in lines[6]
    assert " disabled" in lines[7]
    assert done.stderr == "1 job cannot run; 'wakeful show broken' says why.\n"


def test_list_for_programs(desk):
    jobs = desk.document("list", "--json")
    assert [job["name"] for job in jobs][:2] == ["ok", "bad exit"]
    assert all(list(job) == JOB_KEYS for job in jobs)
    by_name = {job["name"]: job for job in jobs}
    assert by_name["ok"]["trigger"] == "cron"
    assert by_name["ok"]["timezone"] == "Europe/Berlin"
    assert offset(by_name["ok"]["next_run"]) in {1, 2}
    assert by_name["ok"]["last_state"] == "succeeded"
    assert by_name["bad exit"]["failure_count"] >= 1
    assert by_name["long"]["next_run"] is None
    assert by_name["off"]["enabled"] is False
    assert "crn" in by_name["broken"]["error"]
    assert by_name["never ran"]["last_run"] is None


def test_json_can_be_asked_for_globally(desk):
    assert desk.document("--json", "list") == desk.document("list", "--json")


def test_show_for_people(desk):
    done = desk.run("show", "ok")
    assert done.returncode == 0
    assert "Command:     /usr/bin/echo hi\n" in done.stdout
    assert "Next runs:   2" in done.stdout
    assert ":00:00 CE" in done.stdout
    assert "(in " in done.stdout
    assert "EXECUTION" in done.stdout


def test_show_a_broken_job(desk):
    done = desk.run("show", "broken")
    assert done.returncode == 0
    assert "Error: " in done.stdout
    assert "Next run" not in done.stdout


def test_show_for_programs(desk):
    job = desk.document("show", "日本語", "--json")
    assert list(job)[: len(JOB_KEYS)] == JOB_KEYS
    assert job["slots"] == ["2088-01-01T03:00:00+01:00"]
    assert job["arguments"][1:] == ["\\377\\376x"]
    assert list(job["recent"][0]) == EXECUTION_KEYS


def test_history_for_people(desk):
    done = desk.run("history", "--job", "bad exit", "-n", "1")
    heading, line = done.stdout.splitlines()
    assert heading.split() == ["EXECUTION", "JOB", "STATE", "STARTED", "TOOK", "CAUSE", "REASON"]
    assert "bad exit  failed " in line
    assert line.endswith("manual  exit status 3")
    assert done.stderr == ""


def test_history_for_programs(desk):
    executions = desk.document("history", "--json")
    assert all(list(one) == EXECUTION_KEYS for one in executions)
    identifiers = [one["execution_id"] for one in executions]
    assert identifiers == sorted(identifiers, reverse=True)
    failed = next(one for one in executions if one["job"] == "bad exit")
    assert (failed["exit_status"], failed["signal"], failed["slot"]) == (3, None, None)
    assert offset(failed["queued_at"]) == 9
    assert failed["duration_ms"] >= 0
    assert failed["attempt"] == 1
    assert failed["cause"] == "manual"


@pytest.mark.parametrize(
    ("options", "states"),
    [
        (["--state", "failed"], {"failed"}),
        (["--state", "failed,succeeded"], {"failed", "succeeded"}),
        (["--state", "failed", "--state", "Succeeded,timed-out"], {"failed", "succeeded"}),
        (["--state", "lost"], set()),
        (["--since", "1h", "--state", "failed"], {"failed"}),
        (["--since", "2099-01-01"], set()),
    ],
)
def test_history_of_some(desk, options, states):
    assert {one["state"] for one in desk.document("history", "--json", *options)} == states


def test_history_in_pages(desk):
    everything = desk.document("history", "--json", "--limit", "100000")
    assert desk.document("history", "--json", "--limit", "2") == everything[:2]


def test_next_for_people(desk):
    done = desk.run("next", "-n", "3")
    assert done.stdout.splitlines()[0].split() == ["TIME", "IN", "JOB"]
    assert len(done.stdout.splitlines()) == 4


def test_next_for_programs(desk):
    slots = desk.document("next", "--json", "--count", "30")
    assert len(slots) == 30
    assert list(slots[0]) == ["job", "slot", "timezone", "note"]
    times = [datetime.fromisoformat(one["slot"]) for one in slots]
    assert times == sorted(times)
    assert {one["job"] for one in slots} == {"ok", "bad exit", "never ran"}
    alone = desk.document("next", "ok", "--json", "--count", "30")
    together = [one for one in slots if one["job"] == "ok"]
    assert together == alone[: len(together)]


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ("off", "off is disabled; no run is planned.\n"),
        ("long", "long runs by hand only; no run is planned.\n"),
    ],
)
def test_next_of_a_job_without_any(desk, job, why):
    done = desk.run("next", job)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", why)
    assert desk.document("next", job, "--json") == []


def test_status_for_people(desk):
    done = desk.run("status")
    assert f"process {desk.daemon.pid}, for " in done.stdout
    assert "Scheduler:     enabled\n" in done.stdout
    assert "Jobs:          10, 1 disabled, 1 job with errors\n" in done.stdout
    assert "Failed:\n" in done.stdout
    assert str(desk.daemon.configuration) in done.stdout


def test_status_for_programs(desk):
    status = desk.document("status", "--json")
    assert status["pid"] == desk.daemon.pid
    assert status["bus"] == desk.bus.address
    assert status["enabled"] is True
    assert (status["job_count"], status["disabled_count"], status["error_count"]) == (10, 1, 1)
    assert status["running"] == []
    assert status["next_job"] in {"ok", "never ran", "bad exit"}
    assert status["failures"][0]["job"] == "bad exit"
    assert offset(status["started_at"]) == 9


def test_health_of_a_configuration_with_errors(desk):
    done = desk.run("health")
    assert done.returncode == 1
    assert "not healthy" in done.stdout
    assert "crn" in done.stderr
    done = desk.run("health", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["healthy"] is False


def test_a_listing_without_anything_says_so(empty_desk):
    empty_desk.daemon.configure()
    empty_desk.daemon.start()
    for words, sentence in {
        ("list",): "There are no jobs yet; ",
        ("history",): "Nothing has run yet.",
        ("history", "--state", "failed"): "No execution is like that.",
        ("next",): "No job is due.",
    }.items():
        done = empty_desk.run(*words)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith(sentence)
        assert empty_desk.document(*words, "--json") == []
    done = empty_desk.run("health")
    assert (done.returncode, done.stderr) == (0, "")
    assert "healthy" in done.stdout
