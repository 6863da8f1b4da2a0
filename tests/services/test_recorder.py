"""What happened gets on disk, in order and in groups."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.world import NOON, settle, soon
from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.services import recorder as recorder_module
from wakeful.services.recorder import Recorder
from wakeful.testing import MemoryStore


def claimed(name):
    return Execution(execution_id=name, job=name, cause=Cause.MANUAL, slot=None, queued_at=NOON)


def running(name):
    return claimed(name).running(pid=1, at=NOON)


def ended(name):
    return running(name).ended(ExecutionState.SUCCEEDED, at=NOON)


@pytest.fixture
async def store():
    store = MemoryStore()
    await store.open()
    await store.claim([claimed(name) for name in "abcdef"], [])
    store.calls.clear()
    return store


@pytest.fixture
def announced():
    return []


@pytest.fixture
async def recorder(store, announced):
    recorder = Recorder(store=store, recorded=announced.append)
    recorder.start()
    yield recorder
    await recorder.stop()


async def test_what_happens_at_once_is_written_at_once(recorder, store, announced):
    for name in "abc":
        recorder.started(running(name))
    recorder.finished(ended("d"))
    recorder.finished(ended("e"))
    assert await recorder.drain(5)
    assert store.calls == ["record_finished", "record_started"]
    assert [one.state for one in store.executions] == [
        *[ExecutionState.RUNNING] * 3,
        *[ExecutionState.SUCCEEDED] * 2,
        ExecutionState.QUEUED,
    ]
    assert announced == [[ended("d"), ended("e")]]


async def test_who_ended_before_the_start_was_written_needs_no_start(recorder, store, announced):
    recorder.started(running("a"))
    recorder.finished(ended("a"))
    assert await recorder.drain(5)
    assert store.calls == ["record_finished"]
    assert announced == [[ended("a")]]


async def test_a_start_waits_until_the_process_has_begun_and_ends_do_not_wait_for_it(
    recorder, store, announced, monkeypatch
):
    monkeypatch.setattr(recorder_module, "START_SECONDS", 3600)
    recorder.started(running("a"))
    recorder.finished(ended("b"))
    await settle()
    assert store.calls == ["record_finished"]
    assert announced == [[ended("b")]]
    assert not await recorder.drain(0)
    recorder._write_starts()
    assert await recorder.drain(5)
    assert store.calls == ["record_finished", "record_started"]


async def test_starts_that_wait_are_written_together(recorder, store):
    for name in "abc":
        recorder.started(running(name))
    assert await recorder.drain(5)
    assert store.calls == ["record_started"]


async def test_when_all_that_wait_have_ended_nothing_wakes_up_for_them(
    recorder, store, monkeypatch
):
    monkeypatch.setattr(recorder_module, "START_SECONDS", 3600)
    recorder.started(running("a"))
    recorder.finished(ended("a"))
    assert await recorder.drain(5)
    assert recorder._starting is None
    assert store.calls == ["record_finished"]


async def test_nothing_is_announced_before_it_is_written(recorder, store, announced):
    store.failure = "the disk is full"
    recorder.finished(ended("a"))
    assert not await recorder.drain(0.03)
    assert announced == []
    store.failure = ""
    assert await recorder.drain(5)
    assert announced == [[ended("a")]]


async def test_the_same_group_is_tried_again_and_the_order_is_kept(recorder, store, announced):
    store.failure = "the disk is full"
    recorder.started(running("a"))
    await settle()
    recorder.finished(ended("a"))
    recorder.finished(ended("b"))
    await asyncio.sleep(0.03)
    recorder.finished(ended("c"))
    store.failure = ""
    assert await recorder.drain(5)
    assert store.calls == ["record_started", "record_finished"]
    assert announced == [[ended("a"), ended("b"), ended("c")]]


async def test_it_is_tried_ever_more_rarely(recorder, store, caplog):
    store.failure = "the disk is full"
    recorder.finished(ended("a"))
    await soon(lambda: len(caplog.records) >= 3)
    delays = [record.args[0] for record in caplog.records[:3]]
    assert delays == [delays[0], 2 * delays[0], 4 * delays[0]]
    assert "cannot record executions, trying again in 0 s: the disk is full" in caplog.text


async def test_it_can_be_stopped_while_the_disk_refuses(recorder, store):
    store.failure = "the disk is full"
    recorder.finished(ended("a"))
    await settle()
    await recorder.stop()
    await recorder.stop()
    assert store.calls == []


async def test_with_nothing_to_write_it_is_quiet(recorder):
    assert await recorder.drain(0.01)
