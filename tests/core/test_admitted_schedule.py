from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.admission import Admission
from wakeful.core.admitted_schedule import AdmittedSchedule
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.exclusion import Exclusions, exclusions_of
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, to_datetime
from wakeful.core.schedule import EverySchedule
from wakeful.core.window import Window, parse_window

BERLIN = ZoneInfo("Europe/Berlin")
# Zones that change at midnight, by half an hour, by a whole day, or one minute after midnight.
ZONES = [
    UTC,
    BERLIN,
    *map(
        ZoneInfo,
        (
            "America/Sao_Paulo",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "America/St_Johns",
            "Africa/Casablanca",
            "Asia/Beirut",
        ),
    ),
]
CHANGES = [
    datetime(2011, 3, 13, 3, 31, tzinfo=UTC),
    datetime(2010, 11, 7, 2, 31, tzinfo=UTC),
    datetime(2011, 3, 27, 1, tzinfo=UTC),
    datetime(2011, 10, 30, 1, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2018, 2, 18, 2, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2024, 3, 30, 22, tzinfo=UTC),
    datetime(2024, 4, 6, 15, tzinfo=UTC),
    datetime(2024, 4, 14, 2, tzinfo=UTC),
]
STARTS = st.builds(
    lambda change, days: from_datetime(change) - days,
    st.sampled_from(CHANGES),
    st.integers(0, 3 * DAY),
)


def at(*parts, zone=BERLIN):
    return from_datetime(datetime(*parts, tzinfo=zone))


def shows(slot, admission):
    moment = to_datetime(slot, admission.zone).replace(tzinfo=None)
    number = (moment.date() - datetime(1970, 1, 1).date()).days  # noqa: DTZ001 - a date
    if admission.exclusions.first_from(number) != number:
        return False
    if admission.window is None:
        return True
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return any(begin <= seconds < end for begin, end in admission.window.parts)


@st.composite
def admissions(draw, start):
    times = draw(st.lists(st.integers(0, 288), min_size=2, max_size=2, unique=True))
    window = None
    if times[0] != 288:
        window = draw(st.none() | st.just(Window(times[0] * 300, times[1] * 300)))
    day = start // DAY
    runs = draw(st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 2)), max_size=2))
    texts = [Exclusions(((day + first, day + first + more),)).text for first, more in runs]
    return Admission(draw(st.sampled_from(ZONES)), window, exclusions_of(texts))


@given(st.data(), STARTS, st.sampled_from([13 * MINUTE, 47 * MINUTE, 7 * HOUR, 1000 * SECOND + 1]))
def test_a_slot_counts_if_the_wall_shows_a_time_of_the_window_on_a_day_not_excluded(
    data, start, interval
):
    admission = data.draw(admissions(start))
    inner = EverySchedule(interval, start)
    schedule = AdmittedSchedule(inner, admission)
    end = start + 6 * DAY
    slots = [
        slot for slot in range(start + interval, end + 10 * DAY, interval) if shows(slot, admission)
    ]
    one, other = (start + data.draw(st.integers(-HOUR, 6 * DAY)) for _ in range(2))
    following = schedule.next_after(one)
    if slots and slots[-1] > one:
        assert following == min(slot for slot in slots if slot > one)
    else:
        assert following is None or following > end + 10 * DAY - interval
    assert schedule.last_until(one) == next((s for s in reversed(slots) if s <= one), None)
    assert schedule.count_between(one, other) == sum(one < slot <= other for slot in slots)


@given(st.data(), STARTS)
def test_openings_are_all_the_times_that_are_admitted(data, start):
    admission = data.draw(admissions(start))
    second = start // SECOND + data.draw(st.integers(0, 5 * 86_400))
    opening = admission.first_from(second)
    if opening is not None:
        begin, end = opening
        assert begin < end
        assert end > second
        inside = data.draw(st.integers(begin, end - 1))
        assert shows(inside * SECOND, admission)
        if begin > second:
            assert not shows(data.draw(st.integers(second, begin - 1)) * SECOND, admission)
    opening = admission.last_until(second)
    if opening is not None:
        begin, end = opening
        assert begin <= second
        assert shows(data.draw(st.integers(begin, end - 1)) * SECOND, admission)
        if end <= second:
            assert not shows(data.draw(st.integers(end, second)) * SECOND, admission)


