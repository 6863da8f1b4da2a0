"""The daemon under measurement: its files, its start, and how it says that it is ready."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from benchmarks.harness.bus import Target
from benchmarks.harness.processes import PROGRAMS, clean_environment, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Job = dict[str, Any]

OWN = Target("org.wakeful.Scheduler1", "/org/wakeful/Scheduler1", "org.wakeful.Scheduler1.Manager")
FLAT = Target("com.aiworkflow.BotCron", "/com/aiworkflow/BotCron", "com.aiworkflow.BotCron")
LIBRARIES = ("dbus-fast", "dbus-next")
_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_LOG_LINES = 15


def far_jobs(count: int) -> list[Job]:
    """Make jobs that are due in half a year."""
    month = (time.localtime().tm_mon + 5) % 12 + 1
    return [
        {
            "name": f"job-{number:05}",
            "cron": f"{number % 60} {number // 60 % 24} 15 {month} *",
            "command": ["true"],
            "description": "far away",
        }
        for number in range(count)
    ]


class Started(NamedTuple):
    """A program that has said that it is ready.

    Attributes:
        process: It.
        ready_seconds: From before it was started until it said so.
    """

    process: subprocess.Popen[str]
    ready_seconds: float


class ReadySocket:
    """Where a program says that it is ready, as to a service manager.

    Args:
        path: Of the socket, in a folder of its own and short.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(_LOOK_SECONDS)
        self._ended = threading.Event()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._reader is not None:
            self._reader.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def wait(self, process: subprocess.Popen[str]) -> float:
        """Wait until a program is ready; gives that moment (`time.perf_counter`).

        Raises:
            TimeoutError: It did not get ready.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                data = self._socket.recv(4096)
            except TimeoutError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                continue
            if data.startswith(b"READY=1"):
                moment = time.perf_counter()
                self._reader = threading.Thread(target=self._read_on)
                self._reader.start()
                return moment

    def _read_on(self) -> None:
        # As a service manager does: once its queue is full (net.unix.max_dgram_qlen) whoever
        # sends a status waits.
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                self._socket.recv(4096)


@contextmanager
def started(
    arguments: Sequence[str], folder: Path, *, name: str = "program", **environment: str
) -> Iterator[Started]:
    """Run a program from when it is ready on.

    Args:
        arguments: Its command line.
        folder: Where its messages go.
        name: What to call it.
        environment: Added to a clean one.
    """
    log = folder / f"{name}.log"
    with ReadySocket(folder / f"{name}.ready") as ready:
        environment |= {"NOTIFY_SOCKET": str(folder / f"{name}.ready")}
        begin = time.perf_counter()
        with running(
            arguments, environment=clean_environment(folder, **environment), log=log
        ) as process:
            try:
                moment = ready.wait(process)
            except TimeoutError:
                last = "\n".join(log.read_text().splitlines()[-_LOG_LINES:])
                raise RuntimeError(f"{name} did not get ready:\n{last}") from None
            yield Started(process, moment - begin)


class Place:
    """The files of one daemon.

    Args:
        folder: Where they are.
        jobs: The jobs of its configuration.
    """

    def __init__(self, folder: Path, jobs: Sequence[Job] = ()) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.configuration = folder / "config.json"
        self.state = folder / "state"
        self.write(jobs)

    def write(self, jobs: Sequence[Job]) -> None:
        """Replace the configuration as editors do: by renaming a new file."""
        self.prepare(jobs)()

    def prepare(self, jobs: Sequence[Job]) -> _Rename:
        """Write a new configuration next to the present one; the result puts it in place."""
        document = {"schedules": {"timezone": "America/New_York", "jobs": list(jobs)}}
        new = self.folder / "config.json.new"
        new.write_text(json.dumps(document))
        return _Rename(new, self.configuration)

    def command(self, bus: str, *, named_threads: bool = False) -> list[str]:
        """Give the command line of the daemon."""
        program = [str(PROGRAMS / "named_daemon.py")] if named_threads else ["-m", "wakeful"]
        places = ["--config", str(self.configuration), "--state-dir", str(self.state)]
        return [sys.executable, *program, *places, "--bus", bus, "--log-level", "warning"]


class _Rename(NamedTuple):
    new: Path
    present: Path

    def __call__(self) -> float:
        """Rename; gives the moment before (`time.perf_counter`)."""
        moment = time.perf_counter()
        self.new.replace(self.present)
        return moment


@contextmanager
def daemon(
    place: Place, bus: str, *, library: str = "", named_threads: bool = False
) -> Iterator[Started]:
    """Run the daemon from when it is ready on."""
    environment = {"WAKEFUL_DBUS_LIBRARY": library} if library else {}
    command = place.command(bus, named_threads=named_threads)
    with started(command, place.folder, name="daemon", **environment) as running_daemon:
        yield running_daemon
