"""The wake planner: wakes the machine for the jobs that want it, and lets it sleep again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.decision import ANSWER
from wakeful.core.errors import UnavailableError
from wakeful.core.event import Event, ExecutionFinished, ExecutionStarted, WokeUp
from wakeful.core.instant import SECOND, from_timedelta, to_iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wakeful.core.instant import Instant
    from wakeful.core.policy import Wake
    from wakeful.core.surroundings import Surroundings
    from wakeful.services.agenda import Agenda
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.ports import Clock
    from wakeful.services.power.ports import SleepManager, WakeAlarm

_log = logging.getLogger(__name__)
EARLY = 2 * SECOND
"""The clock of the hardware knows whole seconds only."""
LATE = 60 * SECOND
"""A machine that wakes up so long after its alarm was woken by something else."""
RETURN_SECONDS = 20.0
"""How long nobody must have used the machine, after the last job, until it sleeps again."""
SOON = 60 * SECOND
"""For a slot that comes within this time it is not worth while to sleep."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the machine is to be woken for.

    Attributes:
        job, slot: Whose slot.
        at: When the machine is woken.
    """

    job: str
    slot: Instant
    at: Instant


class WakePlanner:
    """Arms the alarm before sleep, and sends the machine back to sleep afterwards.

    Args:
        catalogue, agenda: The jobs and their next slots.
        alarm: What can wake the machine.
        manager: What can send it to sleep.
        surroundings: What is known of the machine now.
        clock: The time.

    Attributes:
        armed: What the machine will be woken for, while it sleeps.
        problem: Why the machine cannot be woken; empty as long as nothing went wrong.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        agenda: Agenda,
        alarm: WakeAlarm,
        manager: SleepManager,
        surroundings: Callable[[], Surroundings],
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._agenda = agenda
        self._alarm = alarm
        self._manager = manager
        self._surroundings = surroundings
        self._clock = clock
        self._woken: Alarm | None = None
        self._returning: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.armed: Alarm | None = None
        self.problem = ""

    def earliest(self) -> Alarm | None:
        """Find the earliest slot for which the machine is to be woken, and may be."""
        return min(self._wanted(), key=lambda alarm: alarm.at, default=None)

    def _wanted(self) -> Iterable[Alarm]:
        wakers = [(entry.job, entry.job.wake) for entry in self._catalogue if entry.job.wake]
        if not wakers:
            return
        present = self._surroundings()
        soonest = self._clock.now() + SECOND
        for job, wake in wakers:
            slot = self._agenda.next_slot(job.name)
            if slot is not None and _permitted(wake, present):
                yield Alarm(job.name, slot, max(slot - from_timedelta(wake.lead), soonest))

    async def arm(self) -> None:
        """Arm the alarm; done before the machine sleeps."""
        alarm = self.earliest()
        if alarm is None:
            self._disarm()
            return
        try:
            self._alarm.arm(alarm.at)
        except UnavailableError as error:
            self.problem = str(error)
            _log.warning("the machine will not wake up for job %s: %s", alarm.job, error)
            return
        self.problem = ""
        self.armed = alarm
        _log.info("the machine will wake up at %s for job %s", to_iso(alarm.at), alarm.job)

    def _disarm(self) -> None:
        if self.armed is not None:
            self.armed = None
            try:
                self._alarm.arm(None)
            except UnavailableError as error:
                self.problem = str(error)
                _log.warning("the wake-up alarm stays as it is: %s", error)

    def read_event(self, event: Event) -> None:
        """Follow wake-ups and executions; a reader of the bulletin."""
        if isinstance(event, WokeUp):
            self._after_wake_up()
        elif isinstance(event, ExecutionStarted):
            self._put_off_return()
        elif isinstance(event, ExecutionFinished) and self._woken is not None:
            self._return_later()

    def _after_wake_up(self) -> None:
        alarm = self.armed
        self._disarm()
        now = self._clock.now()
        woken = alarm is not None and alarm.at - EARLY <= now <= alarm.at + LATE
        self._woken = alarm if woken else None
        self._return_later()

    def surroundings_changed(self) -> None:
        """Stay awake if somebody uses the machine."""
        if self._woken is not None and _is_used(self._surroundings()):
            _log.info("somebody uses the machine; it stays awake")
            self._woken = None
            self._put_off_return()

    def _return_later(self) -> None:
        self._put_off_return()
        if self._woken is not None:
            self._return_after(self._woken.slot)

    def _return_after(self, slot: Instant) -> None:
        until_slot = max(slot - self._clock.now(), 0) / SECOND
        loop = asyncio.get_running_loop()
        self._returning = loop.call_later(until_slot + RETURN_SECONDS, self._return)

    def _put_off_return(self) -> None:
        if self._returning is not None:
            self._returning.cancel()
            self._returning = None

    def _return(self) -> None:
        self._returning = None
        if self._woken is None:
            return
        if _is_used(self._surroundings()):
            self._woken = None
            return
        if any(entry.live for entry in self._catalogue):
            return  # the last of them to end sends it to sleep
        expected = self._expected()
        if expected is not None:
            self._return_after(expected)
            return
        self._woken = None
        task = asyncio.get_running_loop().create_task(self._sleep(), name="back to sleep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _expected(self) -> Instant | None:
        """Give the slot of a job that is about to start, if there is one."""
        for entry in self._catalogue:
            waiting = entry.waiting
            # What waits for a condition or a person has a cause, or may wait for days.
            if waiting is not None and waiting.cause is None and waiting.reason != ANSWER:
                return waiting.slot
        earliest = self._agenda.earliest()
        if earliest is not None and earliest[1] <= self._clock.now() + SOON:
            return earliest[1]
        return None

    async def _sleep(self) -> None:
        _log.info("the machine was woken for a job and nobody uses it: back to sleep")
        try:
            await self._manager.sleep()
        except UnavailableError as error:
            _log.warning("the machine cannot be sent back to sleep: %s", error)

    async def stop(self) -> None:
        """End; the machine is not woken any more."""
        self._woken = None
        self._put_off_return()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._alarm.close()


def _permitted(wake: Wake, present: Surroundings) -> bool:
    """Say whether a job may wake the machine as it is now."""
    if not wake.lid and present.lid_closed:
        return False
    low = present.battery is not None and present.battery < wake.battery_above
    return not (low and present.on_ac is False)


def _is_used(present: Surroundings) -> bool:
    """Say whether somebody uses the machine.

    A session that was in use when the lid was closed says so for minutes after the wake-up.
    """
    return bool(present.in_use) and not present.lid_closed
