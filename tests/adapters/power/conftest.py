"""Listeners that remember, and the fake desktop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from fixtures.logind import desktop
from wakeful.adapters.power.power_supply import Power
from wakeful.adapters.power.sleep_manager import LogindSleepManager
from wakeful.adapters.power.surroundings import MachineSurroundings
from wakeful.services.power.ports import SleepListener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["desktop"]
PATIENCE_SECONDS = 20.0


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits for something that others bring about."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 - it is brought about by another process
                await asyncio.sleep(0.005)

    return wait


class Sleeper:
    """A sleep manager at work, and what it told."""

    def __init__(self, address):
        self.manager = LogindSleepManager(address, first_pause=0.01)
        self.told = []
        self.manager.start(
            SleepListener(
                falling_asleep=lambda: self.told.append("falling asleep"),
                woke_up=lambda: self.told.append("woke up"),
                returned=lambda: self.told.append("returned"),
            )
        )


@pytest.fixture
async def listen() -> AsyncIterator[Callable[[str], Sleeper]]:
    """Starts sleep managers, which are stopped at the end."""
    async with AsyncExitStack() as stack:

        def start(address):
            sleeper = Sleeper(address)
            stack.push_async_callback(sleeper.manager.stop)
            return sleeper

        yield start


@pytest.fixture
async def sleeper(listen, own_bus) -> Sleeper:
    """A sleep manager on the bus of the test."""
    return listen(own_bus.address)


class Machine:
    """Surroundings whose kernel is made of paper, and what they told."""

    def __init__(self, address, user):
        self.power = Power(on_ac=True, battery=50.0)
        self.route = True
        self.watch = MachineSurroundings(
            user=user,
            address=address,
            first_pause=0.01,
            read_power=lambda: self.power,
            has_route=lambda: self.route,
        )
        self.changes = []
        self.occasions = []

    @property
    def present(self):
        return self.watch.present

    def lack(self, part):
        """Why a part of the system is missing."""
        return self.watch.missing().get(part, "")

    def hears(self, part):
        """Whether a service on the bus has told what it knows."""
        return not self.watch.missing().keys() & {"system bus", part}

    def start(self):
        self.watch.start(
            lambda: self.changes.append(self.watch.present),
            lambda occasion: self.occasions.append(occasion.value),
        )


@pytest.fixture
async def machine(own_bus, request) -> AsyncIterator[Machine]:
    """Not started; stopped at the end. A parameter is the user whose sessions count."""
    machine = Machine(own_bus.address, getattr(request, "param", None))
    yield machine
    await machine.watch.stop()
