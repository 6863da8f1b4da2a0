"""A tour: the daemon on a bus of its own, with an example configuration, in half a minute."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wakeful.data import data_path

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 30
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--keep", is_flag=True, help="Leave the daemon running, and say how to reach it.")
def main(*, keep: bool) -> None:
    """Show what Wakeful does, with real jobs, on a private bus and in a throw-away folder."""
    folder = Path(tempfile.mkdtemp(prefix="wakeful-demo-"))
    tour = Tour(folder)
    try:
        tour.begin()
        tour.show()
    except BaseException:
        tour.end()
        raise
    if keep:
        tour.hand_over()
    else:
        tour.end()
        _say("That was all. Nothing is left of it; --keep would leave the daemon running.")


class Tour:
    """One run of the demonstration.

    Args:
        folder: Throw-away; holds everything.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._address = f"unix:path={folder}/bus"
        self._state = folder / "state"
        self._configuration = folder / "config.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = dict(os.environ, WAKEFUL_BUS=self._address)

    def begin(self) -> None:
        """Start a bus and a daemon."""
        examples = data_path("examples")
        shutil.copytree(examples / "scripts", self._folder / "scripts")
        shutil.copy(examples / "config.json", self._configuration)
        settings = self._folder / "bus.conf"
        settings.write_text(_BUS.format(socket=self._folder / "bus"), encoding="utf-8")
        _say("A session bus of its own, and the daemon on it, with this configuration:")
        click.echo(_indented(self._configuration.read_text(encoding="utf-8")))
        self._start("dbus-daemon", f"--config-file={settings}", "--nofork")
        _wait_for(self._folder / "bus")
        with self._ready():
            self._start(
                sys.executable,
                "-m",
                "wakeful",
                f"--config={self._configuration}",
                f"--state-dir={self._state}",
                f"--bus={self._address}",
                "--log-level=warning",
            )

    def show(self) -> None:
        """Go through what it does."""
        self._wakeful("The jobs", "list")
        with self._signals():
            self._wakeful(
                "A job is run by hand, its output followed", "run", "greeting", "--follow"
            )
            self._wakeful("Another one fails; the exit status says so", "run", "fails", "--wait")
            _say("Meanwhile 'heartbeat' runs by the clock, every two seconds …")
            time.sleep(2.5)
        self._wakeful("What the last heartbeat had to say", "logs", "heartbeat")
        self._wakeful("The history", "history", "--limit", "6")
        self._wakeful(
            "A toggle survives a crash: it is on disk before it is answered", "disable", "heartbeat"
        )
        self._wakeful("How things stand", "status")
        _say("Without any of our own programs, with busctl:")
        for line in self._busctl_lines():
            self._run(line)

    def _busctl_lines(self) -> list[list[str]]:
        bus = ["busctl", f"--address={self._address}"]
        flat = ["com.aiworkflow.BotCron", "/com/aiworkflow/BotCron", "com.aiworkflow.BotCron"]
        own = [
            "org.wakeful.Scheduler1",
            "/org/wakeful/Scheduler1",
            "org.wakeful.Scheduler1.Manager",
        ]
        return [
            [*bus, "call", *flat, "run_job", "s", "greeting"],
            [*bus, "call", *flat, "get_history", "i", "1"],
            [*bus, "call", *own, "Health", "a{sv}", "0"],
        ]

    def hand_over(self) -> None:
        """Leave everything running."""
        pids = " ".join(str(process.pid) for process in reversed(self._processes))
        _say("The daemon is still running. To use it:")
        click.echo(f"    export WAKEFUL_BUS={self._address}")
        click.echo(f"    {_command()} list")
        click.echo(f"    $EDITOR {self._configuration}")
        click.echo(
            f"    busctl --address={self._address} introspect org.wakeful.Scheduler1 "
            "/org/wakeful/Scheduler1"
        )
        _say("And to end it:")
        click.echo(f"    kill {pids}; rm -r {self._folder}")

    def end(self) -> None:
        """Stop everything and leave nothing."""
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PATIENCE_SECONDS)
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wakeful(self, title: str, *arguments: str) -> None:
        _say(f"{title}:")
        self._run([_command(), *arguments])

    def _run(self, command: list[str]) -> None:
        click.secho("$ " + " ".join(command), bold=True)
        sys.stdout.flush()
        subprocess.run(command, env=self._environment, check=False)  # noqa: S603 - our own words
        click.echo()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        # A session of its own: what is kept must not die with the terminal's Ctrl-C.
        process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    @contextlib.contextmanager
    def _ready(self) -> Iterator[None]:
        """Wait until the daemon that is started inside says that it is ready (sd_notify(3))."""
        path = self._folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(path))
            listener.settimeout(PATIENCE_SECONDS)
            self._environment["NOTIFY_SOCKET"] = str(path)
            yield
            del self._environment["NOTIFY_SOCKET"]
            while b"READY=1" not in listener.recv(4096):
                pass

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Print what the bus tells, beside everything else."""
        with subprocess.Popen(  # noqa: S603 - our own words
            [_command(), "watch"], env=self._environment, stdout=subprocess.PIPE
        ) as watcher:
            assert watcher.stdout is not None  # noqa: S101 - it is a pipe
            printer = threading.Thread(target=_print_signals, args=(watcher.stdout,), daemon=True)
            printer.start()
            time.sleep(0.5)
            yield
            watcher.send_signal(signal.SIGINT)
            printer.join(PATIENCE_SECONDS)


def _print_signals(stream: Iterator[bytes]) -> None:
    for line in stream:
        click.secho("  signal  " + line.decode(errors="replace").rstrip(), fg="cyan")


def _command() -> str:
    """Give the ``wakeful`` command that belongs to this Python."""
    beside = Path(sys.executable).with_name("wakeful")
    return str(beside) if beside.exists() else "wakeful"


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise click.ClickException("the bus did not start; is dbus-daemon installed?")
        time.sleep(0.01)


def _say(text: str) -> None:
    click.secho(f"\n== {text}\n", fg="green")


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


if __name__ == "__main__":
    main(prog_name="demo")
