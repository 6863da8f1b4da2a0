"""The clocks alone tell a sleep from a step, and both from a daemon that was not let run."""

from __future__ import annotations

import pytest

from wakeful.core.instant import HOUR, SECOND
from wakeful.core.period import Period, PeriodKind
from wakeful.services.power.timekeeper import LEAST_SLEEP, Timekeeper
from wakeful.testing import FakeClock, FakeClocks

NOON = 1_800_000_000 * SECOND


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def clocks(clock):
    return FakeClocks(clock)


@pytest.fixture
def timekeeper(clocks):
    return Timekeeper(clocks)


def test_eight_hours_that_only_one_clock_counted_are_one_sleep(clock, clocks, timekeeper):
    clocks.sleep(8 * HOUR)
    assert timekeeper.look() == [
        Period(
            kind=PeriodKind.ASLEEP,
            since=NOON,
            until=NOON + 8 * HOUR,
            asleep=8 * HOUR,
            source="clock",
        )
    ]
    assert timekeeper.look() == []
    assert timekeeper.last_reading.wall == clock.now()


@pytest.mark.parametrize("stall", [40 * SECOND, 8 * HOUR])
def test_a_daemon_that_was_not_let_run_has_not_slept(clock, timekeeper, stall):
    clock.pass_time(stall)
    assert timekeeper.look() == []


@pytest.mark.parametrize("step", [HOUR, -HOUR, SECOND, -SECOND])
def test_what_the_wall_clock_does_on_its_own_is_a_step(clock, clocks, timekeeper, step):
    clock.pass_time(HOUR)
    before = clock.now()
    clocks.step(step)
    (period,) = timekeeper.look()
    assert (period.kind, period.step, period.asleep) == (PeriodKind.CLOCK_STEP, step, 0)
    assert {period.since, period.until} == {before, before + step}
    assert period.since < period.until


def test_clocks_are_not_read_at_the_very_same_moment(clocks, timekeeper):
    clocks.sleep(LEAST_SLEEP - 1)
    clocks.step(SECOND - 1)
    assert timekeeper.look() == []


def test_a_sleep_with_a_step_in_it_is_both(clocks, timekeeper):
    clocks.sleep(HOUR)
    clocks.step(-2 * HOUR)
    asleep, stepped = timekeeper.look()
    assert (asleep.since, asleep.until, asleep.asleep) == (NOON, NOON + HOUR, HOUR)
    assert (stepped.since, stepped.until) == (NOON - HOUR, NOON + HOUR)
    assert stepped.step == -2 * HOUR
