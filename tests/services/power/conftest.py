from __future__ import annotations

import asyncio

import pytest

from fixtures.world import settle
from wakeful.core.instant import SECOND


@pytest.fixture
async def elapse(monkeypatch):
    """Let time pass, awake: for the clocks, for the timer, and for the event loop."""
    loop = asyncio.get_running_loop()
    real_time, ahead = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: real_time() + ahead)

    async def elapse_(world, microseconds):
        nonlocal ahead
        ahead += microseconds / SECOND
        await world.wait(microseconds)

    return elapse_


@pytest.fixture
def nap():
    """Send the machine to sleep, and let it wake up; time then passes for the event loop not."""

    async def nap_(world, microseconds, *, announced=True):
        if announced:
            world.sleep_manager.announce_sleep()
            await settle()
        world.clocks.sleep(microseconds)
        if announced:
            world.sleep_manager.announce_wake_up()
        world.timer.advance(world.clock)
        await settle()

    return nap_
