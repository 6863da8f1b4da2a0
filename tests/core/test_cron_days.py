"""Days relative to the month, held against a walk through calendars."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.civil import FIRST_YEAR, LAST_DAY, date_of, day_number, month_length, weekday_of
from wakeful.core.cron import NeverFiresError, parse_cron

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
DATES = st.dates(date(1970, 1, 1), date(2400, 12, 31))


def dates(year, month):
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def matching(text, year, month):
    mask = parse_cron(text).days_of_month(year, month)
    return [one for one in dates(year, month) if mask >> one.day & 1]


def is_workday(one):
    return one.isoweekday() <= 5


@pytest.mark.parametrize(
    ("text", "year", "month", "days"),
    [
        # February 2026 begins on a Sunday, August 2026 on a Saturday.
        ("0 0 L * *", 2026, 2, [28]),
        ("0 0 L * *", 2028, 2, [29]),
        ("0 0 l * *", 2026, 8, [31]),
        ("0 0 L-3 * *", 2026, 8, [28]),
        ("0 0 L-30 * *", 2026, 8, [1]),
        ("0 0 L-30 * *", 2026, 2, []),
        ("0 0 1,L * *", 2026, 8, [1, 31]),
        ("0 0 LW * *", 2026, 2, [27]),
        ("0 0 LW * *", 2026, 8, [31]),
        ("0 0 15W * *", 2026, 2, [16]),
        ("0 0 15W * *", 2026, 8, [14]),
        ("0 0 1W * *", 2026, 8, [3]),
        ("0 0 31W * *", 2027, 1, [29]),
        ("0 0 31W * *", 2026, 5, [29]),
        ("0 0 31W * *", 2026, 2, []),
        ("0 0 * * MON#1", 2026, 2, [2]),
        ("0 0 * * 5#4", 2026, 8, [28]),
        ("0 0 * * 6#5", 2026, 8, [29]),
        ("0 0 * * 6#5", 2026, 2, []),
        ("0 0 * * 0#1,7#3", 2026, 2, [1, 15]),
        ("0 0 * * 5L", 2026, 2, [27]),
        ("0 0 * * sunL", 2026, 2, [22]),
        ("0 0 * * 7L", 2026, 8, [30]),
        ("0 0 * * MON,FRIL", 2026, 2, [2, 9, 16, 23, 27]),
        # Either day field is enough, unless one starts with a star.
        ("0 0 L * MON#1", 2026, 2, [2, 28]),
        ("0 0 */2 * MON#1", 2026, 2, []),
        ("0 0 */2 * MON#2", 2026, 2, [9]),
        ("0 0 L 2 *", 2026, 8, []),
    ],
)
def test_a_day_relative_to_the_month(text, year, month, days):
    assert [one.day for one in matching(text, year, month)] == days


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 0 L-31 * *", "no month has a day 31 days before its last"),
        ("0 0 32W * *", "32 is not between 1 and 31"),
        ("0 0 0W * *", "0 is not between 1 and 31"),
        ("0 0 W * *", "'W' is not a day of month"),
        ("0 0 LWL * *", "'LWL' is not a day of month"),
        ("0 0 L-x * *", "'L' is not a day of month"),
        ("0 0 * L *", "'L' is not a month"),
        ("0 0 * * L", "'L' is not a weekday"),
        ("0 0 * * 8L", "'8L' is not a weekday"),
        ("0 0 * * 8#1", "8 is not between 0 and 7"),
        ("L 0 * * *", "'L' is not a minute"),
    ],
)
def test_what_only_looks_like_one_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_cron(text)


@pytest.mark.parametrize("text", ["0 0 30W 2 *", "0 0 L-30 4 *", "0 0 L-29 2 *"])
def test_a_day_that_its_months_never_have_is_refused(text):
    with pytest.raises(NeverFiresError):
        parse_cron(text)


@given(DATES, st.sampled_from(WEEKDAYS), st.integers(1, 5))
def test_the_nth_weekday_is_the_nth_of_those_in_the_calendar(one, weekday, number):
    month = dates(one.year, one.month)
    same = [day for day in month if day.isoweekday() % 7 == WEEKDAYS.index(weekday)]
    assert matching(f"0 0 * * {weekday}#{number}", one.year, one.month) == same[number - 1 : number]
    assert matching(f"0 0 * * {weekday}L", one.year, one.month) == same[-1:]


@given(DATES, st.integers(1, 31), st.integers(0, 30))
def test_the_nearest_workday_and_the_last_are_those_in_the_calendar(one, wanted, before):
    month = dates(one.year, one.month)
    workdays = [day for day in month if is_workday(day)]
    nearest = sorted(workdays, key=lambda day: abs(day.day - wanted))[:1]
    expected = nearest if wanted <= len(month) else []
    assert matching(f"0 0 {wanted}W * *", one.year, one.month) == expected
    assert matching("0 0 LW * *", one.year, one.month) == workdays[-1:]
    assert (
        matching(f"0 0 L-{before} * *", one.year, one.month)
        == month[-1 - before :][: int(before < len(month))]
    )


EXPRESSIONS = st.sampled_from(
    ["* * * * *", "0 0 13 * FRI", "0 0 29 2 *", "0 0 */9 2,7 2-4", "0 0 L * *", "0 0 * * TUE#5"]
).map(parse_cron)


@given(EXPRESSIONS, DATES, st.integers(0, 2000))
def test_days_are_found_and_counted_as_in_a_walk(expression, begin, length):
    pattern, first = expression.pattern, day_number(begin.year, begin.month, begin.day)
    walk = [begin + timedelta(days=number) for number in range(length)]
    expected = [
        day_number(one.year, one.month, one.day)
        for one in walk
        if expression.days_of_month(one.year, one.month) >> one.day & 1
    ]
    forwards, day = [], first
    while (day := pattern.next_day(day)) < first + length:
        forwards.append(day)
        day += 1
    backwards, day = [], first + length - 1
    while (day := pattern.last_day(day)) is not None and day >= first:
        backwards.insert(0, day)
        day -= 1
    assert forwards == expected
    assert backwards == expected
    assert pattern.count(first, first + length) == len(expected)
    assert all(map(pattern.matches, expected))


@given(DATES)
def test_the_calendar_is_that_of_the_standard_library(one):
    number = day_number(one.year, one.month, one.day)
    assert date_of(number) == (one.year, one.month, one.day)
    assert weekday_of(number) == one.isoweekday() % 7
    assert month_length(one.year, one.month) == calendar.monthrange(one.year, one.month)[1]


def test_days_have_a_beginning_and_an_end():
    daily = parse_cron("0 0 * * *").pattern
    assert daily.last_day(0) == 0 == day_number(FIRST_YEAR, 1, 1)
    assert daily.last_day(-1) is None
    assert daily.next_day(LAST_DAY) == LAST_DAY
    assert parse_cron("0 0 29 2 *").pattern.next_day(LAST_DAY - 30) is None


def test_not_every_block_of_days_is_remembered():
    pattern = parse_cron("0 0 7 7 *").pattern
    for day in range(0, LAST_DAY, 1000):
        pattern.next_day(day)
    assert len(pattern._blocks) <= 1024
