"""What the bus is told of events, whatever goes wrong with one of them."""

from __future__ import annotations

import asyncio
import logging

import pytest

from wakeful.adapters.presence import service
from wakeful.adapters.presence.service import BusService
from wakeful.core.event import JobChanged


class TroubledFace:
    """A face that cannot tell of one job."""

    names = ()

    def __init__(self) -> None:
        self.told: list[str] = []
        self.all_told = asyncio.Event()

    def appear(self, _stage) -> None:
        raise AssertionError("nobody asked for it")

    def read_event(self, event: JobChanged) -> None:
        if event.job == "trouble":
            raise RuntimeError("it cannot be told")
        self.told.append(event.job)
        if event.job == "last":
            self.all_told.set()


class OneFace:
    """A registry of faces with one in it."""

    def __init__(self, face: TroubledFace) -> None:
        self._face = face

    def names(self) -> list[str]:
        return ["troubled"]

    def get(self, _name: str) -> TroubledFace:
        return self._face


@pytest.fixture
async def face():
    return TroubledFace()


@pytest.fixture
async def bus(private_bus, face, monkeypatch):
    monkeypatch.setattr(service, "MOMENT_SECONDS", 0)
    bus = await BusService.connect(private_bus, OneFace(face))
    yield bus
    await bus.close()


async def test_an_event_that_cannot_be_told_does_not_silence_those_after_it(bus, face, caplog):
    with caplog.at_level(logging.ERROR):
        for job in ("first", "trouble", "trouble", "middle", "trouble", "last"):
            bus.read_event(JobChanged(job))
        async with asyncio.timeout(5):
            await face.all_told.wait()
    assert face.told == ["first", "middle", "last"]
    assert [str(record.exc_info[1]) for record in caplog.records] == ["it cannot be told"] * 3


async def test_after_an_event_that_could_not_be_told_new_ones_are_told(bus, face, caplog):
    bus.read_event(JobChanged("trouble"))
    async with asyncio.timeout(5):
        while not caplog.records:  # noqa: ASYNC110 - the loop says it in its own time
            await asyncio.sleep(0)
        bus.read_event(JobChanged("last"))
        await face.all_told.wait()
    assert face.told == ["last"]
