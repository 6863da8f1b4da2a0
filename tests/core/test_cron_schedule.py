"""Slots of any expression, held against a walk through every minute."""

from __future__ import annotations

import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import DAY, MINUTE, SECOND, from_datetime, to_datetime, to_iso
from wakeful.core.policy import DaylightSaving

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
    "Europe/Dublin": ["2024-03-31", "2024-10-27"],
    "Antarctica/Troll": ["2024-03-31", "2024-10-27"],
    "Pacific/Chatham": ["2024-04-07", "2024-09-29"],
    "America/Havana": ["2024-03-10", "2024-11-03"],
    # Shifts of three hours and more.
    "Antarctica/Casey": ["2009-10-18", "2010-03-05"],
    "Antarctica/Vostok": ["1994-02-01", "1994-11-01"],
    "Pacific/Kwajalein": ["1993-08-21"],
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
OFFSETS = st.integers(0, REACH)
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


def makes_up(policy, wildcard, ahead):
    if wildcard:
        return False
    return policy is DaylightSaving.TWICE or (policy is DaylightSaving.DEBIAN and ahead <= 180)


def repeats(policy, wildcard, ahead):
    if policy is DaylightSaving.SYSTEMD:
        return False
    if wildcard or policy is DaylightSaving.TWICE:
        return True
    return policy is DaylightSaving.DEBIAN and ahead <= -180


def walk(expression, zone_name, day, policy):
    """Go through every minute, compare it with the one expected, and list the slots."""
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
    last = None
    for instant, wall in minutes_around(zone_name, day):
        ahead = 1 if last is None else (wall - last) // minute
        due = matches(wall)
        if ahead > 1 and makes_up(policy, wildcard, ahead):
            due = due or any(matches(last + number * minute) for number in range(1, ahead))
        elif ahead < 1 and not repeats(policy, wildcard, ahead):
            due = False
        corrected = policy is DaylightSaving.DEBIAN and ahead <= -180
        last = wall if last is None or corrected else max(last, wall)
        if due:
            yield instant


def schedule_of(expression, zone_name, policy=DaylightSaving.DEBIAN):
    try:
        parsed = parse_cron(" ".join(text for text, _ in expression))
    except ValueError:
        assume(False)
    return CronSchedule(parsed, ZoneInfo(zone_name), policy)


GAP_AT_TWO = (
    ("30", frozenset({30})),
    ("2", frozenset({2})),
    ("*", frozenset(range(1, 32))),
    ("*", frozenset(range(1, 13))),
    ("*", frozenset(range(7))),
)


@given(EXPRESSIONS, PLACES, st.sampled_from(DaylightSaving), OFFSETS, st.integers(0, REACH))
@example(GAP_AT_TWO, ("Europe/Berlin", "2026-03-29"), DaylightSaving.DEBIAN, 0, 2 * DAY)
@example(GAP_AT_TWO, ("Europe/Berlin", "2026-10-25"), DaylightSaving.DEBIAN, 0, 2 * DAY)
@example(GAP_AT_TWO, ("Pacific/Apia", "2011-12-30"), DaylightSaving.TWICE, 0, 2 * DAY)
@settings(max_examples=100)
def test_slots_are_those_of_a_walk_through_every_minute(expression, place, policy, offset, length):
    schedule = schedule_of(expression, place[0], policy)
    slots = list(walk(expression, *place, policy))
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


def slots_of(text, zone_name, after, count, policy=DaylightSaving.DEBIAN):
    zone = ZoneInfo(zone_name)
    schedule = CronSchedule(parse_cron(text), zone, policy)
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


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("debian", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("twice", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("skip", ["2026-03-30T02:30:00+02:00", "2026-03-31T02:30:00+02:00"]),
        ("systemd", ["2026-03-30T02:30:00+02:00", "2026-03-31T02:30:00+02:00"]),
    ],
)
def test_a_policy_decides_about_a_fixed_time_that_does_not_exist(policy, expected):
    after = "2026-03-29T01:00:00+01:00"
    assert slots_of("30 2 * * *", "Europe/Berlin", after, 2, DaylightSaving(policy)) == expected


FIRST, SECOND_PASS, NEXT = (
    "2026-10-25T02:30:00+02:00",
    "2026-10-25T02:30:00+01:00",
    "2026-10-26T02:30:00+01:00",
)


@pytest.mark.parametrize(
    ("policy", "text", "expected"),
    [
        ("debian", "30 2 * * *", [FIRST, NEXT]),
        ("skip", "30 2 * * *", [FIRST, NEXT]),
        ("systemd", "30 2 * * *", [FIRST, NEXT]),
        ("twice", "30 2 * * *", [FIRST, SECOND_PASS]),
        ("debian", "30 * * * *", [FIRST, SECOND_PASS]),
        ("skip", "30 * * * *", [FIRST, SECOND_PASS]),
        ("systemd", "30 * * * *", [FIRST, "2026-10-25T03:30:00+01:00"]),
        ("twice", "30 * * * *", [FIRST, SECOND_PASS]),
    ],
)
def test_a_policy_decides_about_a_time_that_comes_twice(policy, text, expected):
    after = "2026-10-25T02:00:00+02:00"
    assert slots_of(text, "Europe/Berlin", after, 2, DaylightSaving(policy)) == expected


