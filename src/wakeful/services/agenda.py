"""The agenda: which jobs wait for their slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.plan import Reason

if TYPE_CHECKING:
    from wakeful.core.instant import Instant
    from wakeful.services.catalogue import Entry
    from wakeful.services.ports import Timer


class Agenda:
    """Arms the timer for the jobs whose slots are to be served, and for no other.

    Args:
        timer: Tells when jobs are due.

    Attributes:
        configured_enabled: Whether the configuration lets jobs run by the clock.
        override: What a toggle of the whole scheduler said, if one did.
    """

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self.configured_enabled = True
        self.override: bool | None = None

    @property
    def paused(self) -> bool:
        """Whether the whole scheduler is paused."""
        return not (self.configured_enabled if self.override is None else self.override)

    def reason_to_hold(self, entry: Entry) -> Reason | None:
        """Say why the slots of a job are not to be served, if they are not."""
        if self.paused:
            return Reason.PAUSED
        if not entry.enabled:
            return Reason.DISABLED
        return Reason.LIMIT if entry.remaining == 0 else None

    def arm(self, entry: Entry) -> None:
        """Arm or disarm the timer for a job, as things stand.

        Slots that are not accounted for yet are for the dispatcher to decide on first.
        """
        entry.held = self.reason_to_hold(entry)
        name = entry.job.name
        if entry.schedule is None or entry.held is not None or not entry.job.usable:
            self._timer.remove(name)
            return
        self._timer.set(name, entry.schedule, after=entry.accounted_until)

    def disarm(self, name: str) -> None:
        """Forget a job."""
        self._timer.remove(name)

    def next_slot(self, name: str) -> Instant | None:
        """Give the slot a job waits for."""
        return self._timer.next_slot(name)

    def earliest(self) -> tuple[str, Instant] | None:
        """Give the job that is due first, and when."""
        return self._timer.earliest()
