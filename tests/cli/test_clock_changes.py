from __future__ import annotations

from datetime import datetime

import pytest

CHANGE_KEYS = [
    "job",
    "timezone",
    "at",
    "offset_before_seconds",
    "offset_after_seconds",
    "kind",
    "effect",
    "count",
    "times",
    "runs_at",
    "text",
]
JOB_CANNOT = "Not told here, for they follow calendar events: event.\n"


def test_dst_for_people(machine):
    done = machine.run("dst", "--years", "1")
    heading, *lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert heading.split() == ["DATE", "CLOCK", "JOB", "WHAT", "HAPPENS"]
    assert any(
        "  02:00 → 03:00  backup      02:30 does not exist; it runs once instead, at 03:00" in line
        for line in lines
    )
    assert any(line.endswith("half hours  02:30 comes twice; 1 run more") for line in lines)
    assert lines == sorted(lines, key=lambda line: line[:10])
    assert done.stderr == JOB_CANNOT


def test_dst_for_programs(machine):
    document = machine.document("dst", "--json")
    assert list(document) == ["changes", "untold"]
    assert document["untold"] == ["event"]
    changes = document["changes"]
    assert all(list(change) == CHANGE_KEYS for change in changes)
    assert {change["job"] for change in changes} == {"backup", "half hours"}
    assert len(changes) == 8
    gap = next(one for one in changes if (one["job"], one["kind"]) == ("backup", "gap"))
    assert gap["timezone"] == "Europe/Berlin"
    assert gap["at"] == gap["runs_at"]
    assert datetime.fromisoformat(gap["at"]).utcoffset().total_seconds() == 7200
    assert (gap["offset_before_seconds"], gap["offset_after_seconds"]) == (3600, 7200)
    assert gap["times"][0].endswith("T02:30:00")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["backup"], {"backup"}),
        (["backup", "ran"], {"backup"}),
        (["backup", "half hours"], {"backup", "half hours"}),
    ],
)
def test_dst_of_some_jobs(machine, names, found):
    document = machine.document("dst", *names, "--json")
    assert {change["job"] for change in document["changes"]} == found
    assert document["untold"] == []


def test_dst_of_a_job_that_is_not_affected(machine):
    done = machine.run("dst", "ran", "--years", "1")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No change of the clock affects a job within 1 year.\n"
    assert machine.run("dst", "event").stderr.endswith(JOB_CANNOT)


def test_dst_of_a_job_that_is_not_there(machine):
    done = machine.run("dst", "backup", "half hour")
    assert done.returncode == 1
    assert "there is no job 'half hour'; did you mean 'half hours'" in done.stderr
    assert machine.run("dst", "nothing").returncode == 1


def test_next_marks_slots_near_a_clock_change(machine):
    slots = machine.document("next", "backup", "--count", "366", "--json")
    assert list(slots[0]) == ["job", "slot", "timezone", "note"]
    notes = {one["note"]: one["slot"] for one in slots if one["note"]}
    moved = notes["instead of 02:30, which the clock leaves out"]
    assert moved.endswith("T03:00:00+02:00")
    assert "02:30 comes twice; the first only" in notes
    lines = machine.run("next", "backup", "--count", "366").stdout.splitlines()
    assert lines[0].split() == ["TIME", "IN", "JOB", "NOTE"]
    assert any(line.endswith("  instead of 02:30, which the clock leaves out") for line in lines)


def test_next_has_no_notes_where_nothing_is_special(machine):
    lines = machine.run("next", "backup", "--count", "1").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[:3] == ["TIME", "IN", "JOB"]
