"""The timer: APScheduler on a timerfd. The only module that knows APScheduler.

What APScheduler does with a job is kept (a trigger gives its next time, a store keeps it, the
scheduler looks for those that are due, an executor gets them); replaced are its parts that cost too
much or would decide too much: its store finds a job in the time it takes to look at all, a job
checks its callable with `inspect`, and a time-out of the event loop knows nothing of sleep.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from wakeful.adapters.timer.sparing import without_extras
from wakeful.adapters.timerfd import Timerfd, WallTimer
from wakeful.core.instant import Instant, from_datetime

with without_extras():
    from apscheduler.executors.base import BaseExecutor
    from apscheduler.job import Job
    from apscheduler.jobstores.base import BaseJobStore, JobLookupError
    from apscheduler.schedulers.base import STATE_RUNNING, BaseScheduler
    from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wakeful.core.schedule import Schedule

_log = logging.getLogger(__name__)

_ALIAS: Final = "default"
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_FIRST_DATETIME: Final = datetime.min.replace(tzinfo=UTC)
_LAST_DATETIME: Final = datetime.max.replace(tzinfo=UTC)
_LEAST_STALE: Final = 64


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # it has no types
    """Gives the slots of a schedule to APScheduler.

    Args:
        schedule: The schedule.
        slot: Its slot to wait for first.

    ``slot`` is the slot waited for, exact even where no datetime can express it.
    """

    __slots__ = ("_schedule", "slot")

    def __init__(self, schedule: Schedule, slot: Instant) -> None:
        self._schedule = schedule
        self.slot = slot

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """Go to the next slot: the first after now, and after the one that was waited for."""
        del previous_fire_time  # the same as the slot, only less exact
        try:
            slot = self._schedule.next_after(max(from_datetime(now), self.slot))
        except Exception:  # noqa: BLE001 - the other jobs that are due now must not pay for it
            _log.exception("a schedule failed; its job is not watched any more")
            return None
        if slot is None:
            return None
        self.slot = slot
        return _expressed(slot)


class SlotJob(Job):  # type: ignore[misc]  # it has no types
    """A job for APScheduler that is nothing but a name and its slots.

    Made without the checks of its base class, which are about callables. Whether a slot that was
    missed still counts is not decided here: so it may be late without limit, and is due once.
    """

    executor = _ALIAS
    coalesce = True
    max_instances = 1
    misfire_grace_time = None

    def __init__(self, scheduler: BaseScheduler | None, name: str, trigger: SlotTrigger) -> None:
        self._scheduler = scheduler
        self._jobstore_alias = _ALIAS
        self.id = self.name = name
        self.trigger = trigger
        self.next_run_time = _expressed(trigger.slot)

    def _get_run_times(self, now: datetime) -> list[datetime]:
        del now  # it is due, or nobody would ask
        return [self.next_run_time]

    def _modify(self, **changes: datetime) -> None:
        # The only change there is comes from the trigger, and is right.
        self.next_run_time = changes["next_run_time"]


class HeapStore(BaseJobStore):  # type: ignore[misc]  # it has no types
    """Keeps jobs in the order of their slots.

    What was removed or replaced stays in the heap until its turn comes, or until there is too much
    of it. A job that was found due is out of the heap until `update_job`.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, SlotJob]] = []
        self._jobs: dict[str, SlotJob] = {}
        self._count = 0  # keeps the order of jobs with the same slot, and jobs from comparing

    def lookup_job(self, job_id: str) -> SlotJob | None:
        """Give a job by its name."""
        return self._jobs.get(job_id)

    def get_due_jobs(self, now: datetime) -> list[SlotJob]:
        """Take out the jobs whose slot has come, the earliest first."""
        until = from_datetime(now)
        heap = self._heap
        due: list[SlotJob] = []
        while heap and heap[0][0] <= until:
            entry = heapq.heappop(heap)
            if self._is_current(entry):
                due.append(entry[2])
        return due

    def get_next_run_time(self) -> datetime | None:
        """Give the earliest slot."""
        job = self.earliest()
        return None if job is None else job.next_run_time

    def get_all_jobs(self) -> list[SlotJob]:
        """Give all jobs, the earliest first."""
        return sorted(self._jobs.values(), key=lambda job: job.trigger.slot)

    def add_job(self, job: SlotJob) -> None:
        """Add a job; one of the same name is replaced."""
        self._jobs[job.id] = job
        self._push(job)
        if len(self._heap) > 2 * len(self._jobs) + _LEAST_STALE:
            self._heap = [entry for entry in self._heap if self._is_current(entry)]
            heapq.heapify(self._heap)

    def update_job(self, job: SlotJob) -> None:
        """Put a job back that was due, at its new slot."""
        if self._jobs.get(job.id) is job:
            self._push(job)

    def remove_job(self, job_id: str) -> None:
        """Remove a job.

        Raises:
            JobLookupError: There is none of that name.
        """
        if self._jobs.pop(job_id, None) is None:
            raise JobLookupError(job_id)

    def remove_all_jobs(self) -> None:
        """Remove all jobs."""
        self._heap.clear()
        self._jobs.clear()

    def earliest(self) -> SlotJob | None:
        """Give the job with the earliest slot."""
        heap = self._heap
        while heap:
            if self._is_current(heap[0]):
                return heap[0][2]
            heapq.heappop(heap)
        return None

    def _is_current(self, entry: tuple[Instant, int, SlotJob]) -> bool:
        slot, _, job = entry
        return self._jobs.get(job.id) is job and job.trigger.slot == slot

    def _push(self, job: SlotJob) -> None:
        self._count += 1
        heapq.heappush(self._heap, (job.trigger.slot, self._count, job))


