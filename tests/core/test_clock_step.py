from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.clock_step import CORRECTION, after_step_back
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.schedule import EverySchedule

NOON = 1_800_000_000 * SECOND


def gone_on(accounted, *, step, anchor=NOON, interval=HOUR):
    return after_step_back(
        accounted_until=accounted, anchor=anchor, interval=interval, now=NOON, step=step
    )


def test_after_a_small_step_back_a_job_waits():
    assert gone_on(NOON + CORRECTION, step=-CORRECTION) == (NOON + CORRECTION, NOON)


def test_after_a_step_forward_nothing_is_different():
    assert gone_on(NOON - DAY, step=DAY) == (NOON - DAY, NOON)


def test_after_a_correction_a_job_goes_on_at_once():
    accounted, anchor = gone_on(NOON + 10 * DAY, step=-10 * DAY, anchor=NOON + DAY + 20 * MINUTE)
    assert (accounted, anchor) == (NOON, NOON - 40 * MINUTE)
    assert EverySchedule(HOUR, anchor).next_after(accounted) == NOON + 20 * MINUTE


def test_a_job_without_an_interval_keeps_its_anchor():
    assert gone_on(NOON + DAY, step=-DAY, anchor=NOON + DAY, interval=None) == (NOON, NOON + DAY)


def test_what_was_not_accounted_for_stays_so():
    assert gone_on(NOON - HOUR, step=-DAY) == (NOON - HOUR, NOON)


@given(
    st.integers(-DAY, 400 * DAY),
    st.integers(-DAY, 400 * DAY),
    st.integers(1, 10 * DAY),
    st.integers(CORRECTION + 1, 400 * DAY),
)
def test_after_a_correction_the_next_slot_is_at_most_one_interval_away(
    accounted, anchor, interval, back
):
    before = NOON + accounted
    until, moved = gone_on(before, step=-back, anchor=NOON + anchor, interval=interval)
    assert until == min(before, NOON)
    assert (moved - NOON - anchor) % interval == 0
    assert moved <= NOON
    assert NOON < EverySchedule(interval, moved).next_after(NOON) <= NOON + interval
