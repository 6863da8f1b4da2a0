"""Output that is too much: the beginning and the end stay."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wakeful.adapters.process import output_watch
from wakeful.adapters.process.output import LONGEST_END, OutputLog, close_with_line, trim_all
from wakeful.adapters.process.output_watch import OutputWatch

MEBIBYTE = 1 << 20
LINE = re.compile(rb"\n\[wakeful: (\d+) bytes of output left out here\]\n")


def parts(content: bytes) -> tuple[bytes, int, bytes]:
    found = LINE.findall(content)
    assert len(found) == 1
    first, number, last = LINE.split(content)
    return first, int(number), last


@pytest.mark.parametrize("limit", [0, 1, 10, 100, 1000, 200_000])
@pytest.mark.parametrize("excess", [0, 1, 7, 100, 5000, 300_000])
def test_the_first_part_a_line_and_the_last_part_stay(tmp_path, limit, excess):
    original = os.urandom(limit + excess)
    path = tmp_path / "log"
    path.write_bytes(original)
    log = OutputLog(str(path), limit)
    log.trim()
    log.trim()  # nothing is left to do
    if not excess:
        assert path.read_bytes() == original
        return
    first, missing, last = parts(path.read_bytes())
    assert len(last) == min(LONGEST_END, limit // 2)
    assert original.startswith(first)
    assert original.endswith(last)
    assert len(first) + len(last) == limit
    assert missing == excess


def test_cutting_again_and_again_keeps_count(tmp_path):
    path = tmp_path / "log"
    log = OutputLog(str(path), 1000)
    original = b""
    for number in range(200):
        more = b"%06d " % number * 700
        original += more
        with path.open("ab") as file:
            file.write(more)
        log.trim_running()
        assert path.stat().st_size < 1000 + 5000 + 4096 + 100
    log.trim()
    first, missing, last = parts(path.read_bytes())
    assert original.startswith(first)
    assert original.endswith(last)
    assert len(first) + missing + len(last) == len(original)
    assert len(first) + len(last) == 1000


def test_a_file_that_is_gone_is_nobodys_fault(tmp_path, caplog):
    log = OutputLog(str(tmp_path / "gone"), 10)
    trim_all([log], running=True)
    close_with_line(log, "[wakeful: a line]")
    assert not (tmp_path / "gone").exists()
    assert caplog.text == ""


def test_a_file_that_cannot_be_cut_is_told(tmp_path, caplog):
    (tmp_path / "other").write_bytes(b"x" * 100)
    (tmp_path / "link").symlink_to("other")
    log = OutputLog(str(tmp_path / "link"), 10)
    trim_all([log], running=False)
    assert "cannot keep the output" in caplog.text
    assert (tmp_path / "other").stat().st_size == 100


async def test_a_hundred_megabytes_become_one(lab):
    run = lab.sh(
        "head -c 104857600 /dev/zero | tr '\\0' x; echo; echo the last line", limit=MEBIBYTE
    )
    await run.ending()
    first, missing, last = parts(run.output)
    assert run.log.stat().st_size == MEBIBYTE + len(LINE.search(run.output)[0])
    assert len(first) == MEBIBYTE - LONGEST_END
    assert last.endswith(b"x\nthe last line\n")
    assert missing <= 104857600 + 15 - MEBIBYTE


async def test_the_file_is_bounded_while_the_job_runs(lab, wait_until):
    run = lab.python(
        """
        import sys, time
        while True:
            sys.stdout.write("x" * 99999 + "\\n")
            sys.stdout.flush()
            time.sleep(0.01)
        """,
        limit=MEBIBYTE,
    )
    await wait_until(lambda: LINE.search(run.output))
    sizes = []
    for _ in range(40):
        await asyncio.sleep(0.05)
        sizes.append(run.log.stat().st_size)
    run.process.signal(signal.SIGKILL)
    await run.ending()
    assert max(sizes) < 8 * MEBIBYTE
    first, _, last = parts(run.output)
    assert len(first) + len(last) == MEBIBYTE


async def test_what_is_written_before_the_file_is_watched_is_cut_too(lab, wait_until):
    run = lab.sh("head -c 3000000 /dev/zero; exec sleep 60", limit=MEBIBYTE)
    await wait_until(lambda: LINE.search(run.output))
    assert parts(run.output)[1] == 3000000 - MEBIBYTE
    run.process.signal(signal.SIGKILL)
    await run.ending()


async def test_output_within_the_limit_is_left_alone(lab):
    run = lab.sh("for i in 1 2 3; do echo line $i; sleep 0.5; done", limit=1000)
    await run.ending()
    assert run.output == b"line 1\nline 2\nline 3\n"


@pytest.fixture
def worker():
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(output_watch, "YOUNG_SECONDS", 0.05)
    monkeypatch.setattr(output_watch, "GATHERING_SECONDS", 0.05)
    monkeypatch.setattr(output_watch, "POLLING_SECONDS", 0.05)


class Failing:
    """A source of events that cannot watch any file."""

    def __init__(self, *_):
        pass

    def arm(self, _):
        raise OSError(errno.ENOSPC, "no more watches")

    def disarm(self, watch):
        pass

    def close(self):
        pass


def refuse(*_):
    raise OSError(errno.EMFILE, "no more instances")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("open_events", [refuse, Failing])
async def test_without_events_files_are_looked_at_in_turn(
    tmp_path, worker, open_events, wait_until
):
    path = tmp_path / "log"
    path.touch()
    watch = OutputWatch(asyncio.get_running_loop(), worker, open_events=open_events)
    log = OutputLog(str(path), 1000)
    watch.follow(log)
    for _ in range(2):
        await asyncio.sleep(0.2)
        with path.open("ab") as file:
            file.write(b"x" * 20000)
        await wait_until(lambda: path.stat().st_size < 2000)
    watch.forget(log)
    assert watch._timers == {}
    watch.close()


@pytest.mark.usefixtures("quick")
async def test_nothing_is_asked_for_when_all_have_ended(tmp_path, worker):
    watch = OutputWatch(asyncio.get_running_loop(), worker)
    logs = []
    for number in range(3):
        (tmp_path / str(number)).touch()
        logs.append(OutputLog(str(tmp_path / str(number)), 1000))
        watch.follow(logs[-1])
    await asyncio.sleep(0.2)
    assert len(watch._watches) == 3
    for log in logs:
        watch.forget(log)
    assert (watch._watches, watch._timers, watch._polled) == ({}, {}, set())
    watch.close()


@pytest.mark.usefixtures("quick")
async def test_a_chatty_job_is_looked_at_no_more_often_than_needed(tmp_path, worker, monkeypatch):
    path = tmp_path / "log"
    path.touch()
    looks = []
    monkeypatch.setattr(output_watch, "GATHERING_SECONDS", 0.2)
    monkeypatch.setattr(output_watch, "trim_all", lambda logs, **_: looks.append(logs))
    watch = OutputWatch(asyncio.get_running_loop(), worker)
    log = OutputLog(str(path), 1000)
    watch.follow(log)
    await asyncio.sleep(0.1)
    started = time.monotonic()
    with path.open("ab", buffering=0) as file:
        while time.monotonic() < started + 1:
            file.write(b"x")
            await asyncio.sleep(0.001)
    watch.forget(log)
    watch.close()
    assert 2 <= len(looks) <= 7