class NameExecutor(BaseExecutor):  # type: ignore[misc]  # it has no types
    """Runs nothing: collects the names of the jobs that are due."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []

    def submit_job(self, job: SlotJob, run_times: Sequence[datetime]) -> None:
        """Take note of a job. Instances are not counted, for none is running here."""
        self._do_submit_job(job, run_times)

    def _do_submit_job(self, job: SlotJob, run_times: Sequence[datetime]) -> None:
        del run_times
        self._names.append(job.id)

    def take(self) -> list[str]:
        """Give what was collected since the last call."""
        names, self._names = self._names, []
        return names


class SlotScheduler(BaseScheduler):  # type: ignore[misc]  # it has no types
    """APScheduler's scheduler, woken up by a timer on the wall clock.

    Args:
        loop: The event loop.
        timer: Wakes it up; closed at the end.
        due: Called with the names of the jobs that are due.
        store: The jobs.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timer: WallTimer,
        due: Callable[[Sequence[str]], None],
        store: HeapStore,
    ) -> None:
        quiet = logging.getLogger("apscheduler.scheduler")
        quiet.setLevel(logging.WARNING)  # each job added would be a line
        self._loop = loop
        self._timer = timer
        self._due = due
        self._store = store
        self._collected = NameExecutor()
        self._request: asyncio.Handle | None = None
        super().__init__(
            timezone=UTC,
            logger=quiet,
            executors={_ALIAS: self._collected},
            jobstores={_ALIAS: store},
        )
        loop.add_reader(timer.fileno(), self._fire)

    def wakeup(self) -> None:
        """Look soon what is due; once, however often this is called until then."""
        if self._request is None:
            self._request = self._loop.call_soon(self._look)

    def shutdown(self, wait: Any = True) -> None:  # noqa: ANN401, FBT002 - as in the base class
        """End."""
        if self._request is not None:
            self._request.cancel()
        self._loop.remove_reader(self._timer.fileno())
        self._timer.close()
        super().shutdown(wait)

    def _fire(self) -> None:
        if self._timer.read():
            _log.info("the clock was set, or the machine woke up")
        self._look()

    def _look(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request = None
        if self.state != STATE_RUNNING:
            return
        self._process_jobs()
        # Its answer is a number of seconds from now; the store knows the very instant.
        earliest = self._store.earliest()
        self._timer.arm(None if earliest is None else earliest.trigger.slot)
        names = self._collected.take()
        if names:
            self._due(names)


class ApschedulerTimer:
    """Implements `services.ports.Timer`.

    Args:
        open_timer: Makes the timer on the wall clock; replaced in tests.
    """

    def __init__(self, open_timer: Callable[[], WallTimer] = Timerfd) -> None:
        self._open_timer = open_timer
        self._store = HeapStore()
        self._scheduler: SlotScheduler | None = None

    def start(self, due: Callable[[Sequence[str]], None]) -> None:
        """See `services.ports.Timer`. Jobs may have been set before."""
        self._scheduler = SlotScheduler(
            asyncio.get_running_loop(), self._open_timer(), due, self._store
        )
        self._scheduler.start()

    def set(self, name: str, schedule: Schedule, *, after: Instant) -> None:
        """See `services.ports.Timer`."""
        slot = schedule.next_after(after)
        if slot is None:
            self.remove(name)
            return
        self._store.add_job(SlotJob(self._scheduler, name, SlotTrigger(schedule, slot)))
        if self._scheduler is not None:
            self._scheduler.wakeup()

    def remove(self, name: str) -> None:
        """See `services.ports.Timer`."""
        if self._store.lookup_job(name) is not None:
            self._store.remove_job(name)

    def next_slot(self, name: str) -> Instant | None:
        """See `services.ports.Timer`."""
        job = self._store.lookup_job(name)
        return None if job is None else job.trigger.slot

    def earliest(self) -> tuple[str, Instant] | None:
        """See `services.ports.Timer`."""
        job = self._store.earliest()
        return None if job is None else (job.id, job.trigger.slot)

    async def stop(self) -> None:
        """See `services.ports.Timer`."""
        if self._scheduler is not None:
            scheduler, self._scheduler = self._scheduler, None
            scheduler.shutdown(wait=False)


def _expressed(slot: Instant) -> datetime:
    """Express a slot as APScheduler wants it; outside of all datetimes, as the nearest one."""
    try:
        return _EPOCH + timedelta(microseconds=slot)
    except OverflowError:
        return _LAST_DATETIME if slot > 0 else _FIRST_DATETIME
