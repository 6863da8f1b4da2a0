"""A connection to the system bus that comes back."""

from __future__ import annotations

import asyncio

import pytest

from wakeful.adapters.dbus.errors import BusError
from wakeful.adapters.power.bus_link import BusLink
from wakeful.core.errors import UnavailableError


class Owner:
    """Whoever uses the connection."""

    def __init__(self, address, *, refusal=None):
        self.begun = 0
        self.lost = 0
        self.refusal = refusal
        self.link = BusLink(begin=self.begin, lost=self.lose, address=address)

    async def begin(self, _connection):
        self.begun += 1
        if self.refusal:
            raise self.refusal

    def lose(self):
        self.lost += 1


async def test_pauses_between_attempts_grow_up_to_five_minutes(tmp_path, monkeypatch):
    owner = Owner(f"unix:path={tmp_path}/nobody")
    pauses, sleep, enough = [], asyncio.sleep, asyncio.Event()

    async def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 7:
            enough.set()
            await sleep(60)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", pause)
    owner.link.start()
    async with asyncio.timeout(20):
        await enough.wait()
    await owner.link.stop()
    assert pauses == [1, 4, 16, 64, 256, 300, 300]
    assert (owner.begun, owner.lost) == (0, 0)


async def test_a_connection_is_there_for_whoever_waits(own_bus):
    owner = Owner(own_bus.address)
    with pytest.raises(UnavailableError, match="nobody has asked"):
        await owner.link.connection()
    owner.link.start()
    owner.link.start()
    connection = await owner.link.connection()
    assert connection.connected
    assert owner.link.problem == ""
    await owner.link.stop()
    assert not connection.connected
    assert (owner.begun, owner.lost) == (1, 1)


async def test_whoever_waits_at_the_end_is_told(own_bus):
    own_bus.process.send_signal(19)  # SIGSTOP
    owner = Owner(own_bus.address)
    owner.link.start()
    waiting = asyncio.ensure_future(owner.link.connection())
    await asyncio.sleep(0.05)
    await owner.link.stop()
    with pytest.raises(UnavailableError, match="closed"):
        await waiting


async def test_a_bus_that_refuses_is_no_reason_to_fall(own_bus, caplog):
    owner = Owner(own_bus.address, refusal=BusError("org.example.Refused", "too many rules"))
    owner.link.start()
    await owner.link.connection()
    while "too many rules" not in caplog.text:  # noqa: ASYNC110 - the log has no events
        await asyncio.sleep(0.005)
    await owner.link.stop()
    assert owner.begun == 1
