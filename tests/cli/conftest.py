"""A desk: a bus, a daemon with jobs for every case, and the command as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.bus import Bus, running_bus
from fixtures.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 30
WAIT_FOR_GO = "echo first; while [ ! -e go ]; do sleep 0.02; done; printf '\\377\\376 last'"
JOBS = [
    {"name": "ok", "cron": "0 9 * * MON-FRI", "command": ["echo", "hi"], "description": "Says hi"},
    {"name": "bad exit", "every": "10d", "command": ["sh", "-c", "echo out; exit 3"]},
    {"name": "numbers", "command": ["seq", "1", "300000"]},
    {"name": "long", "command": ["sleep", "300"]},
    {"name": "日本語", "at": "2088-01-01T03:00:00+01:00", "command": ["printf", "\\377\\376x"]},
    {"name": "broken", "crn": "0 9 * * *", "command": ["true"]},
    {"name": "off", "cron": "@daily", "command": ["true"], "enabled": False},
    {"name": "never ran", "cron": "30 2 * * *", "command": ["true"]},
    {"name": "silent", "command": ["true"]},
]


class Desk:
    """Where a user sits."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        self.bus = bus
        self.folder = folder
        self.daemon = Daemon(folder, bus.address)
        patient = {"name": "patient", "command": ["sh", "-c", WAIT_FOR_GO]}
        jobs = [*JOBS, patient | {"working_directory": str(folder)}]
        self.daemon.configure(*jobs, timezone="Europe/Berlin")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TZ": "Asia/Tokyo",
            "WAKEFUL_BUS": bus.address,
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from wakeful.cli.root import main; main()", *words]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.command(*words),
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def document(self, *words: str) -> Any:
        """Run the command, and read the document it prints."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def running(self, *words: str, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Start the command, and go on; it is ended at the latest when the block is."""
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
        with subprocess.Popen(self.command(*words), env=self.environment, **settings) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def patient(self) -> Iterator[Path]:
        """Have the patient job wait; it ends when the file given is there."""
        go = self.folder / "go"
        try:
            yield go
        finally:
            go.touch()
            self.settle()
            go.unlink()

    def settle(self) -> None:
        """Let everything that runs come to its end."""
        for execution in self.document("history", "--state", "queued,running", "--json"):
            self.daemon.outcome(execution["execution_id"])


@contextmanager
def _desk() -> Iterator[Desk]:
    with TemporaryDirectory(prefix="wakeful-cli-") as folder, running_bus() as bus:
        desk = Desk(bus, Path(folder))
        try:
            yield desk
        finally:
            if desk.daemon.process is not None and desk.daemon.process.poll() is None:
                desk.daemon.stop()
            desk.daemon.disconnect()


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """A desk with a running daemon that tests share: leave it as it was."""
    with _desk() as one:
        one.daemon.start()
        _ = one.daemon.connection  # opened here, or the first test that asks would leave it
        yield one


@pytest.fixture
def empty_desk() -> Iterator[Desk]:
    """A desk without a daemon, for one test."""
    with _desk() as one:
        yield one
