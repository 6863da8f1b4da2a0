"""Power: everything that has to do with sleep, wake-ups and the clock, put together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from wakeful.core.event import ClockStepped, ConfigurationReloaded, Event, ExecutionFinished, WokeUp
from wakeful.core.period import Period, PeriodKind
from wakeful.core.policy import Occasion, OnSleep
from wakeful.core.trigger import OccasionTrigger
from wakeful.services.entries import step_back
from wakeful.services.power.conductor import Conductor
from wakeful.services.power.executions_at_sleep import ExecutionsAtSleep
from wakeful.services.power.holds import Holds
from wakeful.services.power.logbook import Logbook
from wakeful.services.power.occasions import Occasions
from wakeful.services.power.report import PowerReport
from wakeful.services.power.situation import Situation
from wakeful.services.power.sleep_watch import Preparation, SleepWatch
from wakeful.services.power.timekeeper import Timekeeper
from wakeful.services.power.wake_planner import WakePlanner

if TYPE_CHECKING:
    from wakeful.core.surroundings import Surroundings
    from wakeful.services.agenda import Agenda
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.dispatcher import Dispatcher
    from wakeful.services.ports import Clock, Memory, Store
    from wakeful.services.power.ports import Machine
    from wakeful.services.state_keeper import StateKeeper
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)
LONGEST_FIRST_LOOK_SECONDS = 5.0
"""How long jobs with conditions wait, when the daemon starts, for those who know the machine."""
PATIENCE_FOR_JOBS = 4.0
"""Seconds that jobs may take that run before sleep."""
_WATCHED = frozenset(
    {Occasion.LOGIN, Occasion.UNLOCK, Occasion.AC, Occasion.BATTERY, Occasion.NETWORK}
)
"""Occasions that whoever watches the surroundings tells of."""


class Power:
    """Follows the machine through sleep, and the clock through its jumps.

    It is made in two steps, for the dispatcher asks it before each decision and it tells the
    dispatcher when to decide: first this, then the dispatcher, then `attach`.

    Args:
        catalogue, agenda: The jobs, and their next slots.
        supervisor: Watches over what runs.
        store: Where periods are kept.
        bulletin: Told of sleep and clock steps.
        clock: The time.
        machine: What knows the machine.

    Attributes:
        situation: What the dispatcher asks.
        conductor: Lets in what makes up for missed slots.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        agenda: Agenda,
        supervisor: Supervisor,
        store: Store,
        bulletin: Bulletin,
        clock: Clock,
        machine: Machine,
    ) -> None:
        self._catalogue = catalogue
        self._agenda = agenda
        self._supervisor = supervisor
        self._store = store
        self._clock = clock
        self._machine = machine
        self._watching = False
        self._looking: asyncio.Task[None] | None = None
        self._started = False
        self._wake_count = 0
        self._last_nap: Period | None = None
        self._logbook = Logbook(store)

        def surroundings() -> Surroundings:
            return machine.surroundings.present

        self.conductor = Conductor(online=lambda: surroundings().online, let_in=self._reconsider)
        self._holds = Holds(
            catalogue=catalogue,
            manager=machine.sleep,
            surroundings=surroundings,
            clock=clock,
        )
        self._sleep_watch = SleepWatch(
            timekeeper=Timekeeper(machine.clocks),
            manager=machine.sleep,
            logbook=self._logbook,
            bulletin=bulletin,
            count_slots=self._count_slots,
            returned=self._holds.renew,
        )
        self._planner = WakePlanner(
            catalogue=catalogue,
            agenda=agenda,
            alarm=machine.alarm,
            manager=machine.sleep,
            surroundings=surroundings,
            clock=clock,
        )
        self.situation = Situation(
            sleep_watch=self._sleep_watch,
            conductor=self.conductor,
            logbook=self._logbook,
            surroundings=surroundings,
        )
        self._dispatcher: Dispatcher | None = None
        self._occasions: Occasions | None = None
        self._executions = ExecutionsAtSleep(catalogue=catalogue, supervisor=supervisor)

    def attach(self, *, dispatcher: Dispatcher, keeper: StateKeeper) -> None:
        """Complete it with who is told what to do, before anything begins."""
        self._dispatcher = dispatcher
        self._occasions = Occasions(
            catalogue=self._catalogue, dispatcher=dispatcher, clock=self._clock
        )
        self._sleep_watch.preparations = (
            Preparation("wake-up alarm", self._planner.arm),
            Preparation("jobs", self._occasions.before_sleep, PATIENCE_FOR_JOBS),
            Preparation("decisions", dispatcher.drain),
            Preparation("stopped jobs", self._executions.settled),
            Preparation("state", keeper.save),
            Preparation("records", self._supervisor.drain),
            Preparation("logbook", self._logbook.drain),
        )

    def begin(self, memory: Memory) -> None:
        """Take note that we were off until now; before the first decision."""
        self._logbook.begin(memory.periods)
        now = self._clock.now()
        since = memory.active_until
        if since is not None and since < now:
            self._logbook.note(Period(kind=PeriodKind.OFF, since=since, until=now, source="start"))

    def start(self) -> None:
        """Begin to listen; once the daemon is ready, for nobody waits for it."""
        self._started = True
        self._machine.clocks.start(self._sleep_watch.look)
        self._sleep_watch.start()
        self._watch_surroundings()
        for execution in self._supervisor.running:
            if execution.execution_id not in self._holds:
                self._holds.begin(execution)

    async def tell_of_boot(self) -> None:
        """Trigger what the start of the machine triggers, if that is news.

        Raises:
            StorageError: It cannot be remembered; then nothing is triggered.
        """
        if await self._store.remember_boot(self._machine.boot) and self._occasions is not None:
            self._occasions.occur(Occasion.BOOT)

    def read_event(self, event: Event) -> None:
        """Follow what happens; a reader of the bulletin."""
        for part in (self._executions, self._holds, self._planner):
            part.read_event(event)
        if isinstance(event, WokeUp):
            self._wake_count += 1
            self._last_nap = event.period
            self.conductor.resumed()
        elif isinstance(event, ClockStepped):
            self._follow_clock(event.period)
        elif isinstance(event, ExecutionFinished):
            self.conductor.ended(event.execution.execution_id)
        elif isinstance(event, ConfigurationReloaded) and self._started:
            self._watch_surroundings()
        if self._occasions is not None:
            self._occasions.read_event(event)
        if isinstance(event, WokeUp | ClockStepped):
            self._reconsider()

    def _follow_clock(self, period: Period) -> None:
        """Let jobs go on after the clock was set back."""
        if period.step >= 0:
            return
        for entry in self._catalogue:
            step_back(entry, now=self._clock.now(), step=period.step)
            self._agenda.arm(entry)

    def _count_slots(self, period: Period) -> int:
        return sum(
            entry.schedule.count_between(period.since, period.until)
            for entry in self._catalogue
            if entry.schedule is not None and entry.held is None
        )

    def _watch_surroundings(self) -> None:
        """Listen to the surroundings as soon as somebody wants to know of them."""
        wanted = self.conductor.settings.network or any(map(self._is_curious, self._catalogue))
        if wanted and not self._watching:
            self._watching = True
            self._machine.surroundings.start(self._surroundings_changed, self._occurred)
            loop = asyncio.get_running_loop()
            self._looking = loop.create_task(self._look_around(), name="first look")

    async def _look_around(self) -> None:
        """Find out about the surroundings before anything that depends on them is decided."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_FIRST_LOOK_SECONDS):
                await self._machine.surroundings.look_around()
        self.situation.blind = False
        self._surroundings_changed()

    @staticmethod
    def _is_curious(entry: Entry) -> bool:
        job = entry.job
        return (
            job.conditions is not None
            or job.wake is not None
            or job.on_sleep.action is OnSleep.HOLD
            or (isinstance(job.trigger, OccasionTrigger) and job.trigger.occasion in _WATCHED)
        )

    def _surroundings_changed(self) -> None:
        for part in (self.conductor, self._holds, self._planner):
            part.surroundings_changed()
        self._reconsider()

    def _occurred(self, occasion: Occasion) -> None:
        if self._occasions is not None:
            self._occasions.occur(occasion)

    def _reconsider(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.reconsider()

    def report(self) -> PowerReport:
        """Say how things are."""
        alarm = self._planner.armed or self._planner.earliest()
        missing = dict(self._machine.surroundings.missing()) if self._watching else {}
        for name, problem in (
            ("sleep", self._machine.sleep.missing() or self._sleep_watch.problem),
            ("wake-up alarm", self._planner.problem or self._machine.alarm.missing()),
        ):
            if problem:
                missing[name] = problem
        nap = self._last_nap
        return PowerReport(
            falling_asleep=bool(self._sleep_watch.gate),
            wake_count=self._wake_count,
            last_wake=nap.until if nap else None,
            last_nap=nap.nap if nap else 0,
            wake_at=alarm.at if alarm else None,
            wake_job=alarm.job if alarm else "",
            holds=tuple(one.job for one in self._holds.held_for),
            missing=missing,
        )

    async def stop(self) -> None:
        """End; nothing keeps the machine awake and nothing wakes it any more."""
        self.conductor.stop()
        await self._holds.stop()
        await self._planner.stop()
        await self._sleep_watch.stop()
        self._executions.thaw()
        if self._started:
            await self._machine.clocks.stop()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        if self._watching:
            await self._machine.surroundings.stop()
        await self._logbook.drain()
