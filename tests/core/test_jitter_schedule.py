from __future__ import annotations

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.jitter_schedule import JitterSchedule, seed_of
from wakeful.core.schedule import AtSchedule, EverySchedule

START = 1_790_000_000 * SECOND
INNER = st.one_of(
    st.integers(SECOND, 3 * HOUR).map(lambda interval: EverySchedule(interval, START)),
    st.sampled_from(["*/7 * * * *", "0 3,4 * * *", "59 * * * *", "0 0 1 * *"]).map(
        lambda text: CronSchedule(parse_cron(text), UTC)
    ),
    st.integers(START, START + DAY).map(AtSchedule),
)
OFFSETS = st.integers(0, 2 * DAY)


def slots_of(schedule, until):
    slots, instant = [], START
    while (instant := schedule.next_after(instant)) is not None and instant <= until:
        slots.append(instant)
        if len(slots) > 400:
            break
    return slots


@given(INNER, st.integers(SECOND, 2 * HOUR), st.text(), OFFSETS, OFFSETS)
def test_the_three_questions_agree_and_each_slot_stays_behind_its_own_time(
    inner, jitter, name, one, other
):
    schedule = JitterSchedule(inner, jitter, seed_of(name))
    plain = slots_of(inner, START + DAY)
    delayed = [schedule.last_until(after - 1) for after in plain[1:]]
    for slot, late, following in zip(plain, delayed, plain[1:], strict=False):
        assert slot <= late <= min(slot + jitter, following - 1)
        assert (late - slot) % SECOND == 0
    assert delayed == sorted(set(delayed))
    after, until = sorted((START + one, START + other))
    slots, instant = [], after
    while (instant := schedule.next_after(instant)) is not None and instant <= until:
        slots.append(instant)
        assert schedule.last_until(instant) == instant
        assert schedule.last_until(instant - 1) != instant
        if len(slots) == 50:
            until = instant
    assert slots == sorted(set(slots))
    assert schedule.count_between(after, until) == len(slots)
    assert schedule.count_between(until, after) == 0
    assert schedule.last_until(until) == (slots[-1] if slots else schedule.last_until(after))


def test_delays_differ_from_slot_to_slot_and_from_job_to_job_and_never_add_up():
    inner = EverySchedule(HOUR, START)
    jobs = [JitterSchedule(inner, 5 * MINUTE, seed_of(name)) for name in ("a", "b")]
    offsets = [
        [(slot - START) % HOUR for slot in slots_of(job, START + 10 * DAY + 30 * MINUTE)]
        for job in jobs
    ]
    for found in offsets:
        assert len(found) == 240
        assert max(found) <= 5 * MINUTE
        assert len(set(found)) > 100
    assert offsets[0] != offsets[1]
    again = JitterSchedule(inner, 5 * MINUTE, seed_of("a"))
    assert [
        (slot - START) % HOUR for slot in slots_of(again, START + 10 * DAY + 30 * MINUTE)
    ] == offsets[0]


def test_a_delay_as_long_as_the_interval_keeps_the_order():
    schedule = JitterSchedule(EverySchedule(MINUTE, START), MINUTE, seed_of("x"))
    slots = slots_of(schedule, START + 5 * HOUR)
    assert [(slot - START) // MINUTE for slot in slots] == list(range(1, len(slots) + 1))


def test_a_delay_is_the_same_on_every_machine():
    schedule = JitterSchedule(AtSchedule(START), HOUR, seed_of("backup"))
    assert (schedule.next_after(0) - START) // SECOND == 70
