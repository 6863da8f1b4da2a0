from __future__ import annotations

from datetime import datetime

import pytest

from wakeful.cli.policies import policy_facts
from wakeful.client.records import Policies


def test_list_shows_why_a_slot_waits(machine):
    lines = machine.run("list").stdout.splitlines()
    (charged,) = [line for line in lines if line.startswith("charged ")]
    assert charged.endswith("  waiting: condition:ac")


def test_list_for_programs_has_the_slot_that_waits(machine):
    jobs = {job["name"]: job for job in machine.document("list", "--json")}
    assert jobs["charged"]["waiting_reason"] == "condition:ac"
    assert datetime.fromisoformat(jobs["charged"]["waiting"]).utcoffset() is not None
    assert (jobs["backup"]["waiting"], jobs["backup"]["waiting_reason"]) == (None, None)


def test_show_tells_the_slot_that_waits_and_the_policies(machine):
    said = machine.run("show", "charged").stdout
    assert "\nWaiting:   condition:ac, the slot of 2" in said
    assert "\nOnly when: ac yes, deadline 4 h, at deadline miss\n" in said
    said = machine.run("show", "backup").stdout
    assert "\nIf missed: run-once, within 2 d\n" in said
    assert "Clock change" not in said


def test_show_for_programs_has_policies_and_notes(machine):
    job = machine.document("show", "charged", "--json")
    assert job["policies"] == {
        "priority": "normal",
        "dst": None,
        "missed": {"policy": "run-once", "cap": 10},
        "when": {"ac": True, "deadline_ms": 14_400_000, "at_deadline": "miss"},
        "wake": None,
        "on_sleep": {"policy": "continue", "at_most_ms": 1_800_000},
    }
    job = machine.document("show", "backup", "--json")
    assert job["policies"]["missed"] == {"policy": "run-once", "within_ms": 172_800_000, "cap": 10}
    assert len(job["notes"]) == len(job["slots"])


@pytest.mark.parametrize(
    ("policies", "facts"),
    [
        (Policies(priority="high"), {"Priority": "high"}),
        (
            Policies(
                priority="normal",
                dst="debian",
                missed={"policy": "run-once", "cap": 10},
                on_sleep={"policy": "continue", "at_most": 60_000_000},
            ),
            {},
        ),
        (Policies(priority="normal", dst="skip"), {"Clock change": "skip"}),
        (
            Policies(priority="normal", missed={"policy": "run-all", "cap": 3}),
            {"If missed": "run-all, cap 3"},
        ),
        (
            Policies(priority="normal", on_sleep={"policy": "hold", "at_most": 60_000_000}),
            {"On sleep": "hold, at most 1 min"},
        ),
        (
            Policies(
                priority="normal",
                when={"metered": False, "load_below": 2.0, "battery_above": 30},
                wake={"lead": 0, "lid": True},
            ),
            {
                "Only when": "metered no, load below 2, battery above 30",
                "Wakes": "lead 0 ms, lid yes",
            },
        ),
    ],
)
def test_policies_in_words(policies, facts):
    assert {label: cell.text for label, cell in policy_facts(policies) if cell.text} == facts
