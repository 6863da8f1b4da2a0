"""A machine that really sleeps, with Wakeful installed on it by its user.

The suite is `trixie` unless the environment variable WAKEFUL_GUEST names another one.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.documents import ROOT, blocks_of
from fixtures.guest.guest import Guest
from fixtures.guest.payload import CLONE, WHEELS, write_payload
from fixtures.guest.resident import Resident

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = os.environ.get("WAKEFUL_GUEST", "trixie")
CANNOT_BE_HAD = 77
"""Status of script/guest where there can be no guest."""
PAYLOAD = "/srv/payload"
INSTALLING_SECONDS = 900.0
"""Making the environment and filling it takes the emulated processor some minutes."""
CLEAN_UP = """
systemctl --user stop wakeful.service
rm -rf ~/.local/state/wakeful
systemctl --user reset-failed
"""


def commands_of_installation() -> list[str]:
    (block,) = (
        block
        for block in blocks_of(ROOT / "README.md")
        if "needs" in block.marks and "pip install" in block.text
    )
    return [command.text for command in block.commands()]


def image() -> Path:
    done = subprocess.run(
        [ROOT / "script/guest", SUITE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == CANNOT_BE_HAD:
        pytest.skip(f"no guest can be had here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def guest() -> Iterator[Guest]:
    """A guest with a clone of the project, and without a network."""
    # Not in tmp_path, because the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="wakeful-guest-") as name:
        archive = Path(name) / "archive"
        running = Guest(image(), Path(name))
        write_payload(archive, SUITE)
        try:
            running.start(archive)
            running.unpack_payload(PAYLOAD)
            yield running
        finally:
            running.close()


@pytest.fixture(scope="session")
def installed(guest: Guest) -> Resident:
    """Wakeful installed as the README says, and its service running."""
    resident = Resident(guest)
    # What pip would fetch from the network it finds in a folder.
    offline = ("env", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={PAYLOAD}/{WHEELS}")
    for command in [*commands_of_installation(), "wakeful install-user --now"]:
        typed = f"cd {PAYLOAD}/{CLONE} && {command}"
        resident.run(*offline, "bash", "-c", typed, seconds=INSTALLING_SECONDS)
    return resident


@pytest.fixture
def resident(installed: Resident) -> Iterator[Resident]:
    """Wakeful running without jobs and without a past."""
    installed.run("sh", "-c", CLEAN_UP)
    installed.run("systemctl", "--user", "start", "wakeful.service")
    yield installed
    installed.configure()
