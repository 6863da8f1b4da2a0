"""The sleep watch: before the machine sleeps all is made ready, afterwards all goes on.

It hears of sleep from two sides that know nothing of each other: logind announces most sleeps
and waits a moment (PrepareForSleep and delay locks of org.freedesktop.login1(5)); the clocks show
all of them, also those that bypass logind, but only afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.errors import UnavailableError
from wakeful.core.event import ClockStepped, FallingAsleep, WokeUp
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import Reason
from wakeful.services.power.ports import SleepListener

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from wakeful.core.instant import Instant
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.power.logbook import Logbook
    from wakeful.services.power.ports import SleepLock, SleepManager
    from wakeful.services.power.timekeeper import Timekeeper

_log = logging.getLogger(__name__)
PRESUMED_AWAKE_SECONDS = 0.9
"""How long after the clocks show a wake-up logind has to tell of it, too."""
LONGEST_DROWSE_SECONDS = 60.0
"""How long the machine may be about to sleep, awake, until we no longer believe it."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """Something that is done before the machine sleeps.

    Attributes:
        name: For the log.
        work: What is done.
        patience: Seconds the machine waits for it; logind itself waits for five, unless told
            otherwise (InhibitDelayMaxSec of logind.conf(5)). Then it goes on behind its back.
    """

    name: str
    work: Callable[[], Coroutine[None, None, None]]
    patience: float = 0.9


class SleepWatch:
    """Follows the machine through sleep.

    Args:
        timekeeper: Notices by the clocks what nobody announced.
        manager: Announces sleep, and waits for us.
        logbook: Keeps account.
        bulletin: Told of sleep, wake-up and clock steps.
        count_slots: Says how many slots came in a period.
        returned: Called when whoever announces sleep is there, for the first time or again.

    Attributes:
        preparations: Done before the machine sleeps, side by side.
        problem: Why sleep cannot be delayed; empty if it can be.
    """

    def __init__(
        self,
        *,
        timekeeper: Timekeeper,
        manager: SleepManager,
        logbook: Logbook,
        bulletin: Bulletin,
        count_slots: Callable[[Period], int],
        returned: Callable[[], None],
    ) -> None:
        self._timekeeper = timekeeper
        self._manager = manager
        self._logbook = logbook
        self._bulletin = bulletin
        self._count_slots = count_slots
        self._returned = returned
        self._lock: SleepLock | None = None
        self._fell_asleep: Instant | None = None
        self._slept = 0
        self._preparing: asyncio.Task[None] | None = None
        self._presuming: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.preparations: Sequence[Preparation] = ()
        self.problem = ""

    def start(self) -> None:
        """Begin to listen."""
        self._manager.start(
            SleepListener(
                falling_asleep=self._fall_asleep,
                woke_up=self._wake_up,
                returned=self._come_back,
            )
        )
        self.look()

    @property
    def gate(self) -> str:
        """Why nothing may start now, as a reason; empty if it may."""
        return Reason.ASLEEP if self._fell_asleep is not None else ""

    def look(self) -> None:
        """Look at the clocks; costs next to nothing, and is done before every decision."""
        for period in self._timekeeper.look():
            if period.kind is PeriodKind.CLOCK_STEP:
                self._note_step(period)
            elif self._fell_asleep is None:
                self._note_sleep(period)
            else:
                self._slept += period.asleep
                self._presume_awake(PRESUMED_AWAKE_SECONDS)

    def _note_step(self, period: Period) -> None:
        _log.warning("the clock was set by %+.3f s", period.step / 1e6)
        if self._fell_asleep is not None:
            self._fell_asleep += period.step
        self._logbook.note(period)
        self._bulletin.publish(ClockStepped(period))

    def _fall_asleep(self) -> None:
        if self._fell_asleep is not None:
            return
        self.look()
        self._slept = 0
        self._fell_asleep = self._timekeeper.last_reading.wall
        _log.info("the machine is about to sleep")
        self._bulletin.publish(FallingAsleep(self._fell_asleep))
        self._presume_awake(LONGEST_DROWSE_SECONDS)
        lock, self._lock = self._lock, None
        self._preparing = self._in_background(self._prepare(lock), "prepare for sleep")

    async def _prepare(self, lock: SleepLock | None) -> None:
        """Make ready, and let the machine sleep."""
        try:
            if self._fell_asleep is not None:  # it may have been a false alarm
                await asyncio.gather(*map(self._carry_out, self.preparations))
        finally:
            if lock is not None:
                lock.release()

    async def _carry_out(self, preparation: Preparation) -> None:
        work = self._in_background(preparation.work(), preparation.name)
        done, _ = await asyncio.wait({work}, timeout=preparation.patience)
        if not done:
            _log.warning("before sleep: %s took too long", preparation.name)
        elif not work.cancelled() and (error := work.exception()) is not None:
            _log.error("before sleep: %s failed", preparation.name, exc_info=error)

    def _presume_awake(self, seconds: float) -> None:
        """Go on even if nobody tells of the wake-up: its messenger may be gone."""
        if self._presuming is not None:
            self._presuming.cancel()
        loop = asyncio.get_running_loop()
        self._presuming = loop.call_later(seconds, self._wake_up)

    def _wake_up(self) -> None:
        self.look()
        since, self._fell_asleep = self._fell_asleep, None
        if self._presuming is not None:
            self._presuming.cancel()
            self._presuming = None
        if since is not None:
            until = max(self._timekeeper.last_reading.wall, since)
            self._note_sleep(
                Period(
                    kind=PeriodKind.ASLEEP,
                    since=since,
                    until=until,
                    asleep=self._slept,
                    source="logind",
                )
            )
        self._take_lock_soon()

    def _note_sleep(self, period: Period) -> None:
        _log.info(
            "the machine is awake again after %.1f s asleep (%s)",
            period.asleep / 1e6,
            period.source,
        )
        self._logbook.note(period)
        self._bulletin.publish(WokeUp(period, self._count_slots(period)))

    def _come_back(self) -> None:
        self._take_lock_soon()
        self._returned()

    def _take_lock_soon(self) -> None:
        self._in_background(self._take_lock(), "sleep lock")

    async def _take_lock(self) -> None:
        try:
            lock = await self._manager.delay_sleep("save state and decide what runs")
        except UnavailableError as error:
            self.problem = str(error)
            _log.debug("sleep cannot be delayed: %s", error)
            return
        self.problem = ""
        if self._fell_asleep is not None and self._preparing is not None:
            # It came with the announcement, which we heard of first: it still serves its purpose.
            await asyncio.wait({self._preparing})
            lock.release()
            return
        self._release()
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _in_background(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """End; nothing keeps the machine awake any more."""
        if self._presuming is not None:
            self._presuming.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._release()
        await self._manager.stop()
