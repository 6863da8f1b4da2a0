"""Slots of any expression, held against a walk through every minute."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, to_iso

# A day each; what is walked is this day and two on either side.
DAYS = {
    "UTC": ["2026-02-28", "2028-02-29", "2026-12-31"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25", "2026-07-01"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Australia/Lord_Howe": ["2026-10-04", "2026-04-05"],
    "Asia/Kathmandu": ["2026-05-01", "1986-01-01"],
    "Pacific/Apia": ["2011-12-30", "2011-09-24"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],
    "Asia/Pyongyang": ["2018-05-04", "2015-08-15"],
    "Africa/Casablanca": ["2024-03-10", "2024-04-14"],
}
REACH = 2 * DAY


def fields(low, high):
    """A field as text, with the values it stands for."""
    every = frozenset(range(low, high + 1))
    return st.one_of(
        st.just(("*", every)),
        st.integers(low, high).map(lambda value: (str(value), frozenset({value}))),
        st.integers(2, high).map(lambda step: (f"*/{step}", frozenset(range(low, high + 1, step)))),
        st.tuples(st.integers(low, high), st.integers(low, high), st.integers(1, 20)).map(
            lambda one: (
                f"{min(one[:2])}-{max(one[:2])}/{one[2]}",
                frozenset(range(min(one[:2]), max(one[:2]) + 1, one[2])),
            )
        ),
        st.sets(st.integers(low, high), min_size=2, max_size=5).map(
            lambda chosen: (",".join(map(str, chosen)), frozenset(chosen))
        ),
    )


EXPRESSIONS = st.tuples(
    fields(0, 59),
    fields(0, 23),
    fields(1, 31),
    st.just(("*", frozenset(range(1, 13)))),
    fields(0, 6),
)
PLACES = st.sampled_from([(zone, day) for zone, days in DAYS.items() for day in days])


@cache
def minutes_around(zone_name, day):
    """Every minute around a day with its wall-clock time, from two days before what is walked."""
    zone = ZoneInfo(zone_name)
    middle = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    start = middle - timedelta(microseconds=2 * REACH)
    count = 3 * REACH // MINUTE
    moments = [start + timedelta(minutes=number) for number in range(count)]
    return [(from_datetime(one), one.astimezone(zone).replace(tzinfo=None)) for one in moments]


def walk(expression, zone_name, day):
    """Go through every minute as cron(8) describes it, and list the slots."""
    minutes, hours, days, months, weekdays = (values for _, values in expression)
    texts = [text for text, _ in expression]
    both = texts[2].startswith("*") or texts[4].startswith("*")
    wildcard = texts[0].startswith("*") or texts[1].startswith("*")

    def matches(wall):
        if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
            return False
        in_days, in_weekdays = wall.day in days, wall.isoweekday() % 7 in weekdays
        return (in_days and in_weekdays) if both else (in_days or in_weekdays)

    minute = timedelta(minutes=1)
    seen = None
    for instant, wall in minutes_around(zone_name, day):
        if wildcard or seen is None:
            due = matches(wall)
        elif wall <= seen:
            due = False  # it was here before
        else:
            due = False
            passed = seen + minute
            while passed <= wall and not due:  # more than one after a gap
                due = matches(passed)
                passed += minute
        seen = wall if seen is None else max(seen, wall)
        if due:
            yield instant


def schedule_of(expression, zone_name):
    try:
        parsed = parse_cron(" ".join(text for text, _ in expression))
    except ValueError:
        assume(False)
    return CronSchedule(parsed, ZoneInfo(zone_name))


GAP_AT_TWO = (
    ("30", frozenset({30})),
    ("2", frozenset({2})),
    ("*", frozenset(range(1, 32))),
    ("*", frozenset(range(1, 13))),
    ("*", frozenset(range(7))),
)


@given(EXPRESSIONS, PLACES, st.integers(0, REACH), st.integers(0, REACH))
@example(GAP_AT_TWO, ("Europe/Berlin", "2026-03-29"), 0, 2 * DAY)
@example(GAP_AT_TWO, ("Europe/Berlin", "2026-10-25"), 0, 2 * DAY)
@example(GAP_AT_TWO, ("Pacific/Apia", "2011-12-30"), 0, 2 * DAY)
@settings(max_examples=40)
def test_slots_are_those_of_a_walk_through_every_minute(expression, place, offset, length):
    schedule = schedule_of(expression, place[0])
    slots = list(walk(expression, *place))
    begin = minutes_around(*place)[0][0] + REACH + offset
    end = begin + length

    expected = slots[bisect_right(slots, begin) : bisect_right(slots, end)]
    forwards, instant = [], begin
    while (instant := schedule.next_after(instant)) is not None and instant <= end:
        forwards.append(instant)
    backwards, instant = [], end
    while (instant := schedule.last_until(instant)) is not None and instant > begin:
        backwards.insert(0, instant)
        instant -= 1

    assert forwards == expected
    assert backwards == expected
    assert schedule.count_between(begin, end) == len(expected)


@given(EXPRESSIONS, st.sampled_from([*DAYS, "Europe/London"]), st.integers(2 * DAY, 60 * 365 * DAY))
@settings(max_examples=40)
def test_the_three_questions_agree_over_decades(expression, zone_name, start):
    schedule = schedule_of(expression, zone_name)
    slots, instant = [], start
    for _ in range(40):
        instant = schedule.next_after(instant)
        slots.append(instant)
    assert start < slots[0]
    assert slots == sorted(set(slots))
    assert all(slot % MINUTE == 0 for slot in slots)
    assert [schedule.last_until(slot) for slot in slots] == slots
    assert [schedule.last_until(slot - 1) for slot in slots[1:]] == slots[:-1]
    assert schedule.count_between(start, slots[-1]) == len(slots)
    assert schedule.count_between(slots[9], slots[19] + MINUTE // 2) == 10
    assert schedule.count_between(slots[9], slots[9]) == 0
    assert schedule.count_between(slots[9], start) == 0
    assert schedule.count_between(slots[9] - 1, slots[9]) == 1


def slots_of(text, zone_name, after, count):
    zone = ZoneInfo(zone_name)
    schedule = CronSchedule(parse_cron(text), zone)
    instant = from_datetime(datetime.fromisoformat(after))
    found = []
    for _ in range(count):
        instant = schedule.next_after(instant)
        found.append(to_iso(instant, zone))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Fixed-time jobs run right after the gap, once.
        ("30 2 * * *", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("0,30 2 * * *", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"]),
        ("30 2,3 * * *", ["2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"]),
        ("0 2,3 * * *", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"]),
        ("30 2 29 3 *", ["2026-03-29T03:00:00+02:00", "2027-03-29T02:30:00+02:00"]),
        # Those with a wildcard follow the wall clock, which does not show 02:30.
        ("30 * * * *", ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"]),
        ("*/30 2 * * *", ["2026-03-30T02:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
    ],
)
def test_a_time_that_does_not_exist(text, expected):
    assert slots_of(text, "Europe/Berlin", "2026-03-29T01:00:00+01:00", 2) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Fixed-time jobs run the first time.
        ("30 2 * * *", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        ("30 2 25 10 *", ["2026-10-25T02:30:00+02:00", "2027-10-25T02:30:00+02:00"]),
        # Those with a wildcard run both times.
        ("30 * * * *", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
        ("30 */2 * * *", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
    ],
)
def test_a_time_that_comes_twice(text, expected):
    assert slots_of(text, "Europe/Berlin", "2026-10-25T02:00:00+02:00", 2) == expected


def test_a_day_that_does_not_exist_runs_its_jobs_when_the_next_begins():
    assert slots_of("0 9 * * *", "Pacific/Apia", "2011-12-29T09:00:00-10:00", 3) == [
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T09:00:00+14:00",
        "2012-01-01T09:00:00+14:00",
    ]


@pytest.mark.parametrize("text", ["0 9 * * 1-5", "0 9 * * MON-FRI"])
def test_weekdays_count_from_sunday(text):
    slots = slots_of(text, "UTC", "2026-01-01T00:00:00+00:00", 5)
    assert [slot[:10] for slot in slots] == [
        "2026-01-01",
        "2026-01-02",
        "2026-01-05",
        "2026-01-06",
        "2026-01-07",
    ]


def test_a_minute_that_has_begun_is_over():
    schedule = CronSchedule(parse_cron("* * * * *"), UTC)
    noon = from_datetime(datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert schedule.next_after(noon) == noon + MINUTE
    assert schedule.next_after(noon - 1) == noon
    assert schedule.next_after(noon + 29 * SECOND + 1) == noon + MINUTE
    assert schedule.last_until(noon + MINUTE - 1) == noon


def test_there_is_an_end_of_time():
    schedule = CronSchedule(parse_cron("0 0 29 2 *"), UTC)
    last = from_datetime(datetime(8996, 2, 29, tzinfo=UTC))
    assert schedule.next_after(last - 1) == last
    assert schedule.next_after(last) is None


def test_there_is_a_beginning_of_time():
    schedule = CronSchedule(parse_cron("0 0 29 2 *"), UTC)
    first = from_datetime(datetime(1972, 2, 29, tzinfo=UTC))
    assert schedule.last_until(first) == first
    assert schedule.last_until(first - 1) is None


def test_a_hundred_years_are_counted_without_looking_at_each_day_of_them():
    schedule = CronSchedule(parse_cron("*/5 * * * *"), ZoneInfo("Europe/Berlin"))
    begin = from_datetime(datetime(2000, 1, 1, 12, tzinfo=UTC))
    end = from_datetime(datetime(2020, 1, 1, 12, tzinfo=UTC))
    assert schedule.count_between(begin, end) == (end - begin) // (5 * MINUTE)


def test_it_does_not_remember_every_day_it_was_asked_about():
    schedule = CronSchedule(parse_cron("0 12 * * *"), ZoneInfo("Europe/Berlin"))
    instant = begin = from_datetime(datetime(2020, 1, 1, 11, tzinfo=UTC))
    for _ in range(8 * 365):
        following = schedule.next_after(instant)
        assert instant < following <= instant + DAY + HOUR
        instant = following
    assert schedule.count_between(begin, instant) == 8 * 365
    assert len(schedule._near) < 32
    assert len(schedule._months) < 128


def test_schedules_of_one_expression_and_zone_are_equal_whatever_they_have_cached():
    one = CronSchedule(parse_cron("0 9 * * *"), ZoneInfo("Europe/Berlin"))
    other = CronSchedule(parse_cron("0 9 * * *"), ZoneInfo("Europe/Berlin"))
    one.next_after(0)
    assert one == other
