from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core import condition
from wakeful.core.condition import AC, BATTERY, IDLE, LOAD, METERED, NETWORK, all_unmet, unmet
from wakeful.core.instant import MINUTE, SECOND
from wakeful.core.policy import Conditions
from wakeful.core.surroundings import Surroundings

NOW = 1_800_000_000 * SECOND
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("conditions", "surroundings", "reason"),
    [
        ({}, {"on_ac": False, "load": 99}, ""),
        ({"ac": True}, {"on_ac": True}, ""),
        ({"ac": True}, {"on_ac": False}, AC),
        ({"ac": True}, {}, ""),
        ({"ac": False}, {"on_ac": True}, AC),
        ({"ac": False}, {"on_ac": False}, ""),
        ({"battery_above": 30}, {"battery": 30, "on_ac": False}, ""),
        ({"battery_above": 30}, {"battery": 29.9, "on_ac": False}, BATTERY),
        ({"battery_above": 30}, {"battery": 29.9}, BATTERY),
        ({"battery_above": 30}, {"battery": 2, "on_ac": True}, ""),
        ({"battery_above": 30}, {"on_ac": False}, ""),
        ({"idle": TEN}, {"idle_since": NOW - 10 * MINUTE, "in_use": False}, ""),
        ({"idle": TEN}, {"idle_since": NOW - 10 * MINUTE + 1, "in_use": False}, IDLE),
        ({"idle": TEN}, {"in_use": True}, IDLE),
        ({"idle": TEN}, {}, ""),
        ({"metered": False}, {"metered": True}, METERED),
        ({"metered": False}, {"metered": False}, ""),
        ({"metered": True}, {"metered": False}, METERED),
        ({"metered": False}, {}, ""),
        ({"online": True}, {"online": False}, NETWORK),
        ({"online": True}, {"online": True}, ""),
        ({"online": True}, {}, ""),
        ({"load_below": 2}, {"load": 1.99}, ""),
        ({"load_below": 2}, {"load": 2.0}, LOAD),
        ({"load_below": 2}, {}, ""),
        ({"load_below": 2, "ac": True}, {"load": 3, "on_ac": False}, AC),
    ],
)
def test_a_condition_holds_or_is_named(conditions, surroundings, reason):
    assert unmet(Conditions(**conditions), Surroundings(**surroundings), NOW) == reason


def test_all_that_stands_in_the_way_is_named_in_one_order():
    conditions = Conditions(
        ac=True, battery_above=50, idle=TEN, metered=False, online=True, load_below=1
    )
    surroundings = Surroundings(
        on_ac=False, battery=20, in_use=True, metered=True, online=False, load=4
    )
    assert list(all_unmet(conditions, surroundings, NOW)) == [
        AC,
        BATTERY,
        IDLE,
        METERED,
        NETWORK,
        LOAD,
    ]


@pytest.mark.parametrize(
    ("conditions", "surroundings", "wait"),
    [
        ({"load_below": 2}, {"load": 3}, condition.LOAD_INTERVAL),
        ({"load_below": 2}, {"load": 1}, None),
        ({"idle": TEN}, {"idle_since": NOW - MINUTE, "in_use": False}, 9 * MINUTE),
        ({"idle": TEN}, {"in_use": True}, None),
        ({"ac": True}, {"on_ac": False}, None),
        # As long as the machine is on battery, its load does not matter.
        ({"ac": True, "load_below": 2}, {"on_ac": False, "load": 3}, None),
    ],
)
def test_it_is_looked_at_again_only_where_nobody_tells(conditions, surroundings, wait):
    look = condition.next_look(Conditions(**conditions), Surroundings(**surroundings), NOW)
    assert look == (None if wait is None else NOW + wait)


@given(
    st.builds(
        Conditions,
        ac=st.none() | st.booleans(),
        idle=st.none() | st.timedeltas(timedelta(0), timedelta(hours=2)),
        load_below=st.none() | st.floats(0, 9),
    ),
    st.builds(
        Surroundings,
        on_ac=st.none() | st.booleans(),
        idle_since=st.none() | st.integers(NOW - 60 * MINUTE, NOW),
        in_use=st.none() | st.booleans(),
        load=st.none() | st.floats(0, 9),
    ),
)
def test_the_next_look_lies_ahead_and_idleness_has_come_by_then(conditions, surroundings):
    look = condition.next_look(conditions, surroundings, NOW)
    if look is not None:
        assert look > NOW
        if unmet(conditions, surroundings, NOW) == IDLE:
            assert unmet(conditions, surroundings, look) != IDLE
