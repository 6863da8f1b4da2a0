"""Who is told of events: the bulletin, the tally, the messenger."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.world import NOON, World, a_job, settle
from wakeful.core.event import ExecutionFinished, JobChanged, StatusChanged
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.instant import HOUR
from wakeful.services import messenger as messenger_module
from wakeful.services.bulletin import Bulletin
from wakeful.services.catalogue import Catalogue
from wakeful.services.entries import first_entry
from wakeful.services.messenger import Messenger
from wakeful.services.ports import Totals
from wakeful.services.tally import Tally

EVENT = JobChanged("backup")


def finished(state=ExecutionState.SUCCEEDED, job="backup"):
    born = Execution(execution_id="e", job=job, cause=Cause.MANUAL, slot=None, queued_at=NOON)
    return ExecutionFinished(born.ended(state, at=NOON))


def test_readers_are_told_in_the_order_they_came():
    bulletin, told = Bulletin(), []
    bulletin.subscribe(lambda _: told.append("first"))
    bulletin.subscribe(lambda _: told.append("second"))
    bulletin.publish(EVENT)
    assert told == ["first", "second"]


def test_a_reader_that_fails_harms_nobody(caplog):
    bulletin, told = Bulletin(), []

    def fail(_):
        raise RuntimeError("out of order")

    bulletin.subscribe(fail)
    bulletin.subscribe(told.append)
    bulletin.publish(EVENT)
    assert told == [EVENT]
    assert "a reader of events failed on JobChanged" in caplog.text


def test_a_reader_may_leave_and_come_while_it_is_told():
    bulletin, told = Bulletin(), []

    def once(event):
        told.append(event)
        leave()
        bulletin.subscribe(told.append)

    leave = bulletin.subscribe(once)
    bulletin.publish(EVENT)
    bulletin.publish(EVENT)
    assert told == [EVENT, EVENT]


def test_ends_are_counted_by_kind():
    tally = Tally()
    tally.begin(Totals(executions=10, succeeded=5, failed=3))
    for state in ExecutionState:
        if state.final:
            tally.read_event(finished(state))
    tally.read_event(StatusChanged("paused"))
    assert tally.totals == Totals(executions=15, succeeded=6, failed=5)


async def test_the_tally_equals_a_recount_of_the_history(make_world):
    world = make_world(a_job(every=HOUR), a_job("other"))
    await world.begin()
    for status in (0, 0, 3, None):
        await world.wait(HOUR)
        await world.end_process(exit_status=status)
    execution = await world.dispatcher.run("other", requested_by="me")
    world.supervisor.cancel(execution.execution_id, "enough")
    await settle()
    assert world.tally.totals == await world.store.totals()
    assert world.tally.totals == Totals(executions=5, succeeded=2, failed=1)


async def test_what_still_runs_at_a_restart_is_counted_once(world, make_world):
    await world.wait(HOUR)
    await world.end_process()
    await world.wait(HOUR)
    after = make_world.after_crash_of(world)
    await after.begin()
    assert after.tally.totals == Totals(executions=1, succeeded=1)
    await after.end_process()
    assert after.tally.totals == await after.store.totals() == Totals(executions=2, succeeded=2)


class Notifiers:
    """A registry of two notifiers, one of which fails in the way a test wants."""

    def __init__(self):
        self.told = []
        self.trouble = None
        self.gone = False

    def names(self):
        return frozenset({"good", "bad"})

    def get(self, name):
        if name == "bad" and self.gone:
            raise RuntimeError("no such library")
        return self if name == "good" else Trouble(self)

    async def notify(self, job, execution):
        self.told.append((job.name, execution.state))


class Trouble:
    def __init__(self, notifiers):
        self._notifiers = notifiers

    async def notify(self, *_):
        await self._notifiers.trouble()


@pytest.fixture
def notifiers():
    return Notifiers()


@pytest.fixture
async def messenger(notifiers):
    catalogue = Catalogue()
    catalogue.replace([first_entry(a_job(notify=("bad", "good", "unknown")), NOON)])
    messenger = Messenger(catalogue=catalogue, notifiers=notifiers)
    yield messenger
    await messenger.stop()


async def fail():
    raise RuntimeError("out of order")


async def test_a_notifier_that_fails_harms_nobody(messenger, notifiers, caplog):
    notifiers.trouble = fail
    messenger.read_event(finished())
    await settle()
    assert notifiers.told == [("backup", ExecutionState.SUCCEEDED)]
    assert "bad could not be told of job backup" in caplog.text
    assert "out of order" in caplog.text


async def test_a_notifier_that_cannot_be_loaded_harms_nobody(messenger, notifiers, caplog):
    notifiers.gone = True
    messenger.read_event(finished())
    await settle()
    assert len(notifiers.told) == 1
    assert "no such library" in caplog.text


async def test_a_notifier_that_hangs_is_given_up(messenger, notifiers, caplog, monkeypatch):
    monkeypatch.setattr(messenger_module, "LONGEST_SECONDS", 0.01)
    notifiers.trouble = asyncio.Event().wait
    messenger.read_event(finished())
    await settle()
    assert len(notifiers.told) == 1
    await asyncio.sleep(0.03)
    assert "bad could not be told of job backup" in caplog.text


async def test_nobody_is_told_of_anything_else(messenger, notifiers):
    messenger.read_event(EVENT)
    messenger.read_event(finished(job="unknown"))
    await settle()
    assert notifiers.told == []


async def test_what_is_still_being_told_ends_with_the_daemon(messenger, notifiers):
    notifiers.trouble = asyncio.Event().wait
    messenger.read_event(finished())
    await settle()
    await messenger.stop()


async def test_the_world_of_these_tests_knows_no_daemon():
    # Events that are published before anybody listens are nobody's business.
    World().bulletin.publish(EVENT)
