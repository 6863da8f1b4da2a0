"""Jobs that run when something happens to the machine, not by the clock."""

from __future__ import annotations

import time
from contextlib import closing
from sqlite3 import connect
from typing import TYPE_CHECKING, Any

from fixtures.daemon import until
from fixtures.logind import (
    LOGIN_PATH,
    NETWORK_MANAGER,
    NETWORK_MANAGER_PATH,
    SESSION,
    UPOWER,
    UPOWER_PATH,
)
from fixtures.machine import HOUR

if TYPE_CHECKING:
    from fixtures.machine import Machine


def on(occasion: object, name: str = "one", command: str = "true") -> dict[str, Any]:
    return {"name": name, "on": occasion, "command": ["sh", "-c", command]}


def start_and_listen(machine: Machine, *jobs: dict[str, Any]) -> None:
    """Start, and wait until the daemon has learnt from everybody how things are."""
    machine.start(*jobs)
    parts = {"system bus", "logind", "UPower", "NetworkManager"}
    until(lambda: not parts & set(machine.property("Missing")), machine.daemon.log)


def test_resume_runs_after_a_long_enough_sleep(machine: Machine) -> None:
    machine.start(on("resume", "any"), on({"event": "resume", "after": "1h"}, "long"))
    machine.sleep(0.5 * HOUR)
    machine.await_runs("any")
    machine.await_delay_lock()
    assert machine.started("long") == []
    woken = machine.sleep(2 * HOUR)
    (run,) = machine.await_runs("long")
    assert run["slot"] / 1e6 >= woken - 1
    machine.await_runs("any", 2)


def test_before_sleep_ends_before_the_machine_sleeps(machine: Machine) -> None:
    machine.start(on("before-sleep", command="sleep 0.3; echo ready"))
    machine.fall_asleep()
    asleep = machine.clocks.now
    (run,) = machine.await_runs("one")
    assert run["ended_at"] / 1e6 <= asleep
    assert machine.daemon.output(run) == b"ready\n"
    machine.wake_up(HOUR)
    machine.await_awake()
    assert len(machine.started("one")) == 1


def test_before_sleep_is_not_waited_for_until_logind_loses_patience(machine: Machine) -> None:
    machine.start(on("before-sleep", command="exec sleep 60"))
    machine.logind.prepare(for_sleep=True)
    until(lambda: machine.started("one"), machine.daemon.log)
    assert machine.locks("delay")
    machine.clocks.pass_time(4)
    until(lambda: not machine.locks("delay"), "the machine is kept from sleeping")
    assert "jobs took too long" in machine.daemon.log
    machine.wake_up()


def test_boot_is_once_per_start_of_the_machine(machine: Machine) -> None:
    machine.start(on("boot"))
    machine.await_runs("one")
    for end in (machine.daemon.stop, machine.daemon.kill):
        end()
        machine.daemon.start()
        machine.await_delay_lock()
        assert len(machine.started("one")) == 1
    machine.daemon.stop()
    with closing(connect(machine.daemon.state / "wakeful.db")) as database:
        before = database.execute("SELECT value FROM setting WHERE name = 'boot'").fetchall()
        assert len(before) == 1
        database.execute("UPDATE setting SET value = 'another' WHERE name = 'boot'")
        database.commit()
    machine.daemon.start()
    machine.await_runs("one", 2)


def test_login_and_unlock_of_the_user(machine: Machine) -> None:
    machine.desktop.upower()
    machine.desktop.network_manager()
    ago = time.time() - machine.clocks.now + HOUR
    machine.logind.log_in("c1", silently=True, ago=round(ago))
    start_and_listen(machine, on("login", "login"), on("unlock", "unlock"))
    machine.logind.log_in("c2", uid=machine.logind.uid + 1)
    machine.logind.log_in("c3", kind="greeter")
    path = machine.logind.log_in("c4", locked=True)
    machine.await_runs("login")
    assert machine.started("unlock") == []
    assert machine.logind.service is not None
    assert path == f"{LOGIN_PATH}/session/c4"
    machine.logind.service.set(path, SESSION, LockedHint=False)
    machine.await_runs("unlock")
    assert len(machine.started("login")) == 1


def test_the_plug_is_put_in_and_pulled_out(machine: Machine) -> None:
    power = machine.desktop.upower(on_battery=True)
    machine.desktop.network_manager()
    start_and_listen(machine, on("ac", "ac"), on("battery", "battery"))
    assert machine.started("ac") == machine.started("battery") == []
    power.set(UPOWER_PATH, UPOWER, OnBattery=False)
    machine.await_runs("ac")
    assert machine.started("battery") == []
    power.set(UPOWER_PATH, UPOWER, OnBattery=True)
    machine.await_runs("battery")
    assert len(machine.started("ac")) == 1


def test_a_network_comes(machine: Machine) -> None:
    machine.desktop.upower()
    network = machine.desktop.network_manager(connectivity=2)
    start_and_listen(machine, on("network"))
    assert machine.started("one") == []
    network.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, Connectivity=4)
    machine.await_runs("one")
    network.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, Connectivity=2)
    network.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, Connectivity=4)
    machine.await_runs("one", 2)
