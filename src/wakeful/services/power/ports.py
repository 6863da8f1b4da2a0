"""Ports of the power services: what they need from the machine. Adapters implement them.

As with all ports, what is not ``async`` returns at once, and callbacks come on the event loop.
None of it is needed for work by the clock: where a part of the system is missing, its calls
answer that nothing is known, or raise `UnavailableError` with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wakeful.core.instant import Instant
    from wakeful.core.policy import Occasion
    from wakeful.core.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """All clocks at one moment, in microseconds; see clock_gettime(2).

    Attributes:
        wall: CLOCK_REALTIME.
        boot: CLOCK_BOOTTIME: goes on while the machine sleeps.
        awake: CLOCK_MONOTONIC: stands still while it sleeps.
    """

    wall: Instant
    boot: int
    awake: int


class Clocks(Protocol):
    """The clocks, and word of their jumps."""

    def read(self) -> ClockReading:
        """Read all clocks, as close together as can be."""

    def start(self, jumped: Callable[[], None]) -> None:
        """Begin to watch; ``jumped`` is called when the clock was set or the machine woke up."""

    async def stop(self) -> None:
        """End."""


class SleepLock(Protocol):
    """Something that keeps the machine awake, see systemd-inhibit(1)."""

    def release(self) -> None:
        """Let it sleep; a second time does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepListener:
    """Who is told that the machine falls asleep and wakes up.

    Attributes:
        falling_asleep: The machine is about to sleep.
        woke_up: It is awake again, or stayed awake after all.
        returned: Whoever tells of sleep is there, also again after a restart: locks are gone
            and have to be taken anew.
    """

    falling_asleep: Callable[[], None]
    woke_up: Callable[[], None]
    returned: Callable[[], None]


class SleepManager(Protocol):
    """Who decides that the machine sleeps: logind, on the system bus."""

    def start(self, listener: SleepListener) -> None:
        """Begin to listen, and go on through restarts of logind and of the bus."""

    async def delay_sleep(self, reason: str) -> SleepLock:
        """Ask for a moment before sleep.

        Raises:
            UnavailableError: There is nobody to ask, or it is refused.
        """

    async def block_sleep(self, reason: str) -> SleepLock:
        """Keep the machine from sleeping.

        Raises:
            UnavailableError: There is nobody to ask, or it is refused.
        """

    async def sleep(self) -> None:
        """Send the machine to sleep.

        Raises:
            UnavailableError: There is nobody to ask, or it is refused.
        """

    def missing(self) -> str:
        """Say why nobody tells of sleep, for people; empty if somebody does."""

    async def stop(self) -> None:
        """End; locks are released."""


class SurroundingsWatch(Protocol):
    """What is known of the machine: power, network, use. Nothing is asked for repeatedly."""

    @property
    def present(self) -> Surroundings:
        """What is known now."""

    def start(self, changed: Callable[[], None], occurred: Callable[[Occasion], None]) -> None:
        """Begin to watch.

        Args:
            changed: Called when ``present`` is different.
            occurred: Called with ``login``, ``unlock``, ``ac``, ``battery`` and ``network``
                when they occur.
        """

    async def look_around(self) -> None:
        """Wait, after the start, until all is known that can be."""

    def missing(self) -> Mapping[str, str]:
        """Say which parts of the system are not there, and why that matters, for people."""

    async def stop(self) -> None:
        """End."""


class WakeAlarm(Protocol):
    """The clock that can wake the machine, see timerfd_create(2), CLOCK_REALTIME_ALARM."""

    def arm(self, instant: Instant | None) -> None:
        """Wake the machine at an instant; None for never.

        Raises:
            UnavailableError: It cannot be done here; the text says why.
        """

    def missing(self) -> str:
        """Say why the machine cannot be woken, and what to do; empty if it can be."""

    def close(self) -> None:
        """Give it back; the machine is not woken any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Everything that knows the machine.

    Attributes:
        boot: Identifies this start of the machine among all, see random(4), ``boot_id``.
    """

    clocks: Clocks
    sleep: SleepManager
    surroundings: SurroundingsWatch
    alarm: WakeAlarm
    boot: str
