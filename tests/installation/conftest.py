"""A home directory of its own, and tools of the session that do nothing but take notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >> "$NOTES"
case "$*" in
  *--property=Version*) [ -z "$NO_MANAGER" ] || { echo "no manager here" >&2; exit 1; } ;;
  *LoadState*) echo LoadState=loaded; echo ActiveState=$ACTIVE; echo FragmentPath="$FRAGMENT" ;;
  *"$FAILS"*) [ -z "$FAILS" ] || { echo "it did not work" >&2; exit 1; } ;;
esac
"""
BUSCTL = """#!/bin/sh
echo "busctl $*" >> "$NOTES"
[ -z "$NO_BUS" ] || { echo "no bus here" >&2; exit 1; }
case "$*" in *ListActivatableNames) echo 'as 1 "org.wakeful.Scheduler1"' ;; esac
"""


class Home:
    """Where things are installed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.units = path / ".local/share/systemd/user"
        self.unit = self.units / "wakeful.service"
        self.own_units = path / ".config/systemd/user"
        self.activation = path / ".local/share/dbus-1/services/org.wakeful.Scheduler1.service"
        self.configuration = path / ".config/wakeful/config.json"
        self._notes = path.parent / "notes"

    def notes(self) -> list[str]:
        """What the tools were asked for."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def files(self) -> list[str]:
        return sorted(
            str(file.relative_to(self.path))
            for file in self.path.rglob("*")
            if file.is_symlink() or not file.is_dir()
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("busctl", BUSCTL)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setenv("ACTIVE", "inactive")
    home = Home(folder)
    monkeypatch.setenv("FRAGMENT", str(home.unit))
    for name in ("NO_MANAGER", "NO_BUS", "FAILS"):
        monkeypatch.setenv(name, "")
    return home
