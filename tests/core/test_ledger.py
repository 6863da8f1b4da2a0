from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.ledger import Ledger
from wakeful.core.period import Period, PeriodKind

ASLEEP, OFF, STEP = PeriodKind.ASLEEP, PeriodKind.OFF, PeriodKind.CLOCK_STEP


def period(kind, since, until, step=0):
    return Period(kind=kind, since=since, until=until, step=step)


def test_nothing_stood_in_the_way_where_nothing_is_noted():
    assert Ledger().stretch_at(5) == (None, None)


def test_a_period_covers_its_beginning_and_not_its_end():
    ledger = Ledger([period(ASLEEP, 10, 20), period(OFF, 30, 40)])
    assert [ledger.reason_at(at) for at in (9, 10, 19, 20, 30, 40)] == [
        None,
        ASLEEP,
        ASLEEP,
        None,
        OFF,
        None,
    ]
    assert [ledger.stretch_at(at)[1] for at in (9, 10, 20, 39, 40)] == [10, 20, 30, 40, None]


def test_of_two_periods_that_overlap_the_later_noted_is_believed():
    ledger = Ledger([period(OFF, 10, 50), period(ASLEEP, 20, 30)])
    assert [ledger.reason_at(at) for at in (10, 20, 29, 30, 49, 50)] == [
        OFF,
        ASLEEP,
        ASLEEP,
        OFF,
        OFF,
        None,
    ]


def test_a_clock_set_forward_skips_slots_and_one_set_back_skips_none():
    assert Ledger([period(STEP, 10, 20, step=10)]).reason_at(15) is STEP
    assert Ledger([period(STEP, 10, 20, step=-10)]).reason_at(15) is None


def test_a_ledger_is_its_periods():
    periods = [period(ASLEEP, 10, 20)]
    assert Ledger(periods) == Ledger(iter(periods))
    assert Ledger(periods) != Ledger()
    assert Ledger(periods).periods == tuple(periods)
    assert len({Ledger(periods), Ledger(iter(periods))}) == 1
    assert "asleep" in repr(Ledger(periods))
    assert Ledger() != ()


PERIODS = st.lists(
    st.builds(
        period,
        st.sampled_from(PeriodKind),
        st.integers(0, 40),
        st.integers(0, 40),
        st.sampled_from([-1, 1]),
    ),
    max_size=12,
)


@given(PERIODS)
def test_the_ledger_agrees_with_looking_at_each_period(periods):
    ledger = Ledger(periods)
    expected = [None] * 42
    for one in periods:
        if one.kind is not STEP or one.step > 0:
            for at in range(one.since, one.until):
                expected[at] = one.kind
    assert [ledger.reason_at(at) for at in range(42)] == expected
    for at in range(42):
        kind, changes = ledger.stretch_at(at)
        until = 42 if changes is None else changes
        assert until > at
        assert set(expected[at:until]) == {kind}
