from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.calendar import upcoming
from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.calendar_text import parse_calendar
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, to_datetime

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Asia/Pyongyang",
    "Africa/Casablanca",
]
CHANGES = [
    "2011-12-30T10:00",
    "2018-02-18T02:00",
    "2018-05-04T15:00",
    "2018-11-04T03:00",
    "2024-03-10T07:00",
    "2024-03-31T01:00",
    "2024-04-06T15:00",
    "2024-04-14T02:00",
    "2024-10-05T15:30",
    "2024-11-03T06:00",
]
TEXTS = [
    "daily",
    "hourly",
    "*:0/30",
    "*:10,40:30",
    "2:30",
    "0:30",
    "23:45",
    "1..3:0/20",
    "Sun 2:30",
    "*-*~1 2:30",
    "Mon..Fri 9:00",
    "*-2/3-28..31 0/5:17",
    "*:0/7:0/25,59.5",
]
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
expressions = st.sampled_from([parse_calendar(text) for text in TEXTS])
instants = st.builds(
    lambda change, distance: from_datetime(datetime.fromisoformat(change + "Z")) + distance,
    st.sampled_from(CHANGES),
    st.integers(-2 * DAY, 2 * DAY),
)


def at(text):
    return from_datetime(datetime.fromisoformat(text))


def schedule(text, zone="UTC"):
    return CalendarSchedule(parse_calendar(text), ZoneInfo(zone))


def walk(calendar, zone, after, until):
    """Go through the minutes of the wall clock: one counts when it is shown the first time."""
    latest = ""
    minutes = set(calendar.minutes)
    for minute in range((after - 2 * DAY) // MINUTE, until // MINUTE + 1):
        shown = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)
        written = f"{shown:%Y-%m-%d %H:%M}"
        if written <= latest:
            continue
        latest = written
        day = shown.toordinal() - EPOCH_ORDINAL
        if shown.hour * 60 + shown.minute in minutes and calendar.days.matches(day):
            tick = calendar.ticks.after(-1)
            while tick is not None:
                if after < minute * MINUTE + tick <= until:
                    yield minute * MINUTE + tick
                tick = calendar.ticks.after(tick)


@given(expressions, zones, instants, st.integers(0, 8 * HOUR))
def test_slots_are_what_the_wall_clock_shows_for_the_first_time(expression, zone, after, length):
    expected = list(walk(expression, zone, after, after + length))
    planned = CalendarSchedule(expression, zone)
    found = []
    instant = planned.next_after(after)
    while instant is not None and instant <= after + length:
        found.append(instant)
        instant = planned.next_after(instant)
    assert found == expected


@given(expressions, zones, instants, st.integers(0, 500 * DAY))
def test_the_three_questions_agree(expression, zone, after, length):
    planned = CalendarSchedule(expression, zone)
    until = after + length
    following, last = planned.next_after(after), planned.last_until(until)
    count = planned.count_between(after, until)
    assert following is not None
    assert following > after
    assert last is not None
    assert last <= until
    assert planned.last_until(following) == following
    assert planned.last_until(following - 1) <= after
    assert planned.next_after(last - 1) == last
    assert (count > 0) == (following <= until) == (last > after)
    middle = after + length // 3
    assert count == planned.count_between(after, middle) + planned.count_between(middle, until)
    assert planned.count_between(after, following) == 1
    assert planned.count_between(following - 1, following) == 1


def test_a_time_that_does_not_exist_is_left_out():
    planned = schedule("02:30", "Europe/Berlin")
    assert planned.next_after(at("2024-03-30T12:00Z")) == at("2024-04-01T02:30+02:00")
    assert planned.last_until(at("2024-03-31T12:00Z")) == at("2024-03-30T02:30+01:00")


