from __future__ import annotations

import contextlib
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli.times import parse_time
from wakeful.core.instant import HOUR, MINUTE, SECOND, from_datetime

BERLIN = "Europe/Berlin"
NOW = from_datetime(datetime(2026, 3, 29, 9, 15, tzinfo=ZoneInfo(BERLIN)))


def berlin(*parts):
    return from_datetime(datetime(*parts, tzinfo=ZoneInfo(BERLIN)))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("08:30", berlin(2026, 3, 29, 8, 30)),
        ("8:30", berlin(2026, 3, 29, 8, 30)),
        ("09:15:00", berlin(2026, 3, 29, 9, 15)),
        ("23:00", berlin(2026, 3, 28, 23)),
        ("today 23:00", berlin(2026, 3, 29, 23)),
        ("Yesterday  02:30", berlin(2026, 3, 28, 2, 30)),
        ("tomorrow 02:30", berlin(2026, 3, 30, 2, 30)),
        ("2026-03-01 02:30", berlin(2026, 3, 1, 2, 30)),
        ("2026-03-01T02:30", berlin(2026, 3, 1, 2, 30)),
        ("2026-03-01T02:30:00Z", berlin(2026, 3, 1, 3, 30)),
        ("2026-03-01 02:30:00+01:00", berlin(2026, 3, 1, 2, 30)),
        ("3h", NOW - 3 * HOUR),
        ("-3h", NOW - 3 * HOUR),
        ("1h30m ago", NOW - 90 * MINUTE),
        ("in 5m", NOW + 5 * MINUTE),
        ("+5m", NOW + 5 * MINUTE),
    ],
)
def test_a_time_is_read_in_the_zone_of_the_job(text, instant):
    assert parse_time(text, NOW, BERLIN) == instant


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("yesterday", berlin(2026, 3, 29)),
        ("2026-03-01", berlin(2026, 3, 2)),
        ("tomorrow", berlin(2026, 3, 31)),
    ],
)
def test_a_day_stands_for_its_end(text, end):
    assert parse_time(text, NOW, BERLIN) == end - 1


def test_a_day_that_is_not_over_stands_for_now():
    assert parse_time("today", NOW, BERLIN) == NOW
    assert parse_time("2026-03-29", NOW, BERLIN) == NOW


def test_a_time_that_the_clock_left_out_is_as_long_after_the_hour_before():
    assert parse_time("02:30", NOW, BERLIN) == berlin(2026, 3, 29, 3, 30)


def test_without_a_zone_the_local_one_counts(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_time("1970-01-01 09:00:01", NOW) == SECOND
        assert parse_time("2026-03-29 16:00", NOW) == NOW - 15 * MINUTE
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text", ["", "30", "2026", "soon", "25:00", "yesterday noon", "2026-13-01", "1900-01-01", "3x"]
)
def test_what_is_no_time_is_refused_with_examples(text):
    with pytest.raises(ValueError, match=r"write for example|before 1970"):
        parse_time(text, NOW, BERLIN)


@given(st.text())
def test_reading_never_fails_otherwise(text):
    with contextlib.suppress(ValueError):
        assert parse_time(text, NOW, BERLIN) >= 0
