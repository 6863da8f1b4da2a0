"""The alarm that wakes the machine; that it does is shown where machines sleep."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wakeful.adapters.power.wake_alarm import KernelWakeAlarm
from wakeful.adapters.timerfd import AlarmTimerfd
from wakeful.core.errors import UnavailableError
from wakeful.core.instant import HOUR, SECOND

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs CAP_WAKE_ALARM")
PATIENCE_SECONDS = 20.0


def now():
    return time.time_ns() // 1000


@pytest.fixture
def hardware(tmp_path):
    """A hardware clock with an alarm."""
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0" / "wakealarm").touch()
    return tmp_path


@pytest.fixture
def alarm(hardware):
    alarm = KernelWakeAlarm(hardware_clocks=hardware)
    yield alarm
    alarm.close()


def comes(alarm, seconds):
    return bool(select.select([alarm._timer.fileno()], [], [], seconds)[0])


@as_root
def test_the_alarm_of_the_kernel_comes_on_the_wall_clock(alarm):
    at = now() + SECOND
    alarm.arm(at)
    assert comes(alarm, PATIENCE_SECONDS)
    assert now() >= at
    shown = Path(f"/proc/self/fdinfo/{alarm._timer.fileno()}").read_text()
    assert "clockid: 8\n" in shown
    assert "settime flags: 01\n" in shown


@as_root
def test_the_alarm_can_be_put_off_and_taken_back(alarm):
    alarm.arm(now() - HOUR)
    assert comes(alarm, PATIENCE_SECONDS)
    alarm.arm(now() + HOUR)
    assert not comes(alarm, 0)
    alarm.arm(now() - HOUR)
    assert comes(alarm, PATIENCE_SECONDS)
    alarm.arm(None)
    assert not comes(alarm, 0)
    assert alarm.missing() == ""


@as_root
def test_nothing_is_missing_where_all_is_there(alarm):
    assert alarm.missing() == ""
    assert alarm._timer is None


WITHOUT_CAPABILITY = """
import sys
from pathlib import Path
from wakeful.adapters.power.wake_alarm import KernelWakeAlarm
from wakeful.core.errors import UnavailableError

alarm = KernelWakeAlarm(hardware_clocks=Path(sys.argv[1]))
alarm.arm(None)
for attempt in (1, 2):
    try:
        alarm.arm(1_800_000_000_000_000)
    except UnavailableError as error:
        print(error)
print(alarm.missing())
alarm.close()
"""


@as_root
def test_without_the_capability_it_is_told_what_to_do(hardware):
    dropped = ["setpriv", "--bounding-set=-wake_alarm", "--inh-caps=-wake_alarm"]
    result = subprocess.run(
        [*dropped, sys.executable, "-c", WITHOUT_CAPABILITY, str(hardware)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert len(set(lines)) == 1
    assert "CAP_WAKE_ALARM" in lines[0]
    assert "wakeful install-user" in lines[0]


def test_without_a_hardware_clock_nothing_is_promised(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        alarm = KernelWakeAlarm(hardware_clocks=folder)
        with pytest.raises(UnavailableError, match="hardware clock"):
            alarm.arm(now() + HOUR)
        assert "wakealarm" in alarm.missing()
        alarm.arm(None)
        alarm.close()


def test_other_failures_of_the_kernel_are_told(hardware):
    def fail():
        raise OSError(24, "Too many open files")

    alarm = KernelWakeAlarm(fail, hardware)
    with pytest.raises(UnavailableError, match="Too many open files"):
        alarm.arm(now() + HOUR)
    alarm.close()


@as_root
def test_the_alarm_does_not_survive_an_exec():
    timer = AlarmTimerfd()
    assert not os.get_inheritable(timer.fileno())
    timer.close()
