"""The timer, on real timers of the kernel; only a clock that is set is played."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

import pytest

from wakeful.adapters.timer.apscheduler_timer import ApschedulerTimer
from wakeful.core.instant import DAY, HOUR, SECOND
from wakeful.core.schedule import AtSchedule, EverySchedule

MILLISECOND = 1000
PLENTY = 20.0


def now() -> int:
    return time.time_ns() // 1000


class Watched:
    """A timer with what it reported, and when."""

    def __init__(self, **options):
        self.timer = ApschedulerTimer(**options)
        self.calls = []
        self._called = asyncio.Event()

    def note(self, names):
        self.calls.append((now(), list(names)))
        self._called.set()

    async def called(self, times=1):
        async with asyncio.timeout(PLENTY):
            while len(self.calls) < times:
                self._called.clear()
                await self._called.wait()
        return self.calls[times - 1]

    @property
    def names(self):
        return [name for _, names in self.calls for name in names]


@pytest.fixture
async def watched():
    found = Watched()
    found.timer.start(found.note)
    yield found
    await found.timer.stop()


class PlayedTimer:
    """Never fires by itself; the clock is set by hand."""

    def __init__(self):
        self._read, self._write = os.pipe()
        self.armed = []

    def fileno(self):
        return self._read

    def arm(self, instant):
        self.armed.append(instant)

    def read(self):
        os.read(self._read, 1)
        return True

    def set_clock(self):
        os.write(self._write, b"x")

    def close(self):
        os.close(self._read)
        os.close(self._write)


async def test_a_slot_is_told_within_milliseconds(watched):
    late = []
    for number in range(10):
        slot = now() + 50 * MILLISECOND
        watched.timer.set("job", AtSchedule(slot), after=now())
        called, names = await watched.called(number + 1)
        assert names == ["job"]
        late.append(called - slot)
    assert min(late) >= 0
    assert sorted(late)[len(late) // 2] < 5 * MILLISECOND


async def test_a_far_slot_is_as_exact_as_a_near_one(watched):
    slot = now() + 3 * SECOND
    watched.timer.set("job", AtSchedule(slot), after=now())
    called, _ = await watched.called()
    assert 0 <= called - slot < 5 * MILLISECOND


async def test_a_thousand_jobs_of_one_instant_are_told_in_one_call(watched):
    slot = now() + 300 * MILLISECOND
    names = [f"job {number}" for number in range(1000)]
    for name in names:
        watched.timer.set(name, AtSchedule(slot), after=now())
    assert (await watched.called())[1] == names
    await asyncio.sleep(0.1)
    assert len(watched.calls) == 1


async def test_slots_come_again_and_again(watched):
    anchor = now()
    watched.timer.set("job", EverySchedule(50 * MILLISECOND, anchor), after=anchor)
    for number in range(1, 6):
        called, names = await watched.called(number)
        assert names == ["job"]
        assert called >= anchor + number * 50 * MILLISECOND
        assert watched.timer.next_slot("job") > called


async def test_slots_that_passed_unattended_are_told_once(watched):
    watched.timer.set("job", EverySchedule(HOUR, now() - 100 * HOUR - HOUR // 2), after=0)
    await watched.called()
    await asyncio.sleep(0.1)
    assert watched.names == ["job"]
    assert now() < watched.timer.next_slot("job") < now() + HOUR


async def test_jobs_that_are_due_are_told_in_the_order_of_their_slots(watched):
    start = now()
    for number in (3, 1, 2):
        watched.timer.set(f"{number}", AtSchedule(start - DAY + number), after=0)
    await watched.called()
    assert watched.calls[0][1] == ["1", "2", "3"]


async def test_setting_a_job_again_replaces_it(watched):
    watched.timer.set("job", AtSchedule(now() + 50 * MILLISECOND), after=now())
    later = now() + HOUR
    watched.timer.set("job", AtSchedule(later), after=now())
    await asyncio.sleep(0.15)
    assert watched.calls == []
    assert watched.timer.next_slot("job") == later
    watched.timer.set("job", AtSchedule(now() + 20 * MILLISECOND), after=now())
    assert (await watched.called())[1] == ["job"]


async def test_a_job_that_is_removed_is_not_told(watched):
    watched.timer.set("job", AtSchedule(now() + 50 * MILLISECOND), after=now())
    watched.timer.remove("job")
    watched.timer.remove("job")
    watched.timer.remove("unknown")
    await asyncio.sleep(0.15)
    assert watched.calls == []
    assert watched.timer.next_slot("job") is None


async def test_a_job_without_a_slot_is_not_watched(watched):
    watched.timer.set("job", AtSchedule(now() + HOUR), after=now())
    watched.timer.set("job", AtSchedule(5), after=now())
    assert watched.timer.next_slot("job") is None
    assert watched.timer.earliest() is None


async def test_a_job_whose_last_slot_was_told_is_forgotten(watched):
    watched.timer.set("job", AtSchedule(now() + 20 * MILLISECOND), after=now())
    await watched.called()
    assert watched.timer.next_slot("job") is None
    assert watched.timer.earliest() is None


async def test_the_earliest_job_is_known(watched):
    start = now()
    assert watched.timer.earliest() is None
    watched.timer.set("later", AtSchedule(start + 2 * HOUR), after=start)
    watched.timer.set("sooner", AtSchedule(start + HOUR), after=start)
    assert watched.timer.earliest() == ("sooner", start + HOUR)
    watched.timer.remove("sooner")
    assert watched.timer.earliest() == ("later", start + 2 * HOUR)


async def test_jobs_may_be_set_before_the_start():
    watched = Watched()
    slot = now() + 50 * MILLISECOND
    watched.timer.set("job", AtSchedule(slot), after=now())
    assert watched.timer.earliest() == ("job", slot)
    watched.timer.start(watched.note)
    await watched.called()
    await watched.timer.stop()


async def test_nothing_is_told_after_the_end(watched):
    watched.timer.set("job", AtSchedule(now() + 50 * MILLISECOND), after=now())
    watched.timer.set("due", AtSchedule(now() - 1), after=0)
    await watched.timer.stop()
    await watched.timer.stop()
    await asyncio.sleep(0.15)
    assert watched.calls == []


async def test_a_job_may_be_set_from_within_the_call(watched):
    def again(names):
        watched.note(names)
        if len(watched.calls) < 3:
            watched.timer.set("job", AtSchedule(now() + 10 * MILLISECOND), after=now())

    watched.timer._scheduler._due = again
    watched.timer.set("job", AtSchedule(now() + 10 * MILLISECOND), after=now())
    await watched.called(3)


async def test_slots_beyond_all_datetimes_do_no_harm(watched):
    watched.timer.set("eon", AtSchedule(10**24), after=0)
    watched.timer.set("year 10000", AtSchedule(253402300800 * SECOND), after=0)
    watched.timer.set("before Christ", AtSchedule(-(10**18)), after=-(10**19))
    assert watched.timer.next_slot("eon") == 10**24
    assert (await watched.called())[1] == ["before Christ"]
    assert watched.timer.earliest() == ("year 10000", 253402300800 * SECOND)
    await asyncio.sleep(0.1)
    assert len(watched.calls) == 1


async def test_a_schedule_that_fails_harms_no_other_job(watched, caplog):
    class Broken:
        def next_after(self, instant):
            if instant > 10:
                raise ZeroDivisionError
            return 11

    watched.timer.set("broken", Broken(), after=0)
    watched.timer.set("sound", EverySchedule(HOUR, now() - DAY), after=0)
    await watched.called()
    assert watched.calls[0][1] == ["broken", "sound"]
    assert watched.timer.next_slot("broken") is None
    assert watched.timer.next_slot("sound") > now()
    assert "ZeroDivisionError" in caplog.text


async def test_a_listener_that_fails_does_not_stop_the_timer(watched):
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def fail(names):
        watched.note(names)
        raise ZeroDivisionError

    watched.timer._scheduler._due = fail
    watched.timer.set("job", EverySchedule(20 * MILLISECOND, now()), after=now())
    await watched.called(3)
    assert len(reported) >= 2


async def test_when_the_clock_was_set_what_is_due_by_then_is_told(caplog):
    caplog.set_level(logging.INFO)
    played = []

    def open_timer():
        played.append(PlayedTimer())
        return played[0]

    watched = Watched(open_timer=open_timer)
    watched.timer.start(watched.note)
    slot = now() + 50 * MILLISECOND
    far = now() + DAY
    watched.timer.set("job", AtSchedule(slot), after=now())
    watched.timer.set("far", AtSchedule(far), after=now())
    await asyncio.sleep(0.1)
    assert watched.calls == []
    assert played[0].armed[-1] == slot
    played[0].set_clock()
    assert (await watched.called())[1] == ["job"]
    assert played[0].armed[-1] == far
    assert "clock was set" in caplog.text
    await watched.timer.stop()


async def test_a_thousand_far_jobs_cost_no_wake_ups(watched):
    for number in range(1000):
        watched.timer.set(f"job {number}", EverySchedule(HOUR, now() + number), after=now())
    await asyncio.sleep(0.1)
    before = _switches()
    await asyncio.sleep(3)
    assert _switches() - before <= 3


async def test_many_replacements_do_not_pile_up(watched):
    for number in range(5000):
        watched.timer.set("job", AtSchedule(now() + HOUR + number), after=now())
    assert len(watched.timer._store._heap) < 100
    assert [job.id for job in watched.timer._store.get_all_jobs()] == ["job"]


async def test_adding_and_telling_is_cheap(watched):
    names = [f"job {number}" for number in range(1000)]
    adding, telling = [], []
    for _ in range(5):
        schedules = [EverySchedule(HOUR, now() - 2 * HOUR) for _ in names]
        started = time.thread_time()
        for name, schedule in zip(names, schedules, strict=True):
            watched.timer.set(name, schedule, after=0)
        adding.append(time.thread_time() - started)
        started = time.thread_time()
        watched.timer._scheduler._look()
        telling.append(time.thread_time() - started)
    assert len(watched.names) == 5000
    # Twice the aim of 15 µs each, for machines that are slower or busy.
    assert min(adding) < 0.03
    assert min(telling) < 0.03


async def test_no_thread_is_started(watched):
    before = _threads()
    watched.timer.set("job", AtSchedule(now() + 10 * MILLISECOND), after=now())
    await watched.called()
    assert _threads() == before


async def test_apscheduler_says_nothing_of_daily_routine(watched, caplog):
    caplog.set_level(logging.DEBUG, logger="wakeful")
    watched.timer.set("job", AtSchedule(now() + 10 * MILLISECOND), after=now())
    await watched.called()
    assert [record for record in caplog.records if record.name.startswith("apscheduler")] == []


def _switches() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])


def _threads() -> set[Path]:
    return set(Path("/proc/self/task").iterdir())
