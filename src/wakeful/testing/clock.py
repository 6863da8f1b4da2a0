"""Time that stands still until a test moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule
    from wakeful.services.ports import Clock


class FakeClock:
    """Implements `wakeful.services.ports.Clock`.

    Args:
        instant: What time it is.

    Attributes:
        instant: Set it to set the clock; that is a step, and no time passes by it.
        seconds_up: Seconds since the machine was started, those it slept included.
    """

    def __init__(self, instant: Instant) -> None:
        self.instant = instant
        self.seconds_up = 1000.0

    def now(self) -> Instant:
        """Give the instant."""
        return self.instant

    def uptime(self) -> float:
        """Give the seconds since the machine was started."""
        return self.seconds_up

    def pass_time(self, microseconds: int) -> None:
        """Let time pass, for the machine as for the calendar."""
        self.instant += microseconds
        self.seconds_up += microseconds / SECOND


class FakeTimer:
    """Implements `wakeful.services.ports.Timer`; jobs come due when `advance` is called."""

    def __init__(self) -> None:
        self._watched: dict[str, tuple[Schedule, Instant]] = {}
        self._due: Callable[[Sequence[str]], None] | None = None

    def start(self, due: Callable[[Sequence[str]], None]) -> None:
        """See `wakeful.services.ports.Timer`."""
        self._due = due

    def set(self, name: str, schedule: Schedule, *, after: Instant) -> None:
        """See `wakeful.services.ports.Timer`."""
        slot = schedule.next_after(after)
        if slot is None:
            self.remove(name)
        else:
            self._watched[name] = schedule, slot

    def remove(self, name: str) -> None:
        """See `wakeful.services.ports.Timer`."""
        self._watched.pop(name, None)

    def next_slot(self, name: str) -> Instant | None:
        """See `wakeful.services.ports.Timer`."""
        watched = self._watched.get(name)
        return None if watched is None else watched[1]

    def earliest(self) -> tuple[str, Instant] | None:
        """See `wakeful.services.ports.Timer`."""
        waiting = [(slot, name) for name, (_, slot) in self._watched.items()]
        slot, name = min(waiting, default=(None, ""))
        return None if slot is None else (name, slot)

    def advance(self, clock: Clock) -> list[str]:
        """Wake up at the time of a clock, and tell what is due by then, the earliest first.

        Returns:
            The names of the jobs that were due; nobody is told if there is none, or if the timer
            is not started or stopped.
        """
        if self._due is None:
            return []
        now = clock.now()
        waiting = [(slot, name) for name, (_, slot) in self._watched.items() if slot <= now]
        names = [name for _, name in sorted(waiting)]
        for name in names:
            schedule, slot = self._watched[name]
            self.set(name, schedule, after=max(now, slot))
        if names:
            self._due(names)
        return names

    async def stop(self) -> None:
        """See `wakeful.services.ports.Timer`."""
        self._due = None
