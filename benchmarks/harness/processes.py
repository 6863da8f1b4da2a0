"""Processes of a measurement: they end with it, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parents[1] / "programs"
STOP_SECONDS = 20.0
_KEPT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH")


def clean_environment(home: Path, **added: str) -> dict[str, str]:
    """Give an environment in which nothing of the user's can be found or changed."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""} | added


@contextmanager
def running(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    stdout: int | None = subprocess.DEVNULL,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run a program while the context lasts; its messages go to ``log``."""
    command = [*_leash(), *map(str, arguments)]
    with (log or Path(os.devnull)).open("a") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=errors,
            text=True,
            env=environment,
        )
    with process:
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End a program as a service manager would."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def python(program: str, *arguments: object) -> list[str]:
    """Give the command line of one of the programs of the benchmarks."""
    return [sys.executable, str(PROGRAMS / program), *map(str, arguments)]


def _leash() -> list[str]:
    """Give the command that ends a program when its parent is gone, where there is one.

    It executes the program in its own place, so that the process is the program's.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
