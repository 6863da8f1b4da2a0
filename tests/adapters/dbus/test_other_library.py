"""The whole folder once more, with the other of the two libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wakeful.adapters.dbus import library

CHOICE = "WAKEFUL_DBUS_LIBRARY"
SECOND_RUN = "WAKEFUL_TEST_SECOND_RUN"


@pytest.mark.timeout(600)
@pytest.mark.skipif(SECOND_RUN in os.environ, reason="this is the run with the other library")
def test_everything_here_holds_with_the_other_library():
    other = "dbus-next" if library.NAME == "dbus-fast" else "dbus-fast"
    folder = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder.parents[2],
        env={**os.environ, CHOICE: other, SECOND_RUN: "1"},
    )
    assert done.returncode == 0, done.stdout