def test_the_second_time_is_not_missed_by_a_job_whose_next_day_is_far():
    after = FIRST
    assert slots_of("30 2 * * SUN", "Europe/Berlin", after, 2, DaylightSaving.TWICE) == [
        SECOND_PASS,
        "2026-11-01T02:30:00+01:00",
    ]
    assert slots_of("59 * * * SUN", "America/Sao_Paulo", "2018-02-17T12:00:00-02:00", 1) == [
        "2018-02-18T00:59:00-03:00"
    ]
    assert slots_of("59 * * * SAT", "America/Sao_Paulo", "2018-02-17T23:59:00-02:00", 1) == [
        "2018-02-17T23:59:00-03:00"
    ]


def test_systemd_is_silent_for_two_hours_when_the_clock_goes_back():
    after = "2024-11-03T00:00:00-04:00"
    assert slots_of("@hourly", "America/New_York", after, 2, DaylightSaving.SYSTEMD) == [
        "2024-11-03T01:00:00-04:00",
        "2024-11-03T02:00:00-05:00",
    ]


@pytest.mark.parametrize("policy", ["skip", "systemd"])
def test_a_gap_at_midnight_leaves_out_the_daily_job(policy):
    after = "2018-11-03T12:00:00-03:00"
    assert slots_of("@daily", "America/Sao_Paulo", after, 1, DaylightSaving(policy)) == [
        "2018-11-05T00:00:00-02:00"
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        # To Debian's cron, that is a correction of the clock.
        ("debian", ["2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00"]),
        ("skip", ["2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00"]),
        ("systemd", ["2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00"]),
        ("twice", ["2011-12-29T09:00:00-10:00", "2011-12-31T00:00:00+14:00"]),
    ],
)
def test_a_day_that_does_not_exist(policy, expected):
    after = "2011-12-28T12:00:00-10:00"
    assert slots_of("0 9 * * *", "Pacific/Apia", after, 2, DaylightSaving(policy)) == expected


def test_seconds_are_slots_too():
    assert slots_of("*/20 59 9 * * *", "Europe/Berlin", "2026-01-01T09:59:20+01:00", 3) == [
        "2026-01-01T09:59:40+01:00",
        "2026-01-02T09:59:00+01:00",
        "2026-01-02T09:59:20+01:00",
    ]
    assert slots_of("30 30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:30+02:00",
    ]


@given(
    st.tuples(fields(0, 59), fields(0, 59), fields(0, 23)),
    st.sampled_from([("Europe/Berlin", "2026-03-29"), ("Australia/Lord_Howe", "2026-04-05")]),
    st.integers(0, 2 * 86400),
)
@settings(max_examples=40)
def test_seconds_agree_in_all_three_questions(times, place, start):
    schedule = schedule_of((*times, *(("*", None),) * 3), place[0])
    begin = from_datetime(datetime.fromisoformat(place[1]).replace(tzinfo=UTC)) - DAY
    instant = begin = begin + start * SECOND
    slots = [instant := schedule.next_after(instant) for _ in range(50)]
    assert [schedule.last_until(slot - 1) for slot in slots[1:]] == slots[:-1]
    assert schedule.count_between(begin, slots[-1]) == 50
    zone, wildcard = ZoneInfo(place[0]), any(text.startswith("*") for text, _ in times)
    for slot in slots if wildcard else []:
        wall = to_datetime(slot, zone)
        values = (wall.second, wall.minute, wall.hour)
        assert all(one in chosen for one, (_, chosen) in zip(values, times, strict=True))


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


def test_it_does_not_remember_every_year_it_was_asked_about():
    schedule = CronSchedule(parse_cron("0 12 1 1 *"), ZoneInfo("Europe/Berlin"))
    instant = from_datetime(datetime(2020, 1, 1, 11, tzinfo=UTC))
    for _ in range(600):
        instant = schedule.next_after(instant)
    assert to_iso(instant, ZoneInfo("Europe/Berlin")) == "2620-01-01T12:00:00+01:00"
    assert len(schedule._offsets._windows) <= 256


def processor_time(question, *arguments):
    began = time.process_time()
    question(*arguments)
    return time.process_time() - began


@pytest.mark.parametrize("text", ["* * * * * *", "*/5 * * * *", "0 3 * * *", "0 0 29 2 *"])
@pytest.mark.parametrize("days", [30, 3650])
def test_what_was_missed_in_a_long_absence_is_known_within_a_millisecond(text, days):
    schedule = CronSchedule(parse_cron(text), ZoneInfo("America/New_York"))
    end = from_datetime(datetime(2026, 1, 1, 12, tzinfo=UTC))
    begin = end - days * DAY
    schedule.count_between(begin, end)  # the zone and the days are found out once
    assert min(processor_time(schedule.count_between, begin, end) for _ in range(20)) < 0.001
    assert min(processor_time(schedule.last_until, end) for _ in range(20)) < 0.001
    assert min(processor_time(schedule.next_after, begin) for _ in range(20)) < 0.001


def test_schedules_of_one_expression_and_zone_are_equal_whatever_they_have_cached():
    one = CronSchedule(parse_cron("0 9 * * *"), ZoneInfo("Europe/Berlin"))
    other = CronSchedule(parse_cron("0 9 * * *"), ZoneInfo("Europe/Berlin"))
    one.next_after(0)
    assert one == other
