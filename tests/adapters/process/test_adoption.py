"""Processes that an earlier life of the daemon has started."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from wakeful.adapters.process import adoption, survivors
from wakeful.adapters.process.survivors import Status, mark_of, send_signal, status_of
from wakeful.core.execution import ProcessExit

NURSE = """
    import os, subprocess, sys
    # The parent of the process, in place of the manager that takes over when a daemon has died.
    environment = dict(os.environ, WAKEFUL_EXECUTION_ID=sys.argv[1])
    with open(sys.argv[2], "ab") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", sys.argv[3]], env=environment, start_new_session=True, stdout=log
        )
    print(process.pid, flush=True)
    process.wait()
"""


class Nursed:
    """A process that is marked, and not a child of ours."""

    def __init__(self, execution_id, log, script):
        self.execution_id = execution_id
        self.log = log
        self._nurse = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(NURSE), execution_id, log, script],
            stdout=subprocess.PIPE,
        )
        self.pid = int(self._nurse.stdout.readline())

    def close(self):
        status = status_of(self.pid)
        if status is not None and status.session == self.pid and status.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self._nurse.stdout.close()
        self._nurse.wait()


@pytest.fixture
def nurse(tmp_path):
    nursed = []

    def begin(script, name="old"):
        nursed.append(Nursed(f"{tmp_path.name}-{name}", tmp_path / f"{name}.log", script))
        return nursed[-1]

    yield begin
    for each in nursed:
        each.close()


def kernel_tells() -> bool:
    process = subprocess.Popen(["/bin/true"])
    descriptor = os.pidfd_open(process.pid)
    process.wait()
    try:
        return adoption.exit_status_of(descriptor) == ProcessExit(exit_status=0)
    finally:
        os.close(descriptor)


def adopt(lab, nursed, limit=1 << 20):
    future = asyncio.get_running_loop().create_future()
    process = lab.runner.adopt(
        nursed.pid,
        execution_id=nursed.execution_id,
        log=nursed.log,
        output_limit=limit,
        ended=future.set_result,
    )
    return process, future


async def test_survivors_are_found_by_their_mark_the_main_process_first(lab, nurse):
    old = nurse("sleep 60 & setsid sleep 60 & exec sleep 60")
    other = nurse("exec sleep 60", name="other")

    async def found():
        return await lab.runner.survivors({old.execution_id, "unknown"})

    for _ in range(200):
        if len((await found()).get(old.execution_id, ())) == 3:
            break
        await asyncio.sleep(0.02)
    pids = await found()
    assert set(pids) == {old.execution_id}
    assert pids[old.execution_id][0] == old.pid
    assert len(pids[old.execution_id]) == 3
    assert set(await lab.runner.survivors([other.execution_id])) == {other.execution_id}
    assert await lab.runner.survivors([]) == {}
    for pid in pids[old.execution_id]:
        os.kill(pid, signal.SIGKILL)


async def test_how_it_ended_is_known_where_the_kernel_can_tell(lab, nurse):
    old = nurse("sleep 0.3; exit 42")
    process, ended = adopt(lab, old)
    assert process.pid == old.pid
    async with asyncio.timeout(20):
        ending = await ended
    assert ending == (ProcessExit(exit_status=42) if kernel_tells() else ProcessExit())


async def test_the_signal_that_ended_it_is_known_too(lab, nurse):
    old = nurse("exec sleep 60")
    process, ended = adopt(lab, old)
    assert process.signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        ending = await ended
    assert ending == (ProcessExit(signal=signal.SIGTERM) if kernel_tells() else ProcessExit())
    assert not process.signal(signal.SIGTERM)


async def test_an_older_kernel_leaves_it_unknown(lab, nurse, monkeypatch):
    def refuse(*_):
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr(adoption.fcntl, "ioctl", refuse)
    _, ended = adopt(lab, nurse("sleep 0.2; exit 42"))
    async with asyncio.timeout(20):
        assert await ended == ProcessExit()


async def test_one_that_nobody_reaps_is_unknown_after_a_while(lab, nurse, monkeypatch):
    monkeypatch.setattr(adoption, "_MOST_RETRIES", 3)
    monkeypatch.setattr(adoption, "exit_status_of", lambda _: adoption._NOT_YET)
    _, ended = adopt(lab, nurse("sleep 0.1"))
    async with asyncio.timeout(20):
        assert await ended == ProcessExit()


async def test_how_another_than_the_main_process_ends_says_nothing(lab, nurse, wait_until):
    old = nurse("sleep 0.3 & echo $!; exec sleep 60")
    main, old.pid = old.pid, int(await wait_until(old.log.read_bytes))
    _, ended = adopt(lab, old)
    async with asyncio.timeout(20):
        assert await ended == ProcessExit()
    old.pid = main


async def test_signals_to_another_than_the_main_process_reach_all_of_the_execution(
    lab, nurse, wait_until, find_marked
):
    old = nurse("setsid sleep 60 & sleep 61 & echo $!; exec sleep 62")
    main, old.pid = old.pid, int(await wait_until(old.log.read_bytes))
    await wait_until(lambda: len(find_marked(old.execution_id)) == 3)
    process, ended = adopt(lab, old)
    assert process.signal(signal.SIGTERM)
    await wait_until(lambda: not find_marked(old.execution_id))
    async with asyncio.timeout(20):
        assert await ended == ProcessExit()
    old.pid = main


async def test_its_output_is_kept_within_the_limit(lab, nurse):
    old = nurse("sleep 0.2; head -c 50000 /dev/zero; echo the last line")
    _, ended = adopt(lab, old, limit=1000)
    async with asyncio.timeout(20):
        await ended
    content = old.log.read_bytes()
    assert b"bytes of output left out here" in content
    assert content.endswith(b"the last line\n")
    assert len(content) < 1100


async def test_what_it_leaves_behind_is_stopped(lab, nurse, wait_until, find_marked):
    old = nurse("setsid sleep 60 & sleep 61 & sleep 0.2")
    _, ended = adopt(lab, old)
    async with asyncio.timeout(20):
        await ended
    await wait_until(lambda: b"2 processes left behind were stopped" in old.log.read_bytes())
    assert not find_marked(old.execution_id)


async def test_a_process_of_another_execution_is_not_adopted(lab, nurse, descriptors):
    old = nurse("exec sleep 60")
    old.execution_id = "another"
    await lab.runner.survivors({"any"})  # the runner opens what it needs for itself
    before = descriptors()
    for _ in range(3):
        with pytest.raises(ProcessLookupError):
            adopt(lab, old)
    assert descriptors() == before


async def test_a_process_without_a_mark_is_not_adopted(lab, nurse):
    old = nurse("exec sleep 60")
    old.pid, pid = os.getpid(), old.pid
    with pytest.raises(ProcessLookupError):
        adopt(lab, old)
    old.pid = pid


async def test_a_process_that_is_gone_is_not_adopted(lab, nurse, wait_until):
    old = nurse("exit 0")
    await wait_until(lambda: status_of(old.pid) is None)
    with pytest.raises(ProcessLookupError):
        adopt(lab, old)


async def test_closing_leaves_adopted_processes_alone(make_lab, nurse):
    lab = make_lab()
    old = nurse("exec sleep 60")
    _, ended = adopt(lab, old)
    await lab.runner.close()
    assert status_of(old.pid).alive
    assert not ended.done()


def test_a_signal_never_reaches_another_process_of_the_same_number(nurse):
    old = nurse("exec sleep 60")
    status = status_of(old.pid)
    earlier = Status(status.pid, "S", status.group, status.session, status.started - 1)
    assert not send_signal(earlier, signal.SIGKILL)
    assert status_of(old.pid).alive
    assert send_signal(status, signal.SIGKILL)


def test_the_mark_is_read_wherever_it_stands():
    def mark_in(environment):
        process = subprocess.Popen(["/bin/cat"], stdin=-1, stdout=-1, env=environment)
        try:
            process.stdin.write(b"x")
            process.stdin.flush()
            process.stdout.read(1)  # now it is running: before, its environment may not be there
            return mark_of(process.pid)
        finally:
            process.communicate()

    assert mark_in({"WAKEFUL_EXECUTION_ID": "one", "B": "1"}) == "one"
    assert mark_in({"A": "1", "WAKEFUL_EXECUTION_ID": "two"}) == "two"
    assert mark_in({"A": "WAKEFUL_EXECUTION_ID=three"}) is None
    assert mark_in({"XWAKEFUL_EXECUTION_ID": "four"}) is None
    assert mark_in({}) == ""
    assert mark_of(1 << 30) is None


class Execing:
    """Hides the environment of a process from the first look, as execve(2) does."""

    def __init__(self, pid):
        self._pid = pid
        self.looks = 0

    def __call__(self, pid):
        if pid == self._pid:
            self.looks += 1
            if self.looks == 1:
                return ""
        return mark_of(pid)


async def test_a_process_that_is_just_becoming_another_program_is_found(lab, nurse, monkeypatch):
    old = nurse("echo started; exec sleep 60")
    monkeypatch.setattr(survivors, "mark_of", Execing(old.pid))
    found = await lab.runner.survivors([old.execution_id])
    assert found == {old.execution_id: [old.pid]}


async def test_a_process_that_is_just_becoming_another_program_is_adopted(lab, nurse, monkeypatch):
    old = nurse("exec sleep 60")
    monkeypatch.setattr(adoption, "mark_of", Execing(old.pid))
    process, _ = adopt(lab, old)
    assert process.pid == old.pid
