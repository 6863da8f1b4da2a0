"""The function for programs; its slots are held against those of Debian in test_cron_vectors."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wakeful.cron import upcoming

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_slots_are_in_the_zone_asked_for():
    first, second = upcoming("30 2 * * *", "Europe/Berlin", NOON, 2)
    assert first.isoformat() == "2026-03-29T03:00:00+02:00"
    assert second.isoformat() == "2026-03-30T02:30:00+02:00"
    assert first.tzinfo is second.tzinfo is BERLIN


@pytest.mark.parametrize("zone", ["Europe/Berlin", BERLIN])
def test_a_zone_is_a_name_or_a_tzinfo(zone):
    assert len(upcoming("@hourly", zone, NOON, 3)) == 3


def test_the_moment_itself_is_not_listed_and_may_be_of_another_zone():
    after = datetime(2026, 3, 28, 13, tzinfo=BERLIN)
    assert upcoming("0 12 * * *", "UTC", after, 1) == [NOON + timedelta(days=1)]
    before = after - timedelta(microseconds=1)
    assert upcoming("0 12 * * *", "UTC", before, 1) == [NOON]


def test_a_policy_can_be_chosen():
    slots = upcoming("30 2 * * *", "Europe/Berlin", NOON, 1, policy="skip")
    assert [slot.isoformat() for slot in slots] == ["2026-03-30T02:30:00+02:00"]


def test_both_passes_of_a_repeated_hour_are_told_apart():
    after = datetime(2026, 10, 25, 0, 20, tzinfo=UTC)
    slots = upcoming("30 * * * *", BERLIN, after, 2)
    assert [slot.isoformat() for slot in slots] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]


@pytest.mark.parametrize("expression", ["0 0 31 2 *", "0 22-2 * * *", "0 0 * * FRI-SUN"])
def test_there_is_nothing_of_what_never_fires(expression):
    assert upcoming(expression, "UTC", NOON, 5) == []


def test_there_is_nothing_at_the_end_of_time_and_nothing_if_nothing_is_asked_for():
    assert upcoming("0 0 1 1 *", "UTC", datetime(8999, 6, 1, tzinfo=UTC), 5) == []
    assert upcoming("* * * * *", "UTC", NOON, 0) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("0 0 * * monday", "UTC", NOON, 1), "weekday field of '0 0 \\* \\* monday'"),
        (("@reboot", "UTC", NOON, 1), "no time but an event"),
        (("* * * * *", "Europe/Atlantis", NOON, 1), "no time zone 'Europe/Atlantis'; names look"),
        (("* * * * *", "../etc/passwd", NOON, 1), "no time zone '../etc/passwd'"),
        (("* * * * *", "", NOON, 1), "no time zone ''"),
        (
            ("* * * * *", "UTC", NOON.replace(tzinfo=None), 1),
            "'after' is 2026-03-28T12:00:00; it needs",
        ),
        (("* * * * *", "UTC", NOON, -1), "'count' is -1; it cannot be negative"),
    ],
)
def test_a_mistake_is_told(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        upcoming(*arguments)


def test_an_unknown_policy_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError, match="'shift' is not a policy; there are debian, skip, twice, sys"
    ):
        upcoming("* * * * *", "UTC", NOON, 1, policy="shift")


def test_it_loads_nothing_heavy():
    code = "import sys, wakeful.cron; print(*(name.partition('.')[0] for name in sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"asyncio", "pydantic", "apscheduler", "dbus_next", "sqlite3", "click", "logging"}
    assert heavy & set(answer.stdout.split()) == set()
