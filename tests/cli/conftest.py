"""A daemon of our own with jobs for every case, and the command as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import new_method_call
from jeepney.io.blocking import open_dbus_connection

from fixtures.bus import DRIVER, start_bus

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "org.wakeful.Scheduler1"
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


@dataclass(slots=True)
class Desk:
    """Where a user sits: a bus, maybe a daemon on it, a home, and the command."""

    folder: Path
    address: str
    daemon: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TZ": "Asia/Tokyo",
            "WAKEFUL_BUS": self.address,
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }

    def arguments(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from wakeful.cli.root import main; main()", *words]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.arguments(*words),
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

    def start(self, *words: str, **settings: Any) -> subprocess.Popen[bytes]:
        """Start the command, and go on."""
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
        return subprocess.Popen(self.arguments(*words), env=self.environment, **settings)

    def serve(self) -> None:
        """Start the daemon, and wait until it is there."""
        config = self.folder / "config.json"
        if not config.exists():
            schedules = {"timezone": "Europe/Berlin", "jobs": [*JOBS, self.patient_job()]}
            config.write_text(json.dumps({"schedules": schedules}))
        state = self.folder / "state"
        self.daemon = subprocess.Popen(
            [sys.executable, "-m", "wakeful", "--bus", self.address]
            + ["--config", str(config), "--state-dir", str(state)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=(self.folder / "daemon.log").open("ab"),
        )
        self.wait_until(lambda: self.owned() or self.daemon.poll() is not None)
        assert self.owned(), (self.folder / "daemon.log").read_text()

    def patient_job(self) -> dict[str, Any]:
        command = ["sh", "-c", WAIT_FOR_GO]
        return {"name": "patient", "command": command, "working_directory": str(self.folder)}

    def stop(self) -> None:
        """Stop the daemon."""
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(PATIENCE_SECONDS)
            self.daemon = None

    def owned(self) -> bool:
        """Whether a daemon owns the name."""
        with open_dbus_connection(self.address) as connection:
            question = new_method_call(DRIVER, "NameHasOwner", "s", (NAME,))
            return connection.send_and_get_reply(question, timeout=5).body[0]

    def wait_until(self, holds: Any) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)


def _desk() -> Iterator[Desk]:
    # Not in tmp_path: the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="wakeful-cli-") as name:
        folder = Path(name)
        for bus in start_bus(folder):
            desk = Desk(folder, bus.address)
            yield desk
            desk.stop()


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """A desk with a running daemon, which tests share: leave it as it was."""
    for one in _desk():
        one.serve()
        yield one


@pytest.fixture
def empty_desk() -> Iterator[Desk]:
    """A desk without a daemon, for one test."""
    yield from _desk()