def cron(text, admission):
    return AdmittedSchedule(CronSchedule(parse_cron(text), admission.zone), admission)


def test_in_spring_a_window_is_as_long_as_the_clock_shows_it():
    schedule = cron("*/30 * * * *", Admission(BERLIN, parse_window("01:00-04:00")))
    assert schedule.count_between(at(2027, 3, 28), at(2027, 3, 29)) == 4
    assert schedule.count_between(at(2027, 3, 29), at(2027, 3, 30)) == 6
    assert schedule.count_between(at(2027, 10, 31), at(2027, 11, 1)) == 8


def test_a_window_inside_the_gap_has_no_slot_that_day():
    schedule = cron("*/10 * * * *", Admission(BERLIN, parse_window("02:00-03:00")))
    assert schedule.next_after(at(2027, 3, 27, 2, 50)) == at(2027, 3, 29, 2)
    assert schedule.last_until(at(2027, 3, 28, 12)) == at(2027, 3, 27, 2, 50)


def test_a_window_over_midnight_belongs_to_the_days_the_clock_shows():
    night = Admission(BERLIN, parse_window("22:00-06:00"), exclusions_of(["2027-05-02"]))
    schedule = cron("0 * * * *", night)
    assert schedule.next_after(at(2027, 5, 1, 23)) == at(2027, 5, 3)
    assert schedule.last_until(at(2027, 5, 2, 23)) == at(2027, 5, 1, 23)


def test_a_day_that_never_was_needs_no_exclusion():
    apia = ZoneInfo("Pacific/Apia")
    schedule = cron("0 9 * * *", Admission(apia, None, exclusions_of(["2011-12-31"])))
    assert schedule.next_after(at(2011, 12, 29, 9, zone=apia)) == at(2012, 1, 1, 9, zone=apia)


@pytest.mark.parametrize(
    ("schedule", "answer"),
    [
        (
            AdmittedSchedule(
                EverySchedule(SECOND, 0), Admission(BERLIN, parse_window("08:00-08:01"))
            ),
            at(2027, 1, 1, 8),
        ),
        (
            AdmittedSchedule(
                EverySchedule(SECOND, 0),
                Admission(BERLIN, None, exclusions_of(["1970-01-01..8000-12-31"])),
            ),
            at(8001, 1, 1),
        ),
        (
            AdmittedSchedule(
                EverySchedule(SECOND, 0), Admission(BERLIN, None, exclusions_of(["01-01..12-31"]))
            ),
            None,
        ),
        (cron("0 3 * * *", Admission(BERLIN, parse_window("08:00-18:00"))), None),
        (cron("0 0 24 12 *", Admission(BERLIN, None, exclusions_of(["12-24"]))), None),
        (
            AdmittedSchedule(EverySchedule(DAY, 0), Admission(UTC, parse_window("08:00-18:00"))),
            None,
        ),
    ],
)
def test_no_search_is_without_end(schedule, answer):
    began = time.process_time()
    assert schedule.next_after(at(2027, 1, 1)) == answer
    assert schedule.next_after(at(2027, 1, 1, 1)) == answer
    assert time.process_time() - began < 1


def test_the_last_slot_of_a_long_absence_is_found_at_once():
    schedule = AdmittedSchedule(
        EverySchedule(SECOND, 0), Admission(BERLIN, parse_window("08:00-18:00"))
    )
    schedule.last_until(at(2027, 6, 1))
    began = time.process_time()
    for _ in range(100):
        assert schedule.last_until(at(2027, 7, 1, 3)) == at(2027, 6, 30, 17, 59, 59)
    assert time.process_time() - began < 0.1
    assert schedule.count_between(at(2027, 6, 1), at(2027, 7, 1)) == 30 * 36_000


def test_an_interval_that_meets_the_window_once_in_a_while_is_found():
    interval = timedelta(hours=23, minutes=59) // timedelta(microseconds=1)
    schedule = AdmittedSchedule(
        EverySchedule(interval, at(2027, 1, 1, zone=UTC)),
        Admission(UTC, parse_window("01:00-01:01")),
    )
    assert schedule.next_after(at(2027, 1, 1, zone=UTC)) is not None