def test_of_an_hour_that_comes_twice_the_first_counts():
    planned = schedule("*:0/30", "America/New_York")
    assert planned.next_after(at("2024-11-03T01:30-04:00")) == at("2024-11-03T02:00-05:00")
    assert planned.next_after(at("2024-11-03T01:10-05:00")) == at("2024-11-03T02:00-05:00")
    assert planned.last_until(at("2024-11-03T01:59-05:00")) == at("2024-11-03T01:30-04:00")
    assert planned.count_between(at("2024-11-03T00:00-04:00"), at("2024-11-03T03:00-05:00")) == 6


def test_a_day_that_was_skipped_has_no_slots():
    planned = schedule("12:00", "Pacific/Apia")
    assert planned.next_after(at("2011-12-29T12:00-10:00")) == at("2011-12-31T12:00+14:00")


def test_the_zone_of_the_expression_comes_first():
    planned = schedule("09:00 Asia/Tokyo", "Europe/Berlin")
    assert planned.zone == ZoneInfo("Asia/Tokyo")
    assert planned.next_after(at("2026-01-01T00:00Z")) == at("2026-01-02T09:00+09:00")


def test_fractions_of_a_second_are_exact():
    planned = schedule("*:*:0/0.75")
    assert planned.next_after(at("2026-01-01T00:00Z")) == at("2026-01-01T00:00:00.750Z")
    assert planned.count_between(at("2026-01-01T00:00Z"), at("2026-01-02T00:00Z")) == 80 * 24 * 60


def test_a_microsecond_is_the_finest_repetition():
    planned = schedule("*:*:0/0.000001,0/0.5")
    start = at("2026-01-01T00:00Z")
    assert planned.next_after(start) == start + 1
    assert planned.last_until(start + 17) == start + 17
    assert planned.count_between(start, start + 90 * SECOND) == 90 * SECOND


@pytest.mark.parametrize("text", ["*-02-30", "2020-01-01", "Sun *-3-8..14 02:30 America/New_York"])
def test_what_does_not_come_any_more_is_no_endless_search(text):
    assert schedule(text).next_after(at("2026-01-01T00:00Z")) is None


@pytest.mark.parametrize("text", ["*-02-30", "2030-01-01"])
def test_what_has_never_been_is_no_endless_search(text):
    assert schedule(text).last_until(at("2026-01-01T00:00Z")) is None


@pytest.mark.parametrize("instant", [-(10**17), 0, 7 * 10**15, 10**18, 10**20])
def test_any_instant_can_be_asked_about(instant):
    planned = schedule("daily", "Europe/Berlin")
    assert planned.next_after(instant) is None or planned.next_after(instant) > instant
    assert planned.last_until(instant) is None or planned.last_until(instant) <= instant
    assert planned.count_between(instant - DAY, instant) in {0, 1}


def test_a_long_absence_is_counted_by_the_day():
    planned = schedule("*:*:0/2", "Europe/Berlin")
    after, until = at("2000-01-01T00:00+01:00"), at("2100-01-01T00:00+01:00")
    # 100 springs without an hour, and 100 autumns in which the second one is mute.
    assert planned.count_between(after, until) == (until - after) // (2 * SECOND) - 100 * 1800


def test_slots_ascend_over_the_whole_time():
    planned = schedule("*-*-01,15 02:30", "Europe/Berlin")
    instant, found = at("1970-01-05T00:00Z"), []
    while (instant := planned.next_after(instant)) is not None:
        found.append(instant)
    assert found == sorted(set(found))
    assert planned.count_between(at("1970-01-05T00:00Z"), found[-1]) == len(found)
    assert to_datetime(found[-1], planned.zone).date().isoformat() == "2199-12-15"
    assert max(later - earlier for earlier, later in pairwise(found)) < 32 * DAY


def test_where_systemd_goes_round_in_circles_slots_are_found():
    after = datetime(2026, 7, 1, tzinfo=UTC)
    found = upcoming("*-01/5-06 12:00", "Europe/Berlin", after, 3)
    assert [f"{slot:%Y-%m-%d %H:%M}" for slot in found] == [
        "2026-11-06 12:00",
        "2027-01-06 12:00",
        "2027-06-06 12:00",
    ]
