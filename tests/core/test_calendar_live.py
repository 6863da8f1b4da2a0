"""The installed systemd is asked the same questions."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.systemd_calendar import GAVE_UP, ask, version
from wakeful.calendar import normalize, upcoming

AS_DEBIAN_12 = 252
BATCH = 60
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
AFTER = ["2026-02-03 04:05:06", "2026-03-07 20:00:00", "2026-03-28 21:30:00", "2026-10-24 22:10:00"]

pytestmark = pytest.mark.skipif(
    version() != AS_DEBIAN_12, reason="the answers are those of systemd 252, as in Debian 12"
)


def numbers(low, high):
    return st.builds(str, st.integers(low, high)) | st.builds(
        lambda value: f"{value:02}", st.integers(low, high)
    )


def elements(low, high):
    number = numbers(low, high)
    step = numbers(0, (high - low) // 2 + 1)
    return st.one_of(
        number,
        st.builds("{}..{}".format, number, number),
        st.builds("{}/{}".format, number, step),
        st.builds("{}..{}/{}".format, number, number, step),
    )


def fields(low, high):
    return st.just("*") | st.lists(elements(low, high), min_size=1, max_size=3).map(",".join)


day_names = st.sampled_from(["Mon", "Tue", "wed", "THU", "Friday", "Sat", "sunday"])
weekdays = st.lists(
    day_names | st.builds("{}..{}".format, day_names, day_names), min_size=1, max_size=2
).map(",".join)
years = st.sampled_from(["*", "*", "2026", "26..28", "2025/2", "2200"])
dates = st.builds(
    "{}{}{}{}".format,
    st.builds("{}-".format, years) | st.just(""),
    fields(1, 12),
    st.sampled_from("--~"),
    fields(1, 31),
)
seconds = fields(0, 59) | st.builds("{}.{}/0.{}".format, numbers(0, 59), *[numbers(1, 99)] * 2)
times = st.builds("{}:{}".format, fields(0, 23), fields(0, 59)) | st.builds(
    "{}:{}:{}".format, fields(0, 23), fields(0, 59), seconds
)
zones = st.sampled_from(["UTC", "Pacific/Apia", "Nowhere/Land", "utc"])
expressions = st.lists(
    st.one_of(
        dates,
        times,
        st.builds("{} {}".format, dates, times),
        st.builds("{} {}".format, weekdays, times),
        st.builds("{} {} {}".format, weekdays, dates, times),
        st.builds("{} {}".format, times, zones),
        st.text("Mon,*-~:./ 0123", min_size=1, max_size=12),
    ),
    min_size=BATCH,
    max_size=BATCH,
    unique=True,
)


def answer(expression, zone, after):
    try:
        normal_form = normalize(expression)
    except ValueError:
        return None
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    slots = upcoming(expression, zone, start, 4)
    assert all(earlier < later for earlier, later in pairwise([start, *slots]))
    shown = [slot.astimezone(UTC).replace(microsecond=0).isoformat() for slot in slots]
    return {"normal_form": normal_form, "slots": shown}


@settings(max_examples=8)
@given(expressions, st.sampled_from(ZONES), st.sampled_from(AFTER))
def test_the_answers_are_those_of_the_installed_systemd(batch, zone, after):
    expected = dict(zip(batch, ask(batch, zone, after, 4), strict=True))
    found = {expression: answer(expression, zone, after) for expression in batch}
    for expression in [one for one in batch if expected[one] == GAVE_UP]:
        del expected[expression]
        assert found.pop(expression) is not None
    assert found == expected
