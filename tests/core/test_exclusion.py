from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.civil import LAST_DAY, day_number
from wakeful.core.exclusion import Exclusions, check_exclusion, exclusions_of


def number(text):
    day = date.fromisoformat(text)
    return day_number(day.year, day.month, day.day)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (["2026-12-24"], "2026-12-24"),
        ([" 2026-12-24 .. 2027-01-02 "], "2026-12-24..2027-01-02"),
        (["2026-12-26", "2026-12-24..2026-12-25"], "2026-12-24..2026-12-26"),
        (["2026-12-24..2026-12-31", "2026-12-26"], "2026-12-24..2026-12-31"),
        (["12-25", "05-01", "12-25"], "05-01,12-25"),
        (["12-31..01-02"], "01-01,01-02,12-31"),
        (["02-28..03-01"], "02-28,02-29,03-01"),
        ([], ""),
    ],
)
def test_days_can_be_written_in_several_ways_and_mean_the_same(written, text):
    assert exclusions_of(written).text == text


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "'' is not a day or a range of days; write for example 2026-12-24"),
        ("sat", "'sat' is not a day or a range of days"),
        ("24.12.2026", "is not a day or a range of days"),
        ("2026-02-29", "there is no day 2026-02-29"),
        ("13-01", "there is no day 13-01"),
        ("2026-12-24..", "is not a day or a range of days"),
        ("2026-12-24..12-26", "has a year on one side only"),
        ("2026-12-24..2026-12-20", "the range '2026-12-24..2026-12-20' runs backwards"),
    ],
)
def test_what_names_no_day_is_refused(written, message):
    with pytest.raises(ValueError, match=message):
        check_exclusion(written)


def test_a_range_over_the_turn_of_the_year_has_the_leap_day():
    days = exclusions_of(["12-01..03-15"])
    assert (2, 29) in days.yearly
    assert len(days.yearly) == 31 + 31 + 29 + 15


def test_where_every_day_is_excluded_none_is_left():
    days = exclusions_of(["01-01..12-31"])
    assert days.everything
    assert days.first_from(0) is None
    assert days.last_until(20_000) is None


def test_centuries_are_passed_over_in_one_step():
    days = exclusions_of(["1970-01-01..8999-12-30"])
    assert days.first_from(0) == LAST_DAY
    assert days.last_until(LAST_DAY - 1) is None
    assert exclusions_of(["1971-01-01..9500-12-31"]).first_from(400) is None


DAYS = st.integers(20_000, 20_800)


@given(
    st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=5),
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 28)), max_size=40),
    DAYS,
)
def test_the_next_day_is_the_first_that_is_neither_in_a_range_nor_on_the_list(runs, yearly, day):
    def excluded(number):
        moment = date.fromordinal(number + date(1970, 1, 1).toordinal())
        return (moment.month, moment.day) in yearly or any(
            first <= number <= first + length for first, length in runs
        )

    texts = [f"{month:02}-{day_of_month:02}" for month, day_of_month in yearly]
    for first, length in runs:
        texts.append(Exclusions(((first, first + length),)).text)
    days = exclusions_of(texts)
    expected = day
    while excluded(expected):
        expected += 1
    assert days.first_from(day) == expected
    expected = day
    while excluded(expected):
        expected -= 1
    assert days.last_until(day) == expected
    assert exclusions_of(filter(None, days.text.split(","))) == days
