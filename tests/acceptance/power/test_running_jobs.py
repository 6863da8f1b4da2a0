"""What happens to jobs that are running when the machine is about to sleep."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from fixtures.daemon import until
from fixtures.machine import HOUR, process_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.machine import Machine


@pytest.fixture
def go(tmp_path: Path) -> Iterator[BinaryIO]:
    """Where the job waits: a line lets it go on."""
    os.mkfifo(tmp_path / "go")
    # With both ends open, nobody waits for the other, and what is written stays.
    with (tmp_path / "go").open("r+b", buffering=0) as gate:
        yield gate


def waiting_job(go: BinaryIO, **policy: object) -> dict[str, Any]:
    """Make a job that runs until it may go on. It is a single process."""
    script = f"echo begun; read -r _ < {go.name}; echo done"
    return {"name": "long", "command": ["sh", "-c", script], **policy}


def run(machine: Machine) -> int:
    """Start it; gives its process."""
    execution_id = machine.daemon.run("long")
    record = until(
        lambda: (one := machine.daemon.execution(execution_id)).get("pid") and one, "no process"
    )
    until(lambda: machine.daemon.output(record), "it says nothing")
    return record["pid"]


def test_freeze_stops_the_process_and_lets_it_go_on(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep="freeze"))
    pid = run(machine)
    machine.fall_asleep()
    assert process_state(pid) == "T"
    go.write(b"\n")
    machine.wake_up(HOUR)
    (ended,) = machine.await_runs("long")
    assert ended["state"] == "succeeded"
    assert machine.daemon.output(ended) == b"begun\ndone\n"


def test_continue_leaves_the_process_alone(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go))
    pid = run(machine)
    machine.fall_asleep()
    assert process_state(pid) == "S"
    go.write(b"\n")
    (ended,) = machine.await_runs("long")
    assert ended["state"] == "succeeded"
    machine.wake_up()


def test_stop_ends_it_before_the_machine_sleeps(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep="stop"))
    run(machine)
    machine.fall_asleep()
    (ended,) = machine.await_runs("long")
    assert (ended["state"], ended["reason"]) == ("cancelled", "the machine went to sleep")
    machine.wake_up(HOUR)
    machine.await_awake()
    assert len(machine.started("long")) == 1


def test_hold_keeps_the_machine_awake_while_it_runs(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep="hold"))
    assert machine.locks("block") == []
    run(machine)
    until(lambda: machine.locks("block") == ["job long is running"], machine.daemon.log)
    until(lambda: machine.property("Holds") == ["long"], "it is not told")
    go.write(b"\n")
    until(lambda: not machine.locks("block"), "the machine is still kept awake")
    until(lambda: machine.property("Holds") == [], "it is still told")


def test_hold_does_not_last_for_ever(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep={"policy": "hold", "at_most": "30m"}))
    pid = run(machine)
    until(lambda: machine.property("Holds"), machine.daemon.log)
    machine.clocks.pass_time(0.4 * HOUR)
    machine.daemon.own("Reload")
    assert machine.locks("block")
    machine.clocks.pass_time(0.1 * HOUR)
    until(lambda: not machine.locks("block"), "the machine is kept awake for ever")
    assert process_state(pid) == "S"
    assert "long enough" in machine.daemon.log
    go.write(b"\n")
    machine.await_runs("long")


def test_a_low_battery_comes_before_a_hold(machine: Machine, go: BinaryIO) -> None:
    power = machine.desktop.upower(on_battery=True, percentage=60.0)
    machine.start(waiting_job(go, on_sleep="hold"))
    run(machine)
    until(lambda: machine.locks("block"), machine.daemon.log)
    power.set(
        "/org/freedesktop/UPower/devices/DisplayDevice",
        "org.freedesktop.UPower.Device",
        Percentage=9.0,
    )
    until(lambda: not machine.locks("block"), "the battery is run down")
    assert "low battery" in machine.daemon.log
    go.write(b"\n")
    machine.await_runs("long")


def test_a_hold_is_gone_with_the_daemon(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep="hold"))
    run(machine)
    until(lambda: machine.locks("block"), machine.daemon.log)
    machine.daemon.kill()
    until(lambda: not machine.logind.held, "somebody still holds a lock")
    machine.daemon.start()
    until(lambda: machine.locks("block") == ["job long is running"], machine.daemon.log)
    go.write(b"\n")
    until(lambda: not machine.locks("block"), "the machine is still kept awake")


def test_what_was_frozen_goes_on_if_the_daemon_dies_in_sleep(
    machine: Machine, go: BinaryIO
) -> None:
    machine.start(waiting_job(go, on_sleep="freeze"))
    pid = run(machine)
    machine.fall_asleep()
    machine.daemon.kill()
    assert process_state(pid) == "T"
    go.write(b"\n")
    machine.clocks.pass_unnoticed(wall=HOUR, boot=HOUR)
    machine.logind.prepare(for_sleep=False)
    machine.daemon.start()
    (ended,) = machine.await_runs("long")
    assert machine.daemon.output(ended) == b"begun\ndone\n"
    assert len(machine.started("long")) == 1


def test_what_was_frozen_can_be_stopped(machine: Machine, go: BinaryIO) -> None:
    machine.start(waiting_job(go, on_sleep="freeze"))
    pid = run(machine)
    machine.fall_asleep()
    assert process_state(pid) == "T"
    machine.daemon.stop()
    machine.logind.prepare(for_sleep=False)
    machine.daemon.start()
    (ended,) = machine.await_runs("long")
    assert ended["state"] == "cancelled"
