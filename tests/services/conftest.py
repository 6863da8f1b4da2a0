"""All services on fakes: a daemon whose time, disk and processes are in the hands of a test."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from wakeful.core.cron import parse_cron
from wakeful.core.event import JobChanged
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.job import Job
from wakeful.core.launch import Launch
from wakeful.core.problem import Problem
from wakeful.core.trigger import CronTrigger, EveryTrigger
from wakeful.services import dispatcher, recorder, state_keeper
from wakeful.services.agenda import Agenda
from wakeful.services.bulletin import Bulletin
from wakeful.services.catalogue import Catalogue
from wakeful.services.daemon import Daemon
from wakeful.services.dispatcher import Dispatcher
from wakeful.services.ports import Configuration
from wakeful.services.reloader import Reloader
from wakeful.services.scheduler import Scheduler
from wakeful.services.state_keeper import StateKeeper
from wakeful.services.supervisor import Supervisor
from wakeful.services.switchboard import Switchboard
from wakeful.services.tally import Tally
from wakeful.testing import (
    FakeClock,
    FakeRunner,
    FakeTimer,
    MemoryConfigurationSource,
    MemoryStateFile,
    MemoryStore,
)

NOON = 1_799_928_000 * SECOND
"""2027-01-14T12:00:00Z, a Thursday."""
GRACE = 0.02
RETRY = 0.01


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Try again soon what a daemon would try again after seconds."""
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", RETRY)
    monkeypatch.setattr(recorder, "FIRST_RETRY_SECONDS", RETRY)
    monkeypatch.setattr(state_keeper, "DELAY_SECONDS", RETRY)


def a_job(name="backup", *, every=None, cron=None, bad=False, **fields):
    """Make a job; without a trigger it runs only when asked for."""
    trigger = None
    if every is not None:
        trigger = EveryTrigger(timedelta(microseconds=every))
    elif cron is not None:
        trigger = CronTrigger(parse_cron(cron))
    given = {
        "trigger": trigger,
        "trigger_key": trigger.key if trigger else "",
        "schedule_text": trigger.text if trigger else "",
        "launch": Launch(arguments=("/bin/true",)),
        "timezone": "UTC",
        "zone": UTC,
        "problems": (Problem(path="schedules.jobs[0].tiemout", message="no"),) if bad else (),
    }
    return Job(
        name=name, **{"definition": repr((name, every, cron, bad, fields)), **given, **fields}
    )


class World:
    """A daemon and all that it deals with.

    Attributes:
        events: What was published, in order, but for hints that a job has changed.
    """

    def __init__(self, *jobs, clock=None, store=None, runner=None, state_file=None, **settings):
        self.clock = clock or FakeClock(NOON)
        self.store = store or MemoryStore()
        self.runner = runner or FakeRunner()
        self.timer = FakeTimer()
        self.state_file = state_file or MemoryStateFile()
        self.source = MemoryConfigurationSource(Configuration(jobs=jobs, **settings))
        self.events = []
        self.stopped = False
        self._wire()

    def _wire(self):
        self.bulletin = bulletin = Bulletin()
        self.catalogue = catalogue = Catalogue()
        self.agenda = agenda = Agenda(self.timer)
        self.tally = Tally()
        shared = {"catalogue": catalogue, "store": self.store, "bulletin": bulletin}
        self.supervisor = Supervisor(runner=self.runner, clock=self.clock, grace=GRACE, **shared)
        self.dispatcher = Dispatcher(
            supervisor=self.supervisor, clock=self.clock, logs=Path("/logs"), **shared
        )
        self.keeper = StateKeeper(
            catalogue=catalogue, agenda=agenda, state_file=self.state_file, clock=self.clock
        )
        shared |= {"agenda": agenda, "dispatcher": self.dispatcher, "keeper": self.keeper}
        self.switchboard = Switchboard(**shared)
        self.reloader = Reloader(source=self.source, clock=self.clock, **shared)
        del shared["agenda"]
        self.daemon = Daemon(
            supervisor=self.supervisor,
            switchboard=self.switchboard,
            reloader=self.reloader,
            tally=self.tally,
            state_file=self.state_file,
            runner=self.runner,
            timer=self.timer,
            **shared,
        )
        del shared["bulletin"]
        self.scheduler = Scheduler(
            agenda=agenda,
            supervisor=self.supervisor,
            switchboard=self.switchboard,
            reloader=self.reloader,
            tally=self.tally,
            source=self.source,
            clock=self.clock,
            state_directory=Path("/state"),
            shutdown=lambda: None,
            **shared,
        )
        for reader in (self.tally.read_event, self.keeper.read_event, self._read_event):
            bulletin.subscribe(reader)

    def _read_event(self, event):
        if not isinstance(event, JobChanged):
            self.events.append(event)

    def happened(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def entry(self, name="backup"):
        return self.catalogue.get(name)

    @property
    def processes(self):
        return self.runner.processes

    def edit(self, *jobs, **settings):
        """Change the configuration file; nobody has noticed yet."""
        self.source.configuration = replace(self.source.configuration, jobs=jobs, **settings)

    async def begin(self):
        await self.daemon.begin()
        await settle()

    async def wait(self, microseconds):
        """Let time pass, and let the timer notice."""
        self.clock.pass_time(microseconds)
        self.timer.advance(self.clock)
        await settle()

    async def end_process(self, process=None, **how):
        (process or self.runner.last).end(**how)
        await settle()

    async def end(self):
        if not self.stopped:
            self.stopped = True
            self.store.failure = self.state_file.failure = ""
            await self.daemon.end("the test is over")

    def crash(self):
        """Give the world after a crash of the daemon: what is on disk, and the processes."""
        survivors = FakeRunner()
        survivors.surviving = {one.execution_id: [one.pid] for one in self.processes if one.alive}
        state_file = MemoryStateFile()
        state_file.content = self.state_file.content
        other = World(
            clock=self.clock,
            store=self.store.successor(),
            runner=survivors,
            state_file=state_file,
        )
        other.source.configuration = self.source.configuration
        return other


async def settle():
    """Let everything happen that needs no time."""
    for _ in range(25):
        await asyncio.sleep(0)


async def soon(condition):
    """Wait until something holds that needs a moment."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.fixture
async def make_world():
    """Make worlds, which are ended after the test; of those that crash, too."""
    worlds = []

    def make(*jobs, **settings):
        world = World(*jobs, **settings)
        worlds.append(world)
        return world

    make.after_crash_of = lambda world: worlds.append(world.crash()) or worlds[-1]
    yield make
    for world in reversed(worlds):
        await world.end()


@pytest.fixture
async def world(make_world):
    """A world with one job that is due every hour."""
    world = make_world(a_job(every=HOUR))
    await world.begin()
    return world
