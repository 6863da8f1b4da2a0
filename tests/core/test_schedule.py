from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.schedule import AtSchedule, EverySchedule, SlotSpan, span_between

NOON = 1_800_000_000 * SECOND
NEAR = st.integers(NOON - 10**12, NOON + 10**12)


def slots_after(schedule, instant, count):
    found = []
    for _ in range(count):
        instant = schedule.next_after(instant)
        found.append(instant)
    return found


def test_every_seven_minutes_keeps_its_distance_over_hours():
    slots = slots_after(EverySchedule(7 * MINUTE, NOON), NOON, 3 * 60 // 7)
    assert slots == [NOON + 7 * MINUTE * number for number in range(1, 26)]


def test_the_first_slot_comes_one_interval_after_the_anchor():
    schedule = EverySchedule(HOUR, NOON)
    assert schedule.next_after(NOON - 5 * HOUR) == NOON + HOUR
    assert schedule.next_after(NOON) == NOON + HOUR
    assert schedule.last_until(NOON + HOUR - 1) is None
    assert schedule.last_until(NOON + HOUR) == NOON + HOUR
    assert schedule.count_between(NOON - 5 * HOUR, NOON + HOUR) == 1


@given(st.integers(1, 10**10), NEAR, NEAR, NEAR)
def test_the_three_questions_about_intervals_agree(interval, anchor, after, until):
    schedule = EverySchedule(interval, anchor)
    following = schedule.next_after(after)
    assert following > max(after, anchor)
    assert (following - anchor) % interval == 0
    assert schedule.last_until(following) == following
    previous = schedule.last_until(following - 1)
    assert previous == (following - interval if following - interval > anchor else None)
    count = schedule.count_between(after, until)
    assert count == 0 or after < until
    if count:
        last = schedule.last_until(until)
        assert last == following + (count - 1) * interval
    else:
        assert until <= after or following > until


def test_one_instant_is_one_slot():
    schedule = AtSchedule(NOON)
    assert schedule.next_after(NOON - 1) == NOON
    assert schedule.next_after(NOON) is None
    assert schedule.last_until(NOON - 1) is None
    assert schedule.last_until(NOON) == NOON
    assert schedule.count_between(NOON - 1, NOON) == 1
    assert schedule.count_between(NOON, NOON + 1) == 0
    assert schedule.count_between(NOON - 2, NOON - 1) == 0


HOURLY = EverySchedule(HOUR, NOON)


@pytest.mark.parametrize(
    ("schedule", "after", "until", "span"),
    [
        (HOURLY, NOON, NOON + HOUR - 1, None),
        (HOURLY, NOON, NOON + HOUR, SlotSpan(NOON + HOUR, NOON + HOUR, 1)),
        (HOURLY, NOON, NOON + 3 * HOUR, SlotSpan(NOON + HOUR, NOON + 3 * HOUR, 3)),
        (HOURLY, NOON + HOUR, NOON + HOUR, None),
        (HOURLY, NOON + 3 * HOUR, NOON, None),
        (AtSchedule(NOON), NOON - 1, NOON + HOUR, SlotSpan(NOON, NOON, 1)),
        (AtSchedule(NOON), NOON, NOON + HOUR, None),
    ],
)
def test_what_came_due_meanwhile_is_one_span(schedule, after, until, span):
    assert span_between(schedule, after, until) == span


class Forgetful:
    """A schedule that breaks its promise: it forgets slots once they have passed."""

    def next_after(self, instant):
        return NOON if instant < NOON else None

    def last_until(self, instant):  # noqa: ARG002 - one signature
        return None

    def count_between(self, after, until):  # noqa: ARG002 - one signature
        return 0


def test_a_slot_is_a_span_of_one_where_the_schedule_cannot_look_back():
    assert span_between(Forgetful(), NOON - 1, NOON) == SlotSpan(NOON, NOON, 1)


@given(NEAR, st.integers(0, 10**11))
def test_a_span_counts_what_lies_in_it(after, length):
    schedule = CronSchedule(parse_cron("*/7 * * * *"), UTC)
    span = span_between(schedule, after, after + length)
    if span is None:
        assert schedule.count_between(after, after + length) == 0
    else:
        assert after < span.first <= span.last <= after + length
        assert span.count == schedule.count_between(span.first - 1, span.last)
