"""The rules of time zones change while the daemon runs."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.daemon import PATIENCE_SECONDS

if TYPE_CHECKING:
    from fixtures.daemon import Daemon

SYSTEM = Path("/usr/share/zoneinfo")


def next_hour(daemon: Daemon) -> int:
    """Give the hour of the day, in UTC, of the next slot."""
    return time.gmtime(daemon.own("GetJob", "s", "noon")["slots"][1][0] // 1_000_000).tm_hour


def test_new_rules_of_a_zone_are_followed_at_once(daemon: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "zoneinfo"
    folder.mkdir()
    shutil.copy(SYSTEM / "Asia" / "Tokyo", folder / "Home")
    (folder / "tzdata.zi").write_text("# version 1\n")
    daemon.environment = {"PYTHONTZPATH": str(folder)}
    daemon.configure(
        {"name": "noon", "cron": "0 12 * * *", "command": ["true"], "timezone": "Home"}
    )
    daemon.start()
    assert next_hour(daemon) == 3

    shutil.copy(SYSTEM / "Asia" / "Dubai", folder / "Home")
    (folder / "tzdata.zi").write_text("# version 2\n")

    deadline = time.monotonic() + PATIENCE_SECONDS
    while next_hour(daemon) != 8:
        assert time.monotonic() < deadline, daemon.log
        time.sleep(0.05)
    assert "rules of zones, changed" in daemon.log
