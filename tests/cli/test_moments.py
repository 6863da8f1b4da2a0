from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli import moments
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND

NOW = 1_800_000_000 * SECOND  # 2027-01-15T08:00:00Z


@pytest.fixture(autouse=True)
def _in_tokyo(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (0, "now"),
        (SECOND - 1, "now"),
        (5 * SECOND, "in 5 s"),
        (-89 * SECOND, "89 s ago"),
        (2 * MINUTE, "in 2 min"),
        (-2 * MINUTE - 31 * SECOND, "3 min ago"),
        (89 * MINUTE, "in 89 min"),
        (3 * HOUR, "in 3 h"),
        (-35 * HOUR, "35 h ago"),
        (2 * DAY, "in 2 d"),
        (-59 * DAY, "59 d ago"),
        (61 * DAY, "2027-03-17"),
    ],
)
def test_how_far_away(distance, text):
    assert moments.relative(NOW + distance, NOW) == text


def test_none_is_shown_as_nothing():
    assert moments.relative(None, NOW) == ""
    assert moments.exact(None) == ""
    assert moments.lasted(None) == ""
    assert moments.iso(None) is None
    assert moments.milliseconds(None) is None


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 ms"),
        (850_000, "850 ms"),
        (2_349_999, "2.3 s"),
        (10 * SECOND, "10 s"),
        (65 * SECOND, "1 min 5 s"),
        (2 * HOUR, "2 h"),
        (25 * HOUR, "1 d 1 h"),
    ],
)
def test_how_long(duration, text):
    assert moments.lasted(duration) == text


def test_exact_times_are_local_or_in_the_zone_of_the_job():
    assert moments.exact(NOW) == "2027-01-15 17:00:00 JST"
    assert moments.exact(NOW, "Europe/Berlin") == "2027-01-15 09:00:00 CET"
    assert moments.iso(NOW) == "2027-01-15T17:00:00+09:00"
    assert moments.iso(NOW + 1, "Europe/Berlin") == "2027-01-15T09:00:00.000001+01:00"


def test_a_zone_unknown_here_falls_back_to_the_local_one():
    assert moments.iso(NOW, "Mars/Olympus_Mons") == "2027-01-15T17:00:00+09:00"
    assert moments.iso(NOW, "../../etc/passwd") == "2027-01-15T17:00:00+09:00"


@pytest.mark.parametrize(("microseconds", "whole"), [(1499, 1), (-1501, -2), (2_516_466, 2516)])
def test_milliseconds_are_rounded(microseconds, whole):
    assert moments.milliseconds(microseconds) == whole


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2h", NOW - 2 * HOUR),
        ("1h30m", NOW - 90 * MINUTE),
        (" 3d ", NOW - 3 * DAY),
        ("2027-01-15", NOW - 17 * HOUR),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15 17:00", NOW),
        ("2027-01-15T09:00:00+01:00", NOW),
    ],
)
def test_since(text, instant):
    assert moments.parse_since(text, NOW) == instant


@pytest.mark.parametrize(
    "text", ["", "30", "2026", "yesterday", "-2h", "2027-13-01", "1900-01-01", "99999d", "2.5", "²"]
)
def test_what_since_does_not_understand(text):
    with pytest.raises(ValueError, match=r"neither a duration|before 1970"):
        moments.parse_since(text, NOW)


@given(st.text())
def test_since_never_fails_otherwise(text):
    with contextlib.suppress(ValueError):
        assert moments.parse_since(text, NOW) >= 0
