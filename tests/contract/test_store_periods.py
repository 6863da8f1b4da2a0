"""What every store promises of periods and signs of life, in memory as on disk."""

from __future__ import annotations

import pytest

from wakeful.core.execution import Cause, Execution
from wakeful.core.instant import SECOND
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Close, Reason, SlotState
from wakeful.core.schedule import SlotSpan
from wakeful.services.ports import PeriodQuery

NOON = 1_800_000_000 * SECOND


def asleep(since, until, **fields):
    return Period(kind=PeriodKind.ASLEEP, since=since, until=until, **fields)


async def test_periods_are_recalled_oldest_first_and_listed_newest_first(open_store):
    store, _ = await open_store()
    nap = asleep(NOON, NOON + 60 * SECOND, asleep=59 * SECOND, source="logind")
    off = Period(kind=PeriodKind.OFF, since=nap.until, until=nap.until + SECOND, source="start")
    step = Period(
        kind=PeriodKind.CLOCK_STEP,
        since=NOON,
        until=off.until,
        step=NOON - off.until,
        source="clock",
    )
    await store.record_periods([nap, off])
    await store.record_periods([step])
    assert list(await store.periods(PeriodQuery())) == [step, off, nap]
    assert list(await store.periods(PeriodQuery(limit=1))) == [step]
    assert list(await store.periods(PeriodQuery(limit=0))) == []
    _, memory = await open_store()
    assert list(memory.periods) == [nap, off, step]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, [3, 2, 1]),
        (20, None, [3, 2]),
        (19, None, [3, 2, 1]),
        (None, 30, [2, 1]),
        (None, 31, [3, 2, 1]),
        (25, 26, [2]),
        (40, 50, []),
        (0, 10, []),
    ],
)
async def test_periods_are_listed_if_they_touch_the_time_asked_for(store, since, until, expected):
    await store.record_periods([asleep(number * 10, number * 10 + 10) for number in (1, 2, 3)])
    found = await store.periods(PeriodQuery(since=since, until=until))
    assert [one.since // 10 for one in found] == expected


async def test_until_when_the_daemon_was_at_work_is_told_by_its_last_sign_of_life(open_store):
    store, memory = await open_store()
    assert memory.active_until is None
    await store.record_active(NOON)
    store, memory = await open_store()
    assert memory.active_until == NOON
    await store.record_active(NOON - SECOND)
    await store.record_periods([asleep(NOON, NOON + SECOND)])
    store, memory = await open_store()
    assert memory.active_until == NOON + SECOND
    queued_at = NOON + 2 * SECOND
    execution = Execution(
        execution_id="0" * 26, job="backup", cause=Cause.MANUAL, slot=None, queued_at=queued_at
    )
    await store.claim([execution], [])
    store, memory = await open_store()
    assert memory.active_until == NOON + 2 * SECOND
    span = SlotSpan(NOON, NOON + 3 * SECOND, 2)
    await store.claim([], [Close("backup", span, SlotState.MISSED, Reason.TOO_LATE)])
    _, memory = await open_store()
    assert memory.active_until == NOON + 3 * SECOND


async def test_a_start_of_the_machine_is_news_once(open_store):
    store, _ = await open_store()
    assert await store.remember_boot("first")
    assert not await store.remember_boot("first")
    store, _ = await open_store()
    assert not await store.remember_boot("first")
    assert await store.remember_boot("second")
    assert await store.remember_boot("first")
