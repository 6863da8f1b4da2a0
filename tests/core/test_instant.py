from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.instant import from_datetime, from_timedelta, to_datetime, to_iso

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(1970, 1, 2, tzinfo=UTC).replace(tzinfo=None)
LAST = datetime(8999, 12, 30, tzinfo=UTC).replace(tzinfo=None)
AWARE = st.datetimes(FIRST, LAST, timezones=st.timezones() | st.just(UTC))


def test_the_epoch_is_zero():
    assert from_datetime(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_a_datetime_without_offset_names_no_instant():
    with pytest.raises(ValueError, match="without an offset"):
        from_datetime(datetime(2026, 1, 1))  # noqa: DTZ001 - the point


@given(AWARE)
def test_an_instant_is_exact_to_the_microsecond(moment):
    instant = from_datetime(moment)
    assert from_datetime(to_datetime(instant)) == instant
    assert to_datetime(instant) == moment.astimezone(UTC)


@given(st.integers(-(10**15), 10**17), st.timezones())
def test_the_offset_is_the_one_in_force(instant, zone):
    moment = to_datetime(instant, zone)
    assert datetime.fromisoformat(to_iso(instant, zone)) == moment
    assert from_datetime(moment) == instant


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (1_792_888_200_000_000, "2026-10-25T02:30:00+02:00"),  # first pass of the repeated hour
        (1_792_891_800_000_000, "2026-10-25T02:30:00+01:00"),
        (1_792_891_800_000_001, "2026-10-25T02:30:00.000001+01:00"),
    ],
)
def test_a_repeated_hour_is_told_apart_by_its_offset(instant, text):
    assert to_iso(instant, BERLIN) == text


@given(st.timedeltas())
def test_a_duration_is_whole_microseconds(duration):
    assert timedelta(microseconds=from_timedelta(duration)) == duration


def test_an_offset_of_a_day_is_no_problem():
    zone = timezone(timedelta(hours=23, minutes=59))
    assert from_datetime(datetime(1970, 1, 2, tzinfo=zone)) == 60_000_000
