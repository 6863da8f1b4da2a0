"""Occasions: jobs that are triggered by an event instead of the clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wakeful.core.event import Event, ExecutionFinished, WokeUp
from wakeful.core.instant import SECOND
from wakeful.core.occasion_schedule import OccasionSchedule
from wakeful.core.plan import Reason
from wakeful.core.policy import Occasion
from wakeful.core.trigger import OccasionTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.core.instant import Instant
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.dispatcher import Dispatcher
    from wakeful.services.ports import Clock


LEAST_NAP = SECOND
"""An announced sleep that took less was called off; nothing has been resumed."""


class Occasions:
    """Turns events into slots: the instant of the event is the slot of each job it triggers.

    Args:
        catalogue: The jobs.
        dispatcher: Decides on the slots as on all others.
        clock: The time.
    """

    def __init__(self, *, catalogue: Catalogue, dispatcher: Dispatcher, clock: Clock) -> None:
        self._catalogue = catalogue
        self._dispatcher = dispatcher
        self._clock = clock
        self._ended = asyncio.Event()

    def read_event(self, event: Event) -> None:
        """Trigger what a wake-up triggers; a reader of the bulletin."""
        if isinstance(event, WokeUp):
            nap = event.period.nap
            if nap >= LEAST_NAP:
                self._occur(Occasion.RESUME, lambda trigger: nap >= trigger.least_nap)
        elif isinstance(event, ExecutionFinished):
            self._ended.set()

    def occur(self, occasion: Occasion) -> None:
        """Trigger the jobs that wait for an occasion."""
        self._occur(occasion, lambda _: True)

    def _occur(self, occasion: Occasion, counts: Callable[[OccasionTrigger], bool]) -> None:
        names = self._give_slots(occasion, self._clock.now(), counts)
        if names:
            self._dispatcher.due(names)

    async def before_sleep(self) -> None:
        """Run the jobs that are to run before the machine sleeps, and wait for their ends."""
        names = self._give_slots(Occasion.BEFORE_SLEEP, self._clock.now(), lambda _: True)
        if not names:
            return
        await self._dispatcher.serve(names, in_spite_of_gate=True)
        while any((entry := self._catalogue.get(name)) and entry.live for name in names):
            self._ended.clear()
            await self._ended.wait()

    def _give_slots(
        self, occasion: Occasion, now: Instant, counts: Callable[[OccasionTrigger], bool]
    ) -> list[str]:
        names: list[str] = []
        for entry in self._catalogue:
            trigger = entry.job.trigger
            if (
                isinstance(trigger, OccasionTrigger)
                and trigger.occasion is occasion
                and counts(trigger)
                and entry.job.usable
                and entry.held is not Reason.LIMIT  # it has no slots any more
            ):
                _give_slot(entry, now)
                names.append(entry.job.name)
        return names


def _give_slot(entry: Entry, now: Instant) -> None:
    """Let an event be a slot of a job, after those that still wait."""
    before = entry.schedule
    known = before if isinstance(before, OccasionSchedule) else OccasionSchedule()
    entry.schedule = known.occurred(now, accounted_until=entry.accounted_until)
    # The clock may have been set back since the one before: this one is to be served all the same.
    entry.accounted_until = min(entry.accounted_until, now - 1)
