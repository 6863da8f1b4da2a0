from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.execution import Cause
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.plan import (
    LATEST_WITHOUT_PERIOD,
    PUNCTUAL,
    Close,
    Defer,
    Facts,
    JobFacts,
    Reason,
    SlotState,
    Start,
    decide,
)
from wakeful.core.schedule import AtSchedule, EverySchedule, SlotSpan

NOON = 1_800_000_000 * SECOND
HOURLY = EverySchedule(HOUR, NOON)


def decisions(now, schedule=HOURLY, accounted_until=NOON, *, stopping=False, absence=None, **facts):
    job = JobFacts(schedule=schedule, accounted_until=accounted_until, **facts)
    given = {"absence": absence} if absence else {}
    return decide(Facts(now=now, stopping=stopping, jobs={"job": job}, **given), ["job"])


def close(first, last, count, state, reason):
    return Close("job", SlotSpan(first, last, count), state, reason)


def test_nothing_is_decided_before_a_slot_comes():
    assert decisions(NOON + HOUR - 1) == []


@pytest.mark.parametrize("late", [0, 1, PUNCTUAL])
def test_a_slot_that_came_is_served(late):
    slot = NOON + HOUR
    assert decisions(slot + late) == [Start("job", slot, Cause.SCHEDULE)]


@pytest.mark.parametrize("late", [PUNCTUAL + 1, HOUR - 1])
def test_a_slot_that_passed_unattended_is_made_up_for(late):
    slot = NOON + HOUR
    assert decisions(slot + late) == [Start("job", slot, Cause.CATCH_UP)]


def test_of_many_slots_the_last_is_served_and_stands_for_the_others():
    assert decisions(NOON + 5 * HOUR + MINUTE) == [
        close(NOON + HOUR, NOON + 4 * HOUR, 4, SlotState.COALESCED, Reason.OFF),
        Start("job", NOON + 5 * HOUR, Cause.SCHEDULE, coalesced=4),
    ]


def test_two_slots_at_once():
    assert decisions(NOON + 2 * HOUR) == [
        close(NOON + HOUR, NOON + HOUR, 1, SlotState.COALESCED, Reason.OFF),
        Start("job", NOON + 2 * HOUR, Cause.SCHEDULE, coalesced=1),
    ]


def test_a_night_of_sleep_costs_no_daily_run():
    daily = CronSchedule(parse_cron("0 2 * * *"), UTC)
    midnight = NOON - NOON % DAY
    found = decisions(midnight + 8 * HOUR + 30 * MINUTE, daily, midnight)
    assert found == [Start("job", midnight + 2 * HOUR, Cause.CATCH_UP)]


def test_a_slot_during_an_execution_is_skipped():
    assert decisions(NOON + HOUR, running=1) == [
        close(NOON + HOUR, NOON + HOUR, 1, SlotState.SKIPPED, Reason.OVERLAP)
    ]


def test_slots_before_an_overlap_are_closed_too():
    assert decisions(NOON + 3 * HOUR, running=1) == [
        close(NOON + HOUR, NOON + 2 * HOUR, 2, SlotState.COALESCED, Reason.OFF),
        close(NOON + 3 * HOUR, NOON + 3 * HOUR, 1, SlotState.SKIPPED, Reason.OVERLAP),
    ]


@pytest.mark.parametrize("reason", [Reason.DISABLED, Reason.PAUSED])
def test_slots_of_a_job_that_is_held_are_skipped_for_that_reason(reason):
    assert decisions(NOON + 3 * HOUR, idle_reason=reason, running=1) == [
        close(NOON + HOUR, NOON + 3 * HOUR, 3, SlotState.SKIPPED, reason)
    ]


def test_one_instant_is_made_up_for_within_a_day():
    once = AtSchedule(NOON)
    late = NOON + LATEST_WITHOUT_PERIOD
    assert decisions(late, once, NOON - 1) == [Start("job", NOON, Cause.CATCH_UP)]
    assert decisions(late + 1, once, NOON - 1) == [
        close(NOON, NOON, 1, SlotState.MISSED, Reason.TOO_LATE)
    ]


def test_nothing_is_begun_or_closed_while_stopping():
    assert decisions(NOON + 3 * HOUR, stopping=True, idle_reason=Reason.PAUSED) == [
        Defer("job", NOON + HOUR, Reason.SHUTDOWN)
    ]


def test_a_clock_that_was_set_back_brings_no_slot_again():
    assert decisions(NOON, accounted_until=NOON + 5 * HOUR) == []
    assert decisions(NOON + 5 * HOUR, accounted_until=NOON + 5 * HOUR) == []
    assert decisions(NOON + 6 * HOUR, accounted_until=NOON + 5 * HOUR) == [
        Start("job", NOON + 6 * HOUR, Cause.SCHEDULE)
    ]


def test_decisions_on_many_jobs_come_in_the_order_of_their_slots():
    jobs = {
        name: JobFacts(schedule=AtSchedule(NOON + minutes * MINUTE), accounted_until=NOON)
        for name, minutes in [("late", 9), ("early", 3), ("other", 5), ("unnamed", 1)]
    }
    found = decide(Facts(now=NOON + HOUR, jobs=jobs), ["late", "early", "other"])
    assert [decision.job for decision in found] == ["early", "other", "late"]


SCHEDULES = st.one_of(
    st.builds(EverySchedule, st.integers(MINUTE, DAY), st.integers(NOON - DAY, NOON + DAY)),
    st.builds(AtSchedule, st.integers(NOON - DAY, NOON + 2 * DAY)),
    st.sampled_from(["*/7 * * * *", "0 9 * * *", "30 2 * * 1-5"]).map(
        lambda text: CronSchedule(parse_cron(text), UTC)
    ),
)
IDLE = st.none() | st.sampled_from([Reason.DISABLED, Reason.PAUSED])


def decided(decision):
    """Give the slots a decision is about, as a span."""
    if isinstance(decision, Close):
        return decision.span
    return SlotSpan(decision.slot, decision.slot, 1)


@given(SCHEDULES, st.integers(NOON - DAY, NOON), st.integers(0, 3 * DAY), IDLE, st.integers(0, 2))
def test_each_slot_is_in_exactly_one_decision(schedule, accounted, length, idle, running):
    now = accounted + length
    found = decisions(now, schedule, accounted, idle_reason=idle, running=running)
    spans = [decided(decision) for decision in found]
    position = accounted
    for span in spans:
        assert span.first == schedule.next_after(position)
        assert span.count == schedule.count_between(span.first - 1, span.last)
        position = span.last
    assert position <= now
    assert schedule.count_between(position, now) == 0
    starts = [decision for decision in found if isinstance(decision, Start)]
    assert len(starts) <= 1
    if idle or running:
        assert not starts


@given(SCHEDULES, st.lists(st.integers(-DAY, DAY), min_size=1, max_size=12))
def test_a_clock_that_jumps_about_serves_no_slot_twice_and_forgets_none(schedule, jumps):
    now = accounted = NOON
    spans = []
    for jump in jumps:
        now += jump
        spans.extend(decided(one) for one in decisions(now, schedule, accounted))
        accounted = max(now, accounted)
    position = NOON
    for span in spans:
        assert span.first == schedule.next_after(position)
        position = span.last
    assert sum(span.count for span in spans) == schedule.count_between(NOON, accounted)
