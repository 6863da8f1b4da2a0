"""The session of the user: its service manager and its bus, through their own tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUICK_SECONDS = 20.0
_START_SECONDS = 120.0
"""Longer than a start (90 s unless configured) and a stop of the service may take."""

_BUS = "org.freedesktop.DBus"
_PATH = "/org/freedesktop/DBus"
WAKE_PERMISSION = "AmbientCapabilities=CAP_WAKE_ALARM"
"""What a unit says that may wake the machine, see systemd.exec(5)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered.

    Attributes:
        good: Whether it did what it was asked for.
        text: Its output, or what it complained about.
    """

    good: bool
    text: str


class Session:
    """Talks to the user's service manager and bus; all of it may fail, and says so."""

    def __init__(self) -> None:
        self._environment = _environment()

    def has_manager(self) -> Answer:
        """Say whether there is a service manager to talk to."""
        return self.control("show", "--property=Version")

    def control(self, *words: str, seconds: float = _QUICK_SECONDS) -> Answer:
        """Run systemctl(1) for the user."""
        return self._run(("systemctl", "--user", "--no-pager", *words), seconds)

    def enable_now(self, unit: str) -> Answer:
        """Have a unit started, now and at every login."""
        return self.control("enable", "--now", unit, seconds=_START_SECONDS)

    def disable_now(self, unit: str) -> Answer:
        """Have a unit stopped, and not started again."""
        return self.control("disable", "--now", unit, seconds=_START_SECONDS)

    def properties(self, unit: str) -> Mapping[str, str]:
        """Give what the service manager knows of a unit; nothing if it cannot be asked."""
        names = "LoadState,ActiveState,UnitFileState,FragmentPath"
        answer = self.control("show", f"--property={names}", unit)
        if not answer.good:
            return {}
        return dict(line.partition("=")[::2] for line in answer.text.splitlines())

    def reload_bus(self) -> Answer:
        """Have the bus look for services again; folders that are new it does not see itself."""
        return self._ask_bus("ReloadConfig")

    def is_activatable(self, name: str) -> bool:
        """Say whether the bus knows how to start the owner of a name."""
        return f'"{name}"' in self._ask_bus("ListActivatableNames").text

    def may_wake(self) -> bool:
        """Say whether the service manager can let a service wake the machine; it is tried out."""
        words = ("--user", "--wait", "--quiet", "--collect", f"--property={WAKE_PERMISSION}")
        return self._run(("systemd-run", *words, "true"), _QUICK_SECONDS).good

    def _ask_bus(self, method: str) -> Answer:
        """Call the bus itself, with whichever tool is installed."""
        if shutil.which("busctl"):
            return self._run(
                ("busctl", "--user", "call", _BUS, _PATH, _BUS, method), _QUICK_SECONDS
            )
        words = ("--session", "--print-reply", f"--dest={_BUS}", _PATH, f"{_BUS}.{method}")
        return self._run(("dbus-send", *words), _QUICK_SECONDS)

    def _run(self, command: Sequence[str], seconds: float) -> Answer:
        try:
            done = subprocess.run(  # noqa: S603 - words of our own, no shell
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except FileNotFoundError:
            return Answer(good=False, text=f"{command[0]} is not installed")
        except OSError as error:
            return Answer(good=False, text=f"{command[0]}: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Answer(good=False, text=f"{command[0]} did not end within {seconds:.0f} s")
        if done.returncode == 0:
            return Answer(good=True, text=done.stdout)
        lines = (done.stderr or done.stdout).strip().splitlines()
        return Answer(good=False, text=lines[0] if lines else f"{command[0]} failed")


def _environment() -> dict[str, str]:
    """Give the environment for the tools: with a runtime directory also after ``su`` or in cron."""
    environment = dict(os.environ)
    usual = Path(f"/run/user/{os.geteuid()}")
    if not environment.get("XDG_RUNTIME_DIR") and usual.is_dir():
        environment["XDG_RUNTIME_DIR"] = str(usual)
    return environment
