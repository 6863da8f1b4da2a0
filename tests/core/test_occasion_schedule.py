"""Slots of a job that is triggered by events: what occurred, until it is accounted for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.occasion_schedule import OccasionSchedule

INSTANTS = st.lists(st.integers(0, 50), unique=True).map(sorted).map(tuple)
INSTANT = st.integers(-5, 55)


def test_nobody_knows_what_will_occur():
    schedule = OccasionSchedule()
    assert schedule.next_after(0) is None
    assert schedule.last_until(100) is None
    assert schedule.count_between(0, 100) == 0


def test_what_is_accounted_for_is_forgotten_when_something_more_occurs():
    schedule = OccasionSchedule((10, 20, 30)).occurred(40, accounted_until=20)
    assert schedule.instants == (30, 40)


def test_two_events_of_one_instant_are_one_slot():
    assert OccasionSchedule((10,)).occurred(10, accounted_until=0).instants == (10,)


def test_what_occurs_after_the_clock_was_set_back_is_the_last():
    assert OccasionSchedule((10, 20)).occurred(15, accounted_until=0).instants == (10, 15)


@given(INSTANTS, INSTANT, INSTANT)
def test_it_answers_like_a_list(instants, after, until):
    schedule = OccasionSchedule(instants)
    assert schedule.next_after(after) == min((one for one in instants if one > after), default=None)
    assert schedule.last_until(until) == max(
        (one for one in instants if one <= until), default=None
    )
    assert schedule.count_between(after, until) == sum(after < one <= until for one in instants)


@given(INSTANTS, INSTANT, INSTANT)
def test_its_instants_strictly_increase_and_end_with_the_newest(instants, at, accounted_until):
    found = OccasionSchedule(instants).occurred(at, accounted_until=accounted_until).instants
    assert found[-1] == at
    assert all(one < other for one, other in pairwise(found))
