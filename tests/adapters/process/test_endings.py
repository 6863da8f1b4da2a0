"""Children that end, alone and in crowds."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from wakeful.adapters.libc import Libc
from wakeful.adapters.process import reaper, runner
from wakeful.core.execution import ProcessExit


def state(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def wait_for_state(pid: int, wanted: str) -> None:
    deadline = time.monotonic() + 10
    while state(pid) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.005)


async def test_500_children_that_end_at_once_are_reported_once_each(lab, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # Opening the pipe waits for the other side, so all of them end when we open it.
    runs = [lab.sh(f"read x < {gate}; exit {number % 7}") for number in range(500)]
    writer = os.open(gate, os.O_RDWR)
    try:
        os.write(writer, b"\n" * 500)
        for run in runs:
            await run.ending()
    finally:
        os.close(writer)
    await asyncio.sleep(0.1)
    assert Counter(len(run.endings) for run in runs) == {1: 500}
    assert [run.endings[0].exit_status for run in runs] == [number % 7 for number in range(500)]


async def test_those_that_end_while_the_loop_is_busy_do_not_flood_it(lab, capfd):
    # asyncio's pipe for signals takes 278 of them; what is too much is printed, and lost.
    runs = [lab.start("/bin/true") for _ in range(400)]
    wait_for_state(runs[-1].pid, "Z")
    for run in runs:
        assert await run.ending() == ProcessExit(exit_status=0)
    assert capfd.readouterr().err == ""


async def test_a_child_that_has_ended_before_start_returns_is_reported(lab, monkeypatch):
    spawn = os.posix_spawn

    def spawn_slowly(*arguments, **options):
        pid = spawn(*arguments, **options)
        wait_for_state(pid, "Z")
        return pid

    monkeypatch.setattr(os, "posix_spawn", spawn_slowly)
    assert await lab.sh("exit 5").ending() == ProcessExit(exit_status=5)


async def test_a_batch_takes_one_hop_to_the_thread_for_outputs(lab, monkeypatch):
    batches = []

    def note(outputs, **_):
        batches.append(len(outputs))

    monkeypatch.setattr(runner, "trim_all", note)
    runs = [lab.start("/bin/true") for _ in range(100)]
    for run in runs:
        wait_for_state(run.pid, "Z")
    for run in runs:
        await run.ending()
    assert batches == [100]


async def test_an_exception_of_one_listener_does_not_keep_the_end_from_others(lab, caplog):
    broken, sound = lab.start("/bin/true"), lab.start("/bin/true")

    def fail(_):
        raise RuntimeError("listener")

    broken.process.ended = fail
    assert await sound.ending() == ProcessExit(exit_status=0)
    assert broken.execution_id in caplog.text


async def test_children_of_other_parts_of_the_program_are_left_to_them(lab):
    process = subprocess.Popen(["/bin/sh", "-c", "exit 7"])  # noqa: ASYNC220 - as they might
    wait_for_state(process.pid, "Z")
    assert await lab.sh("exit 3").ending() == ProcessExit(exit_status=3)
    assert await lab.sh("exit 4").ending() == ProcessExit(exit_status=4)
    assert process.wait() == 7


async def test_orphans_are_reaped_while_their_execution_goes_on(lab, wait_until):
    run = lab.sh("(sleep 0.1 & echo $!) ; exec sleep 60")
    orphan = int(await wait_until(lambda: run.output))
    await wait_until(lambda: state(orphan) is None)
    assert state(run.pid) is not None
    run.process.signal(signal.SIGKILL)
    await run.ending()


async def test_a_thread_that_does_not_block_the_signal_hides_no_child(lab):
    # Such a thread was started before the runner: the kernel may give the signal to it.
    over = threading.Event()
    ready = threading.Event()

    def unblock():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        ready.set()
        over.wait()

    await lab.sh("exit 0").ending()
    thread = threading.Thread(target=unblock)
    thread.start()
    try:
        ready.wait()
        for number in range(20):
            assert await lab.sh(f"exit {number}").ending() == ProcessExit(exit_status=number)
    finally:
        over.set()
        thread.join()


async def test_without_signalfd_a_handler_does_the_same(lab, monkeypatch):
    def refuse(*_):
        raise OSError(38, "no signalfd")

    monkeypatch.setattr(Libc, "signal_descriptor", refuse)
    runs = [lab.sh(f"exit {number}") for number in range(20)]
    assert [(await run.ending()).exit_status for run in runs] == list(range(20))


async def test_signals_and_the_subreaper_are_as_before_when_all_is_closed(make_lab):
    def arrangements():
        blocked = signal.SIGCHLD in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return blocked, signal.getsignal(signal.SIGCHLD), Libc().is_subreaper()

    before = arrangements()
    lab = make_lab()
    await lab.sh("exit 0").ending()
    assert Libc().is_subreaper()
    await lab.runner.close()
    assert arrangements() == before


async def test_what_has_ended_before_closing_is_reported(make_lab):
    lab = make_lab()
    run = lab.sh("exit 2")
    wait_for_state(run.pid, "Z")
    lab.runner._works._reaper._reap()
    assert run.endings == []  # in the hands of the thread for outputs
    await lab.runner.close()
    assert run.endings == [ProcessExit(exit_status=2)]


async def test_a_running_silent_job_costs_no_wake_ups(lab):
    run = lab.sh("exec sleep 60")
    await asyncio.sleep(1.5)
    before = _switches()
    await asyncio.sleep(2)
    assert _switches() - before <= 5
    run.process.signal(signal.SIGKILL)
    await run.ending()


def _switches() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])


def test_a_wait_status_is_read_as_the_kernel_means_it():
    assert reaper.ending_of(0) == ProcessExit(exit_status=0)
    assert reaper.ending_of(3 << 8) == ProcessExit(exit_status=3)
    assert reaper.ending_of(signal.SIGSEGV | 0x80) == ProcessExit(signal=signal.SIGSEGV)


def test_a_function_that_the_c_library_lacks():
    class Poor:
        def __getitem__(self, name):
            raise AttributeError(name)

    libc = Libc()
    libc._library = Poor()
    with pytest.raises(OSError, match="no prctl"):
        libc.is_subreaper()
