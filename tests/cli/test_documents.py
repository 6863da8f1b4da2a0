from __future__ import annotations

import json

from wakeful.cli.documents import (
    details_document,
    execution_document,
    job_document,
    print_document,
)
from wakeful.client.records import ExecutionRecord, JobDetails, JobRecord

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
SLOT = 1_800_000_000_000_000


def test_a_job_has_all_keys_of_the_contract():
    document = job_document(JobRecord(name="a"))
    assert list(document) == JOB_KEYS
    assert {key for key, value in document.items() if value is None} == {
        "description",
        "kind",
        "trigger",
        "schedule",
        "timezone",
        "next_run",
        "last_run",
        "last_state",
        "error",
        "waiting",
        "waiting_reason",
    }


def test_an_execution_has_all_keys_of_the_contract():
    document = execution_document(ExecutionRecord(execution_id="x", job="a", state="queued"))
    assert list(document) == EXECUTION_KEYS
    assert document["exit_status"] is None
    assert document["attempt"] == 1


def test_zero_is_not_nothing():
    execution = ExecutionRecord(execution_id="x", exit_status=0, duration=0, late=-2500)
    document = execution_document(execution)
    assert (document["exit_status"], document["duration_ms"], document["late_ms"]) == (0, 0, -2)


def test_times_of_a_job_are_in_its_zone():
    job = JobRecord(name="a", timezone="Europe/Berlin", next_run=SLOT)
    assert job_document(job)["next_run"] == "2027-01-15T09:00:00+01:00"
    details = JobDetails(job=job, slots=(SLOT,), timeout=1_500_000)
    assert details_document(details)["slots"] == ["2027-01-15T09:00:00+01:00"]
    assert details_document(details)["timeout_ms"] == 1500


def test_a_document_on_one_line(capsys):
    print_document({"job": "日本語\n"}, one_line=True)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"job": "日本語\n"}
