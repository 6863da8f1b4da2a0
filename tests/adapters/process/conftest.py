"""A runner with real processes, and what the tests need to look at them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from wakeful.adapters.process import ProcessRunner
from wakeful.core.launch import Launch

PLENTY = 20.0  # seconds; the machine may be busy


class Run:
    """An execution: its process, its output, and the ends that were reported."""

    def __init__(self, execution_id: str, log: Path):
        self.execution_id = execution_id
        self.log = log
        self.endings = []
        self.over = asyncio.Event()
        self.process = None

    def note(self, ending):
        self.endings.append(ending)
        self.over.set()

    async def ending(self):
        async with asyncio.timeout(PLENTY):
            await self.over.wait()
        return self.endings[0]

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        return self.log.read_bytes()


class Lab:
    def __init__(self, runner: ProcessRunner, folder: Path):
        self.runner = runner
        self.folder = folder
        self._numbers = count()

    def start(
        self, *arguments, environment=None, added=None, directory="", limit=1 << 20, log=None
    ) -> Run:
        number = next(self._numbers)
        run = Run(f"{self.folder.name}-{number}", log or self.folder / f"{number}.log")
        run.process = self.runner.start(
            Launch(
                arguments=tuple(map(str, arguments)),
                environment=environment or {},
                working_directory=str(directory),
            ),
            execution_id=run.execution_id,
            environment=added or {},
            log=run.log,
            output_limit=limit,
            ended=run.note,
        )
        return run

    def sh(self, script: str, **options) -> Run:
        return self.start("/bin/sh", "-c", script, **options)

    def python(self, script: str, *arguments, **options) -> Run:
        return self.start(sys.executable, "-c", textwrap.dedent(script), *arguments, **options)

    async def output_of(self, run: Run) -> bytes:
        await run.ending()
        return run.output


def marked(execution_id: str) -> set[int]:
    """Find the living processes of an execution, without the code that is tested."""
    found = set()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if not entry.name.isdecimal():
                continue
            names = (entry / "environ").read_bytes().split(b"\0")
            if f"WAKEFUL_EXECUTION_ID={execution_id}".encode() in names:
                found.add(int(entry.name))
    return found


async def eventually(condition, *, within=PLENTY, every=0.02):
    """Wait until something is true, and give what it was."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {within} s")
        await asyncio.sleep(every)
    return result


@pytest.fixture
def descriptors():
    """A function that counts the open descriptors of this process."""
    return lambda: len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def find_marked():
    return marked


@pytest.fixture
def wait_until():
    return eventually


@pytest.fixture
def make_lab(tmp_path):
    """Make labs with a runner of their own; all their processes are gone afterwards."""
    labs = []

    def make(**options):
        labs.append(Lab(ProcessRunner(**options), tmp_path))
        return labs[-1]

    yield make
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            mark = f"WAKEFUL_EXECUTION_ID={tmp_path.name}-".encode()
            if entry.name.isdecimal() and mark in (entry / "environ").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
    _reap_all()


@pytest.fixture
async def lab(make_lab):
    lab = make_lab(grace=0.5)
    yield lab
    await lab.runner.close()


def _reap_all():
    deadline = time.monotonic() + PLENTY
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.01)
