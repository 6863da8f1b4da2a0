"""Fakes keep the promises of the ports they stand for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from wakeful.core.errors import InvalidArgumentError, StartFailedError, StorageError
from wakeful.core.execution import ProcessExit
from wakeful.core.instant import HOUR, SECOND
from wakeful.core.launch import Launch
from wakeful.core.schedule import AtSchedule, EverySchedule
from wakeful.testing import (
    FakeClock,
    FakeRunner,
    FakeTimer,
    MemoryConfigurationSource,
    MemoryStateFile,
)

NOON = 1_800_000_000 * SECOND
HOURLY = EverySchedule(HOUR, NOON)


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def told():
    return []


@pytest.fixture
def timer(told):
    timer = FakeTimer()
    timer.start(told.append)
    return timer


def test_a_clock_that_is_set_lets_no_time_pass(clock):
    before = clock.uptime()
    clock.instant += HOUR
    assert (clock.now(), clock.uptime()) == (NOON + HOUR, before)
    clock.pass_time(HOUR)
    assert (clock.now(), clock.uptime()) == (NOON + 2 * HOUR, before + 3600)


def test_a_timer_tells_all_that_is_due_at_once_and_each_slot_once(timer, clock, told):
    timer.set("late", AtSchedule(NOON + 2 * HOUR), after=NOON)
    timer.set("hourly", HOURLY, after=NOON)
    timer.set("never", AtSchedule(NOON), after=NOON)
    assert timer.earliest() == ("hourly", NOON + HOUR)
    assert timer.next_slot("never") is None
    assert timer.advance(clock) == []
    clock.pass_time(2 * HOUR)
    assert timer.advance(clock) == ["hourly", "late"]
    assert timer.advance(clock) == []
    assert told == [["hourly", "late"]]
    assert timer.next_slot("hourly") == NOON + 3 * HOUR
    assert timer.next_slot("late") is None
    timer.set("hourly", AtSchedule(NOON), after=NOON)
    assert timer.earliest() is None
    timer.remove("unknown")


async def test_a_timer_that_was_stopped_tells_nobody(timer, clock, told):
    timer.set("hourly", HOURLY, after=NOON)
    await timer.stop()
    clock.pass_time(HOUR)
    assert timer.advance(clock) == []
    assert told == []


@pytest.fixture
def runner():
    return FakeRunner()


@pytest.fixture
def start(runner, told):
    def start_():
        return runner.start(
            Launch(arguments=("true",), environment={"A": "1"}),
            execution_id="e",
            environment={"B": "2"},
            log=Path("/log"),
            output_limit=5,
            ended=told.append,
        )

    return start_


async def test_a_process_ends_once_as_the_test_wants(runner, start, told):
    process = start()
    assert runner.last is process
    assert process.environment == {"A": "1", "B": "2"}
    process.end(3)
    assert told == [ProcessExit(exit_status=3)]
    with pytest.raises(ProcessLookupError):
        process.end()
    assert process.signal(signal.SIGTERM) is False
    assert start().pid != process.pid


async def test_only_sigkill_ends_what_does_not_listen(runner, start, told):
    runner.obedient = False
    process = start()
    assert process.signal(signal.SIGTERM) is True
    assert process.alive
    process.end(by_signal=6)
    assert told == [ProcessExit(signal=6)]


async def test_a_runner_may_refuse(runner, start):
    runner.refusal = "command not found"
    with pytest.raises(StartFailedError, match="command not found"):
        start()


async def test_only_what_survives_is_adopted(runner, told):
    runner.surviving = {"e": [5], "other": [6]}
    assert await runner.survivors(["e", "unknown"]) == {"e": [5]}
    arguments = {"execution_id": "e", "log": Path("/log"), "output_limit": 5, "ended": told.append}
    assert runner.adopt(5, **arguments).pid == 5
    with pytest.raises(ProcessLookupError):
        runner.adopt(6, **arguments)
    await runner.close()
    assert runner.closed


async def test_a_state_file_is_written_whole_or_not_at_all():
    file = MemoryStateFile()
    assert await file.read() is None
    await file.write({"jobs": []})
    file.failure = "the disk is full"
    with pytest.raises(StorageError):
        await file.write({"jobs": [1]})
    assert await file.read() == {"jobs": []}
    assert file.writes == 1
    assert await MemoryStateFile({"a": 1}).read() == {"a": 1}


async def test_a_configuration_can_be_asked_and_changed():
    source = MemoryConfigurationSource()
    assert source.path.name == "config.json"
    assert await source.load_last_good() is None
    assert await source.load() is source.configuration is await source.load_last_good()
    await source.update("schedules", "a.b", 5)
    assert await source.section("schedules", "a") == {"b": 5}
    assert await source.section("schedules", None) == {"a": {"b": 5}}
    with pytest.raises(InvalidArgumentError, match="there is no 'c'"):
        await source.section("schedules", "a.c")
