from __future__ import annotations

import pytest

from fixtures.world import World, a_job
from wakeful.core.instant import HOUR
from wakeful.services import dispatcher, recorder, state_keeper

RETRY = 0.01


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Try again soon what a daemon would try again after seconds."""
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", RETRY)
    monkeypatch.setattr(recorder, "FIRST_RETRY_SECONDS", RETRY)
    monkeypatch.setattr(recorder, "START_SECONDS", 0)
    monkeypatch.setattr(state_keeper, "DELAY_SECONDS", RETRY)


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
