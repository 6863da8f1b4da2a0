"""The daemon and its clocks: sleeps that nobody tells of, steps, and being kept from running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.daemon import until
from fixtures.machine import HOUR, POWER, instant

if TYPE_CHECKING:
    from fixtures.clocks import Clocks
    from fixtures.daemon import Daemon
    from fixtures.machine import Machine

HOURLY = {"name": "hourly", "cron": "0 * * * *", "command": ["true"]}
EVERY_SECOND = {"name": "often", "every": "1s", "command": ["true"]}
AT_ONCE_SECONDS = 2.0
"""The promise is 1; a busy machine that runs tests is allowed more."""
TIME_NAMESPACE = ["unshare", "--time", "--boottime", "36000"]


def can_start_in_time_namespaces() -> bool:
    """Say whether what unshare(1) executes is in another one, without a fork."""
    if shutil.which("unshare") is None:
        return False
    command = [*TIME_NAMESPACE, "readlink", "/proc/self/ns/time"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() != time_namespace("self")


def time_namespace(process: object) -> str:
    return str(Path(f"/proc/{process}/ns/time").readlink())


def wake_ups(daemon: Daemon) -> int:
    return daemon.log.count("the machine is awake again")


def test_a_sleep_of_which_nobody_tells_is_one_wake_up(machine: Machine) -> None:
    machine.start(HOURLY)
    machine.clocks.sleep(8.5 * HOUR)
    woken = machine.clocks.now
    (run,) = machine.await_runs("hourly")
    assert (run["cause"], run["slot"]) == ("catch-up", instant("2026-11-21T06:00:00+00:00"))
    delay = run["started_at"] / 1e6 - woken
    print(f"started {delay * 1000:.1f} ms after the wake-up")  # noqa: T201 - of interest
    assert delay < AT_ONCE_SECONDS
    assert machine.closed("hourly") == [(7, "coalesced", "asleep")]
    (period,) = machine.await_periods(1)
    assert (period["kind"], period["source"]) == ("asleep", "clock")
    assert round(period["asleep"] / 1e6) == 8.5 * HOUR
    assert machine.property("WakeCount") == 1


def test_a_sleep_is_noticed_without_a_system_bus(daemon: Daemon, clocks: Clocks) -> None:
    daemon.configure(HOURLY)
    daemon.start()
    clocks.sleep(8.5 * HOUR)
    run = until(lambda: daemon.history(states=("as", ["succeeded"])), daemon.log)[0]
    assert (run["cause"], run["slot"]) == ("catch-up", instant("2026-11-21T06:00:00+00:00"))
    assert wake_ups(daemon) == 1


def test_time_in_which_the_daemon_was_only_slow_is_no_sleep(machine: Machine) -> None:
    machine.start(HOURLY)
    machine.clocks.pass_time(40)
    # Decisions look at the clocks.
    machine.daemon.own("Reload")
    assert machine.property("WakeCount") == 0
    assert machine.periods() == []
    assert wake_ups(machine.daemon) == 0


def test_a_clock_that_is_set_forward_is_no_sleep(machine: Machine) -> None:
    machine.start(HOURLY)
    with machine.daemon.signals() as signals:
        machine.clocks.set(8.5 * HOUR)
        (run,) = machine.await_runs("hourly")
        until(lambda: any(one[0] == "ClockStepped" for one in signals()), "it is not told")
        (step,) = next(body for member, body in signals() if member == "ClockStepped")
    assert round(step / 1e6) == 8.5 * HOUR
    assert run["slot"] == instant("2026-11-21T06:00:00+00:00")
    assert machine.closed("hourly") == [(7, "coalesced", "clock-step")]
    (period,) = machine.await_periods(1)
    assert (period["kind"], round(period["step"] / 1e6)) == ("clock-step", 8.5 * HOUR)
    assert machine.property("WakeCount") == 0


def test_a_clock_that_is_set_back_executes_no_slot_twice(machine: Machine) -> None:
    machine.start(HOURLY)
    machine.clocks.set(HOUR)
    machine.await_runs("hourly")
    machine.clocks.set(-HOUR)
    machine.await_periods(2)
    assert machine.daemon.job("hourly")["next_run"] == instant("2026-11-21T00:00:00+00:00")
    machine.clocks.set(HOUR)
    machine.await_periods(3)
    machine.daemon.own("Reload")
    assert len(machine.started("hourly")) == 1


def test_a_clock_that_was_far_ahead_delays_nothing(machine: Machine) -> None:
    machine.start(HOURLY)
    machine.clocks.set(48 * HOUR)
    machine.await_runs("hourly")
    machine.clocks.set(-48 * HOUR)
    machine.await_periods(2)
    due = instant("2026-11-20T23:00:00+00:00")
    until(lambda: machine.daemon.job("hourly")["next_run"] == due, machine.daemon.log)


def test_a_timeout_counts_time_awake(machine: Machine) -> None:
    machine.start({"name": "long", "command": ["sleep", "60"], "timeout_seconds": 600})
    execution_id = machine.daemon.run("long")
    until(lambda: "pid" in machine.daemon.execution(execution_id), "no process")
    machine.sleep(2 * HOUR)
    machine.await_awake()
    assert machine.daemon.execution(execution_id)["state"] == "running"
    machine.daemon.own("CancelExecution", "s", execution_id)
    machine.daemon.outcome(execution_id)


def test_a_stopped_daemon_makes_up_for_what_it_missed_once(daemon: Daemon) -> None:
    daemon.configure(EVERY_SECOND)
    daemon.start()
    last = until(daemon.history, daemon.log)[0]["slot"]
    os.kill(daemon.pid, signal.SIGSTOP)
    # It cannot tell us that two slots have passed.
    until(lambda: now() >= last + 2_200_000, "time stands still")
    os.kill(daemon.pid, signal.SIGCONT)
    slots = until(
        lambda: (runs := [run["slot"] for run in daemon.history()])[0] > last and runs, daemon.log
    )
    assert len(set(slots)) == len(slots)
    assert last + 1_000_000 not in slots
    explained = daemon.own("Explain", "st", "often", last + 1_000_000)
    assert (explained["state"][1], explained["reason"][1]) == ("coalesced", "asleep")
    assert daemon.call(POWER, "ListPeriods", "a{sv}", {}) == []
    assert wake_ups(daemon) == 0


def now() -> int:
    """The instant, as the bus has it."""
    return time.time_ns() // 1000


@pytest.mark.skipif(
    not can_start_in_time_namespaces(),
    reason="nothing can be started in another time namespace here (root can, on newer kernels)",
)
def test_a_machine_that_has_slept_before_the_start_is_like_any_other(machine: Machine) -> None:
    machine.daemon.launcher = TIME_NAMESPACE
    machine.start(HOURLY)
    assert time_namespace(machine.daemon.pid) != time_namespace("self")
    assert machine.property("WakeCount") == 0
    machine.sleep(8.5 * HOUR)
    (run,) = machine.await_runs("hourly")
    assert run["cause"] == "catch-up"
    assert machine.property("WakeCount") == 1
