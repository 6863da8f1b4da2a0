"""Making up for missed slots in a simulation: when, and how many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.decision import SETTLING
from wakeful.core.instant import from_timedelta

if TYPE_CHECKING:
    from wakeful.core.instant import Instant
    from wakeful.core.policy import Resume


class SimulatedResume:
    """Keeps to the same settings as the conductor of the daemon. A network is always there.

    Args:
        settings: How it is wanted.

    Attributes:
        settled_at: When missed slots may be made up for; None: now.
        paused_until: When the next may be let in; None: now.
        running: How many executions make up for something.
    """

    def __init__(self, settings: Resume) -> None:
        self._at_once = settings.at_once
        self._settle = from_timedelta(settings.settle)
        self._spacing = from_timedelta(settings.spacing)
        self.settled_at: Instant | None = None
        self.paused_until: Instant | None = None
        self.running = 0

    @property
    def reason(self) -> str:
        """Why missed slots wait; empty if they do not."""
        return "" if self.settled_at is None else SETTLING

    @property
    def room(self) -> int:
        """How many missed slots may be made up for now."""
        if self.paused_until is not None:
            return 0
        free = max(self._at_once - self.running, 0)
        return min(free, 1) if self._spacing else free

    def resumed(self, now: Instant) -> Instant | None:
        """Begin anew; give the instant at which things will have settled."""
        self.paused_until = None
        self.settled_at = now + self._settle if self._settle else None
        return self.settled_at

    def begun(self, now: Instant) -> Instant | None:
        """Let one in; give the instant until which no other is, if there is a pause."""
        self.running += 1
        if not self._spacing or self.paused_until is not None:
            return None
        self.paused_until = now + self._spacing
        return self.paused_until

    def reached(self, now: Instant) -> bool:
        """End what ends now; say whether more may start than before."""
        found = now in (self.settled_at, self.paused_until)
        if self.settled_at == now:
            self.settled_at = None
        if self.paused_until == now:
            self.paused_until = None
        return found
