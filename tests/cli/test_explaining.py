from __future__ import annotations

from datetime import datetime

import pytest

KEYS = [
    "job",
    "slot",
    "state",
    "reason",
    "text",
    "obstacles",
    "execution_id",
    "execution_state",
    "first",
    "last",
    "count",
    "periods",
]


def test_why_says_what_stands_in_the_way_of_the_next_slot(machine):
    done = machine.run("why", "charged")
    assert done.returncode == 0
    facts = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert (facts["State"].strip(), facts["Reason"].strip()) == ("deferred", "condition:ac")
    assert "It runs on mains power only; the machine is on battery." in done.stdout


def test_why_for_programs_has_the_keys_of_explain(machine):
    document = machine.document("why", "charged", "--json")
    assert list(document) == [*KEYS, "previous"]
    assert (document["state"], document["reason"]) == ("deferred", "condition:ac")
    assert document["obstacles"] == ["It runs on mains power only; the machine is on battery."]
    assert datetime.fromisoformat(document["slot"]).utcoffset() is not None
    assert document["previous"] is None


def test_why_names_the_last_slot_that_was_not_executed(machine):
    previous = machine.document("why", "busy", "--json")["previous"]
    assert list(previous) == KEYS
    assert (previous["state"], previous["reason"]) == ("skipped", "overlap")
    said = machine.run("why", "busy").stdout
    assert "\nNot executed before:\n" in said
    assert "he job was still running" in said


def test_why_of_a_time_tells_what_became_of_the_slot_before_it(machine):
    document = machine.document("why", "ran", "-0s", "--json")
    assert list(document) == KEYS
    assert (document["state"], document["execution_state"]) == ("executed", "succeeded")
    (execution,) = machine.document("history", "--job", "ran", "--json")
    assert document["execution_id"] == execution["execution_id"]
    assert "State:     executed, succeeded\n" in machine.run("why", "ran", "today").stdout


@pytest.mark.parametrize("time", ["yesterday 02:30", "-3h", "02:30", "2026-03-29T02:30:00+01:00"])
def test_a_slot_from_before_the_job_is_not_known(machine, time):
    document = machine.document("why", "backup", time, "--json")
    assert document["state"] == "unknown"
    assert "not on record" in document["text"]


def test_times_without_offset_are_in_the_zone_of_the_job(machine):
    slot = machine.document("why", "backup", "yesterday 12:00", "--json")["slot"]
    assert slot[11:19] == "02:30:00"


def test_a_time_that_cannot_be_read_is_wrong_usage(machine):
    done = machine.run("why", "backup", "some day", WAKEFUL_BUS="unix:path=/nowhere")
    assert done.returncode == 2
    assert "'some day' is not a time" in done.stderr
    assert "'wakeful why --help'" in done.stderr


def test_why_of_a_job_that_is_not_there(machine):
    done = machine.run("why", "nothing")
    assert (done.returncode, done.stderr) == (1, "wakeful: there is no job 'nothing'\n")


def test_a_missed_slot_is_made_up_for_if_the_answer_is_run(machine):

    if "waiting" in machine.daemon.job("asks"):
        done = machine.run("answer", "asks", "run")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "asks makes up for its missed slot now.\n"
    (execution,) = machine.document("history", "--job", "asks", "--json")
    assert execution["cause"] == "catch-up"


def test_a_missed_slot_is_given_up_if_the_answer_is_skip(machine):
    before = machine.document("why", "asks too", "--json")
    assert before["reason"] == "condition:answer"
    assert "a person is to say" in before["obstacles"][0]
    done = machine.run("answer", "asks too", "skip")
    assert (done.returncode, done.stderr) == (0, "asks too does not make up for its missed slot.\n")
    after = machine.document("why", "asks too", "--json")
    assert after["state"] == "planned"
    assert after["previous"]["state"] == "skipped"
    assert machine.document("history", "--job", "asks too", "--json") == []


def test_there_is_nothing_to_answer(machine):
    done = machine.run("answer", "backup", "run")
    assert done.returncode == 1
    assert "no missed run to decide on" in done.stderr
    assert machine.run("answer", "backup", "perhaps").returncode == 2
