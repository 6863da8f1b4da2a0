from __future__ import annotations

from datetime import datetime

import pytest

KEYS = [
    "preparing_for_sleep",
    "wake_count",
    "last_wake",
    "last_nap_ms",
    "wake_at",
    "wake_job",
    "holds",
    "missing",
    "periods",
]
PERIOD_KEYS = ["kind", "since", "until", "asleep_ms", "step_ms", "source"]


@pytest.fixture(scope="module")
def rested(machine):
    """A machine that slept for a moment."""
    count = machine.document("power", "--json")["wake_count"]
    machine.logind.prepare(for_sleep=True)
    machine.await_power(lambda power: power["preparing_for_sleep"])
    machine.logind.prepare(for_sleep=False)
    machine.await_power(lambda power: power["wake_count"] > count and power["periods"])
    return machine


def test_power_for_people(rested):
    done = rested.run("power")
    facts, _, table = done.stdout.partition("\n\n")
    assert done.returncode == 0
    assert facts.startswith("Machine:      awake\nLast wake-up: ")
    assert "of sleep; " in facts
    assert "Next wake-up: no job is to wake the machine" in facts
    assert "Missing:      NetworkManager: " in facts
    assert table.splitlines()[0].split() == ["WHAT", "FROM", "UNTIL", "FOR", "NOTICED", "BY"]
    assert table.splitlines()[1].startswith("asleep  2")
    assert table.splitlines()[1].endswith("logind")


def test_power_for_programs(rested):
    power = rested.document("power", "--json")
    assert list(power) == KEYS
    assert all(list(period) == PERIOD_KEYS for period in power["periods"])
    assert power["preparing_for_sleep"] is False
    assert power["holds"] == []
    assert "NetworkManager" in power["missing"]
    assert datetime.fromisoformat(power["last_wake"]).utcoffset() is not None
    assert power["periods"][0]["kind"] == "asleep"


def test_only_some_periods(rested):
    assert len(rested.document("power", "--limit", "1", "--json")["periods"]) == 1
    assert rested.document("power", "--since", "2099-01-01", "--json")["periods"] == []
    done = rested.run("power", "--since", "2099-01-01")
    assert (done.returncode, done.stderr) == (0, "No sleep is on record.\n")
    assert rested.run("power", "--since", "soon").returncode == 2


@pytest.mark.may_leave("open file descriptor")  # of the lock that is taken anew after each sleep
def test_a_machine_that_is_about_to_sleep(machine):
    machine.logind.prepare(for_sleep=True)
    try:
        machine.await_power(lambda power: power["preparing_for_sleep"])
        assert machine.run("power").stdout.startswith("Machine:      about to sleep\n")
    finally:
        machine.logind.prepare(for_sleep=False)
        machine.await_power(lambda power: not power["preparing_for_sleep"])
