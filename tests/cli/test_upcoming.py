from __future__ import annotations

import heapq
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli.upcoming import slots_of_all, why_none
from wakeful.client.records import JobDetails, JobRecord

JOBS = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 20)), max_size=12)


class Clockwork:
    """Jobs with a first slot and an interval, in place of a daemon; counts what it is asked."""

    def __init__(self, jobs):
        self.jobs = {f"job{number}": job for number, job in enumerate(jobs)}
        self.asked = 0

    async def list_jobs(self):
        return [JobRecord(name=name, next_run=first) for name, (first, _) in self.jobs.items()]

    async def get_job(self, name, *, slots):
        self.asked += slots
        first, interval = self.jobs[name]
        planned = tuple(first + number * interval for number in range(slots))
        return JobDetails(job=JobRecord(name=name, next_run=first), slots=planned)


@given(JOBS, st.integers(1, 40))
async def test_the_next_slots_of_all_jobs(jobs, count):
    every = [[first + n * interval for n in range(count)] for first, interval in jobs]
    expected = heapq.nsmallest(count, chain.from_iterable(every))
    found = await slots_of_all(Clockwork(jobs), count)
    assert [slot for slot, *_ in found] == expected


@pytest.mark.parametrize("count", [1, 10, 1000])
async def test_no_more_is_asked_than_needed(count):
    many = Clockwork([(number, 100_000) for number in range(1, 5001)])
    await slots_of_all(many, count)
    assert many.asked <= 4 * count + 4


async def test_jobs_that_are_not_due_do_not_count():
    class Idle(Clockwork):
        async def list_jobs(self):
            return [JobRecord(name="off", enabled=False, next_run=1), JobRecord(name="by hand")]

    idle = Idle([])
    assert await slots_of_all(idle, 10) == []
    assert idle.asked == 0


@pytest.mark.parametrize(
    ("trigger", "schedule", "why"),
    [
        ("", "", "j runs by hand only; no run is planned."),
        ("on", "resume after 1h", "j runs when something happens (resume after 1h); no run is"),
        ("cron", "@Reboot", "j runs when something happens (@Reboot); no run is planned."),
        ("at", "2020-01-01", "j has no further slot."),
    ],
)
def test_why_a_job_has_no_next_slot(trigger, schedule, why):
    job = JobRecord(name="j", trigger=trigger, schedule=schedule)
    assert why_none(job).startswith(why)
