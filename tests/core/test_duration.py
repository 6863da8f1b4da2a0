from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.duration import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("3d", 259_200),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1H30M", 5400),
        (" 15m ", 900),
        ("0.5s", 0.5),
        ("1.5h", 5400),
        ("1m1m", 120),
        ("90", 90),
        ("0", 0),
        (90, 90),
        (0.25, 0.25),
        (0, 0),
    ],
)
def test_a_duration_is_read_as_people_write_it(written, seconds):
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    ["", " ", "m15", "15x", "15 m", "1h 30m", "-5m", "1h-30m", "+5", "1e3", "nan", "1..5s", "s"],
)
def test_what_is_no_duration_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match="not a duration; write for example 90s"):
        parse_duration(written)


@pytest.mark.parametrize("written", [-1, -0.5, math.nan, -math.inf, True, False])
def test_a_number_that_is_no_duration_is_refused(written):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(written)


@pytest.mark.parametrize("written", ["101w" * 60, 1e300, math.inf, 10**400, "9" * 400])
def test_a_duration_ends_before_calendars_do(written):
    with pytest.raises(ValueError, match=r"hundred years|not a duration"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(days=8), "1w1d"),
        (timedelta(hours=25), "1d1h"),
        (timedelta(seconds=0.5), "0.5s"),
        (timedelta(minutes=1, milliseconds=250), "1m0.25s"),
        (timedelta(days=1, microseconds=1), "1d0.000001s"),
        (timedelta(seconds=59, microseconds=123_456), "59.123456s"),
    ],
)
def test_a_duration_is_written_with_the_largest_unit_first(duration, written):
    assert format_duration(duration) == written


@given(st.timedeltas(timedelta(), LONGEST))
def test_what_is_written_is_read_as_the_same(duration):
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(max_size=12) | st.floats() | st.integers())
def test_anything_else_is_a_duration_or_a_value_error(written):
    try:
        duration = parse_duration(written)
    except ValueError:
        return
    assert timedelta() <= duration <= LONGEST
