"""Sleep, power and clocks on paper: a test sends the machine to sleep and pulls the plug."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wakeful.core.errors import UnavailableError
from wakeful.core.instant import SECOND
from wakeful.core.surroundings import Surroundings
from wakeful.services.power.ports import ClockReading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wakeful.core.instant import Instant
    from wakeful.core.policy import Occasion
    from wakeful.services.power.ports import SleepListener
    from wakeful.testing.clock import FakeClock


class FakeClocks:
    """Implements `wakeful.services.power.ports.Clocks`, over a clock that others read too.

    Args:
        clock: The wall clock, and the time since the machine was started.

    Attributes:
        asleep: How long the machine has slept so far, in microseconds.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._jumped: Callable[[], None] | None = None
        self.asleep = 0

    def read(self) -> ClockReading:
        """See `wakeful.services.power.ports.Clocks`."""
        boot = round(self._clock.uptime() * SECOND)
        return ClockReading(wall=self._clock.now(), boot=boot, awake=boot - self.asleep)

    def start(self, jumped: Callable[[], None]) -> None:
        """See `wakeful.services.power.ports.Clocks`."""
        self._jumped = jumped

    async def stop(self) -> None:
        """See `wakeful.services.power.ports.Clocks`."""
        self._jumped = None

    def sleep(self, microseconds: int, *, tell: bool = True) -> None:
        """Let the machine sleep, and wake up.

        Args:
            microseconds: How long.
            tell: Whether the kernel tells of it.
        """
        self._clock.pass_time(microseconds)
        self.asleep += microseconds
        if tell:
            self._tell()

    def step(self, microseconds: int, *, tell: bool = True) -> None:
        """Set the wall clock by so much, and tell of it."""
        self._clock.instant += microseconds
        if tell:
            self._tell()

    def _tell(self) -> None:
        if self._jumped is not None:
            self._jumped()


class FakeSleepLock:
    """Implements `wakeful.services.power.ports.SleepLock`.

    Attributes:
        mode: ``delay`` or ``block``.
        reason: What it was asked for with.
        held: Whether it was not released.
    """

    def __init__(self, mode: str, reason: str) -> None:
        self.mode = mode
        self.reason = reason
        self.held = True

    def release(self) -> None:
        """See `wakeful.services.power.ports.SleepLock`."""
        self.held = False


class FakeSleepManager:
    """Implements `wakeful.services.power.ports.SleepManager`.

    Attributes:
        refusal: Why nothing is granted; empty: it is.
        given: All locks that were given out, in order.
        sent_to_sleep: How often the machine was to sleep.
    """

    def __init__(self) -> None:
        self._listener: SleepListener | None = None
        self.refusal = ""
        self.given: list[FakeSleepLock] = []
        self.sent_to_sleep = 0

    @property
    def held(self) -> list[FakeSleepLock]:
        """The locks that were not released."""
        return [lock for lock in self.given if lock.held]

    def start(self, listener: SleepListener) -> None:
        """See `wakeful.services.power.ports.SleepManager`; it is there when `appear` is called."""
        self._listener = listener

    async def delay_sleep(self, reason: str) -> FakeSleepLock:
        """See `wakeful.services.power.ports.SleepManager`."""
        return self._give("delay", reason)

    async def block_sleep(self, reason: str) -> FakeSleepLock:
        """See `wakeful.services.power.ports.SleepManager`."""
        return self._give("block", reason)

    async def sleep(self) -> None:
        """See `wakeful.services.power.ports.SleepManager`; nothing is announced by it."""
        self._require()
        self.sent_to_sleep += 1

    def missing(self) -> str:
        """See `wakeful.services.power.ports.SleepManager`."""
        return self.refusal

    async def stop(self) -> None:
        """See `wakeful.services.power.ports.SleepManager`."""
        self._listener = None
        for lock in self.given:
            lock.release()

    def appear(self) -> None:
        """Be there, for the first time or again."""
        if self._listener is not None:
            self._listener.returned()

    def announce_sleep(self) -> None:
        """Tell that the machine is about to sleep."""
        if self._listener is not None:
            self._listener.falling_asleep()

    def announce_wake_up(self) -> None:
        """Tell that the machine is awake."""
        if self._listener is not None:
            self._listener.woke_up()

    def _give(self, mode: str, reason: str) -> FakeSleepLock:
        self._require()
        lock = FakeSleepLock(mode, reason)
        self.given.append(lock)
        return lock

    def _require(self) -> None:
        if self.refusal:
            raise UnavailableError(self.refusal)


class FakeSurroundings:
    """Implements `wakeful.services.power.ports.SurroundingsWatch`.

    Attributes:
        lacking: What `missing` says.
    """

    def __init__(self) -> None:
        self._present = Surroundings()
        self._changed: Callable[[], None] | None = None
        self._occurred: Callable[[Occasion], None] | None = None
        self.lacking: dict[str, str] = {}

    @property
    def present(self) -> Surroundings:
        """See `wakeful.services.power.ports.SurroundingsWatch`."""
        return self._present

    @property
    def watched(self) -> bool:
        """Whether it is started and not stopped."""
        return self._changed is not None

    def start(self, changed: Callable[[], None], occurred: Callable[[Occasion], None]) -> None:
        """See `wakeful.services.power.ports.SurroundingsWatch`."""
        self._changed = changed
        self._occurred = occurred

    async def look_around(self) -> None:
        """See `wakeful.services.power.ports.SurroundingsWatch`; a glance is enough."""

    def missing(self) -> Mapping[str, str]:
        """See `wakeful.services.power.ports.SurroundingsWatch`."""
        return self.lacking

    async def stop(self) -> None:
        """See `wakeful.services.power.ports.SurroundingsWatch`."""
        self._changed = self._occurred = None

    def become(self, **facts: Any) -> None:  # noqa: ANN401 - fields of different types
        """Change facts, named as in `Surroundings`; no occasion follows from that."""
        present = replace(self._present, **facts)
        different, self._present = present != self._present, present
        if different and self._changed is not None:
            self._changed()

    def occur(self, occasion: Occasion) -> None:
        """Let something occur."""
        if self._occurred is not None:
            self._occurred(occasion)


class FakeWakeAlarm:
    """Implements `wakeful.services.power.ports.WakeAlarm`.

    Attributes:
        instant: When the machine is woken; None: never.
        refusal: Why it cannot be; empty: it can.
        is_closed: Whether it was given back.
    """

    def __init__(self) -> None:
        self.instant: Instant | None = None
        self.refusal = ""
        self.is_closed = False

    def arm(self, instant: Instant | None) -> None:
        """See `wakeful.services.power.ports.WakeAlarm`."""
        if instant is not None and self.refusal:
            raise UnavailableError(self.refusal)
        self.instant = instant

    def missing(self) -> str:
        """See `wakeful.services.power.ports.WakeAlarm`."""
        return self.refusal

    def close(self) -> None:
        """See `wakeful.services.power.ports.WakeAlarm`."""
        self.instant = None
        self.is_closed = True
