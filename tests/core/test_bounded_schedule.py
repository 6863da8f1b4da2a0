from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.bounded_schedule import BoundedSchedule
from wakeful.core.schedule import EverySchedule

NUMBERS = st.integers(-50, 200)
BOUNDS = st.none() | NUMBERS


@given(st.integers(1, 30), BOUNDS, BOUNDS, NUMBERS, NUMBERS)
def test_slots_count_from_one_bound_to_the_other(interval, not_before, not_after, one, other):
    inner = EverySchedule(interval, 0)
    schedule = BoundedSchedule(inner, not_before, not_after)
    slots = [
        slot
        for slot in range(interval, 400, interval)
        if (not_before is None or not_before <= slot) and (not_after is None or slot <= not_after)
    ]
    assert schedule.next_after(one) == next((slot for slot in slots if slot > one), None)
    assert schedule.last_until(one) == next((s for s in reversed(slots) if s <= one), None)
    assert schedule.count_between(one, other) == sum(one < slot <= other for slot in slots)
