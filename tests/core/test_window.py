from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.window import Window, parse_window, window_between

HOUR = 3600


@pytest.mark.parametrize(
    ("written", "window", "text"),
    [
        ("08:00-18:00", Window(8 * HOUR, 18 * HOUR), "08:00-18:00"),
        (" 8:00 - 18:30 ", Window(8 * HOUR, 18 * HOUR + 1800), "08:00-18:30"),
        ("22:00-06:00", Window(22 * HOUR, 6 * HOUR), "22:00-06:00"),
        ("00:00-24:00", Window(0, 24 * HOUR), "00:00-24:00"),
        ("22:00-00:00", Window(22 * HOUR, 0), "22:00-00:00"),
        ("08:00:05-08:00:10", Window(8 * HOUR + 5, 8 * HOUR + 10), "08:00:05-08:00:10"),
    ],
)
def test_a_window_is_a_time_of_the_day_to_another(written, window, text):
    assert parse_window(written) == window
    assert window.text == text
    assert window_between(*written.split("-")) == window


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "'' is not a time of day to another; write for example 08:00-18:00"),
        ("08:00", "'08:00' is not a time of day to another"),
        ("08:00-12:00-18:00", "is not a time of day to another"),
        ("8-18", "'8' is not a time of the day; write for example 08:00"),
        ("08:00-24:01", "'24:01' is not a time of the day"),
        ("08:60-09:00", "'08:60' is not a time of the day"),
        ("08:00-09:00:60", "'09:00:60' is not a time of the day"),
        ("٠٨:00-09:00", "is not a time of the day"),
        ("08:00-08:00", "a window cannot end at the time at which it begins"),
        ("24:00-08:00", "a window cannot begin at 24:00; write 00:00"),
    ],
)
def test_what_is_no_window_is_refused(written, message):
    with pytest.raises(ValueError, match=message):
        parse_window(written)


@given(st.integers(0, 86_399), st.integers(0, 86_400))
def test_a_window_is_read_as_it_is_written(begin, end):
    if begin != end:
        assert parse_window(Window(begin, end).text) == Window(begin, end)


def test_a_window_over_midnight_has_a_part_in_the_morning_and_one_in_the_evening():
    assert Window(8, 18).parts == ((8, 18),)
    assert Window(18, 8).parts == ((0, 8), (18, 86_400))
    assert Window(18, 0).parts == ((18, 86_400),)
