"""A disk that is full, for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILLING = Path(__file__).with_name("filling.py")
UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
MOUNT = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'


def on_a_small_disk(directory, *command):
    """Run a command that sees a disk of 1 MiB in place of a directory, and nobody else does."""
    return subprocess.run(
        [*UNSHARE, "sh", "-c", MOUNT, str(directory), *command],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def small_disk(tmp_path):
    try:
        trial = on_a_small_disk(tmp_path, "true")
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if trial.returncode:
        pytest.skip(f"mounting is not permitted: {trial.stderr.strip()}")
    return tmp_path


def test_a_full_disk_is_told_and_harms_nothing(small_disk):
    done = on_a_small_disk(small_disk, sys.executable, str(FILLING), str(small_disk))

    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert answer["told"].startswith(f"the disk holding {small_disk}/wakeful.db is full")
    assert answer["acknowledged"] > 10
    assert answer["kept"]
    assert answer["again"] == 1
    assert answer["after"] == answer["acknowledged"] + 1
    assert answer["files"] == ["wakeful.db", "wakeful.db.lock"]
