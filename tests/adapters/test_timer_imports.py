"""The timer takes of APScheduler what it uses; who wants the rest gets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SPARED = ("importlib.metadata", "apscheduler.executors.pool", "tzlocal")


def run(code):
    program = [sys.executable, "-c", f"import sys\n{code}"]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stdout


def test_what_the_timer_does_not_use_is_not_imported():
    found = run(f"import wakeful.adapters.timer\nprint([m for m in {SPARED} if m in sys.modules])")
    assert found == "[]\n"


@pytest.mark.parametrize("first", ["", "import importlib.metadata, apscheduler.executors.pool\n"])
def test_who_imports_it_elsewhere_gets_it(first):
    found = run(
        f"{first}import wakeful.adapters.timer\n"
        "from apscheduler.schedulers.background import BackgroundScheduler\n"
        "from apscheduler.executors.pool import ThreadPoolExecutor\n"
        "from importlib.metadata import version\n"
        "from tzlocal import get_localzone\n"
        "print(ThreadPoolExecutor.__name__, version('APScheduler')[0], get_localzone.__name__)"
    )
    assert found == "ThreadPoolExecutor 3 get_localzone\n"
