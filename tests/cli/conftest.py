"""A desk: a bus, a daemon with jobs for every case, and the command as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.bus import Bus, running_bus
from fixtures.daemon import NO_SYSTEM_BUS, Daemon, plain, until
from fixtures.logind import Desktop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
            "DBUS_SYSTEM_BUS_ADDRESS": NO_SYSTEM_BUS,
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


def time_jobs() -> list[dict[str, Any]]:
    """Jobs that show what time does to them, on a machine that is on battery."""
    present = datetime.now(UTC)
    just_now, earlier = (
        (present - timedelta(seconds=seconds)).isoformat() for seconds in (5, 3600)
    )
    true = {"command": ["true"]}
    return [
        {"name": "backup", "cron": "30 2 * * *", "missed": {"within": "2d"}, **true},
        {"name": "half hours", "cron": "30 * * * *", **true},
        {"name": "event", "calendar": "daily", **true},
        {"name": "charged", "at": just_now, "when": {"ac": True, "deadline": "4h"}, **true},
        {"name": "asks", "at": earlier, "missed": "ask", **true},
        {"name": "asks too", "at": earlier, "missed": "ask", **true},
        {"name": "ran", "at": just_now, **true},
        {"name": "busy", "every": "1s", "command": ["sleep", "300"], "on_sleep": "freeze"},
    ]


class Machine(Desk):
    """A desk at a machine whose sleep and power are in the hands of a test."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        super().__init__(bus, folder)
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        self.daemon.environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        self.desktop = Desktop(bus.address)
        self.logind = self.desktop.logind()
        self.desktop.upower(on_battery=True)

    def start(self) -> None:
        """Start the daemon; when it knows where it is, give it the jobs."""
        daemon = self.daemon
        curious = {"name": "curious", "every": "1d", "when": {"ac": True}, "command": ["true"]}
        daemon.configure(curious)
        daemon.start()
        until(lambda: self.logind.held, "the daemon takes no lock")
        explain = ["Explain", "st", "curious", 0]
        until(lambda: "obstacles" in plain(daemon.own(*explain)), "it does not know its power")
        daemon.configure(*time_jobs(), timezone="Europe/Berlin")
        daemon.own("Reload")
        until(lambda: "waiting" in daemon.job("charged"), "no slot waits")
        until(lambda: "last_run" in daemon.job("ran"), "nothing ran")
        seen = ["why", "busy", "--json"]
        until(lambda: self.document(*seen)["previous"], "nothing was skipped")

    def await_power(self, condition: Callable[[Any], Any]) -> None:
        """Wait until something holds of what ``wakeful power`` prints."""
        until(lambda: condition(self.document("power", "--json")), "the machine does not follow")


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A machine with a running daemon that tests share: leave it as it was."""
    with TemporaryDirectory(prefix="wakeful-cli-") as folder, running_bus() as bus:
        one = Machine(bus, Path(folder))
        try:
            one.start()
            yield one
        finally:
            if one.daemon.process is not None and one.daemon.process.poll() is None:
                one.daemon.stop()
            one.daemon.disconnect()
            one.desktop.close()


@pytest.fixture
def empty_desk() -> Iterator[Desk]:
    """A desk without a daemon, for one test."""
    with _desk() as one:
        yield one
