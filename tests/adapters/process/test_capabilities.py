from __future__ import annotations

import os
import subprocess
import sys

import pytest

GRANTED = ("setpriv", "--inh-caps=+wake_alarm", "--ambient-caps=+wake_alarm")
_AMBIENT = """
import re
from wakeful.adapters.libc import Libc
def ambient():
    return int(re.search(r"CapAmb:\\s*(\\w+)", open("/proc/self/status").read())[1], 16)
before = ambient()
Libc().keep_capabilities()
print(before >> 35 & 1, ambient())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser has capabilities to pass on")
def test_what_the_daemon_may_do_is_not_passed_on_to_jobs():
    done = subprocess.run(
        [*GRANTED, sys.executable, "-c", _AMBIENT],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.split() == ["1", "0"]
