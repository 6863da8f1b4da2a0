"""The waiting room: slots that were put off, and when to look at them again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.event import JobChanged, SlotDeferred
from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wakeful.core.instant import Instant
    from wakeful.core.plan import Defer
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Entry
    from wakeful.services.ports import Clock

_log = logging.getLogger(__name__)


class WaitingRoom:
    """Keeps the jobs of which a slot waits.

    Args:
        clock: The time.
        bulletin: Told of slots that wait.
        call: Called with the jobs whose slots are to be looked at again.
    """

    def __init__(
        self, *, clock: Clock, bulletin: Bulletin, call: Callable[[Sequence[str]], None]
    ) -> None:
        self._clock = clock
        self._bulletin = bulletin
        self._call = call
        self._looks: dict[str, Instant | None] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: Instant | None = None

    @property
    def names(self) -> list[str]:
        """The jobs of which a slot waits."""
        return list(self._looks)

    def note(self, entry: Entry, deferral: Defer | None) -> None:
        """Take note that a slot of a job waits, or that none does any more."""
        before, entry.waiting = entry.waiting, deferral
        name = entry.job.name
        if deferral is before:
            return  # it is looked at again when something has changed
        if deferral is None:
            self._looks.pop(name, None)
            entry.answer = None
            self._bulletin.publish(JobChanged(name))
            return
        self._looks[name] = deferral.until
        if deferral.until is not None and (
            self._alarm_at is None or deferral.until < self._alarm_at
        ):
            self._set_alarm(deferral.until)
        if before is None or before.slot != deferral.slot:
            entry.answer = None
        elif before.reason == deferral.reason:
            return
        _log.info("a slot of job %s waits: %s", name, deferral.reason, extra={"job": name})
        self._bulletin.publish(SlotDeferred(name, deferral.slot, deferral.reason))
        self._bulletin.publish(JobChanged(name))

    def restore(self, entry: Entry, deferral: Defer | None) -> None:
        """Go back to what was noted before; somebody else sees to it that it is looked at."""
        entry.waiting = deferral
        if deferral is None:
            self._looks.pop(entry.job.name, None)
        else:
            self._looks[entry.job.name] = None

    def call_all(self) -> None:
        """Have all of them looked at again: something has changed, perhaps the clock."""
        self._set_alarm_anew()
        if self._looks:
            self._call(self.names)

    def _set_alarm(self, instant: Instant) -> None:
        """Set the alarm for the slot to be looked at first; it counts time awake.

        After a sleep, and when the clock was set, all are looked at anyway.
        """
        if self._alarm is not None:
            self._alarm.cancel()
        seconds = max(instant - self._clock.now(), 0) / SECOND
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._ring)
        self._alarm_at = instant

    def _set_alarm_anew(self) -> None:
        self._silence()
        earliest = min((look for look in self._looks.values() if look is not None), default=None)
        if earliest is not None:
            self._set_alarm(earliest)

    def _ring(self) -> None:
        now = self._clock.now()
        names = [name for name, look in self._looks.items() if look is not None and look <= now]
        for name in names:
            self._looks[name] = None  # who is called decides when to look again
        self._set_alarm_anew()  # for the others; and the loop may be a little early
        if names:
            self._call(names)

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._alarm_at = None

    def close(self) -> None:
        """Look at nothing any more."""
        self._looks.clear()
        self._silence()
