"""A slot waits, visibly, until the machine is as its job wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.daemon import until
from fixtures.logind import (
    DEVICE,
    DEVICE_PATH,
    LOGIN_PATH,
    MANAGER,
    NETWORK_MANAGER,
    NETWORK_MANAGER_PATH,
    UPOWER,
    UPOWER_PATH,
)
from fixtures.machine import HOUR, Machine

if TYPE_CHECKING:
    from fixtures.logind import FakeService

AT_ONCE_SECONDS = 2.0
PARTS = {"system bus", "logind", "UPower", "NetworkManager"}


class Notebook:
    """A machine on battery, in use, with a metered network."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.upower: FakeService = machine.desktop.upower(on_battery=True, percentage=20.0)
        self.network: FakeService = machine.desktop.network_manager(connectivity=2, metered=1)

    def start(self, **when: object) -> None:
        """Start with a job, and let its slot come when the daemon knows how the machine is."""
        self.machine.start(
            {"name": "one", "at": self.machine.at(HOUR), "when": when, "command": ["true"]}
        )
        until(lambda: not PARTS & set(self.machine.property("Missing")), "somebody is not heard")
        self.machine.clocks.pass_time(HOUR)

    def change(self, what: str, value: Any) -> None:
        """Let the machine be different."""
        if what == "OnBattery":
            self.upower.set(UPOWER_PATH, UPOWER, OnBattery=value)
        elif what == "Percentage":
            self.upower.set(DEVICE_PATH, DEVICE, Percentage=value)
        elif what == "IdleHint":
            since = round((self.machine.clocks.now - HOUR) * 1_000_000)
            service = self.machine.logind.service
            assert service is not None
            service.set(LOGIN_PATH, MANAGER, IdleHint=value, IdleSinceHint=since)
        else:
            self.network.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, **{what: value})


@pytest.fixture
def notebook(machine: Machine) -> Notebook:
    return Notebook(machine)


@pytest.mark.parametrize(
    ("when", "reason", "changes"),
    [
        ({"ac": True}, "condition:ac", ("OnBattery", False)),
        ({"battery_above": 30}, "condition:battery", ("Percentage", 30.0)),
        ({"battery_above": 30}, "condition:battery", ("OnBattery", False)),
        ({"metered": False}, "condition:metered", ("Metered", 2)),
        ({"network": True}, "condition:network", ("Connectivity", 4)),
        ({"idle": "5m"}, "condition:idle", ("IdleHint", True)),
    ],
    ids=["ac", "battery_above", "battery_above on mains", "metered", "network", "idle"],
)
def test_a_slot_waits_and_starts_as_soon_as_the_machine_is_as_wanted(
    notebook: Notebook, when: dict[str, object], reason: str, changes: tuple[str, object]
) -> None:
    machine = notebook.machine
    notebook.start(**when)
    machine.await_waiting("one", reason)
    slot = machine.daemon.job("one")["waiting"]
    assert machine.started("one") == []
    changed = machine.clocks.now
    notebook.change(*changes)
    (run,) = machine.await_runs("one")
    assert (run["slot"], run["cause"]) == (slot, "schedule")
    delay = run["started_at"] / 1e6 - changed
    print(f"started {delay * 1000:.1f} ms after the change")  # noqa: T201 - of interest
    assert delay < AT_ONCE_SECONDS
    assert machine.waiting("one") == ""


def test_what_waits_is_explained(notebook: Notebook) -> None:
    notebook.start(ac=True, network=True)
    notebook.machine.await_waiting("one", "condition:ac")
    slot = notebook.machine.daemon.job("one")["waiting"]
    told = notebook.machine.daemon.own("Explain", "st", "one", slot)
    assert told["state"][1] == "deferred"
    assert told["reason"][1] == "condition:ac"
    assert len(told["obstacles"][1]) == 2
    notebook.change("OnBattery", False)
    notebook.machine.await_waiting("one", "condition:network")
    notebook.change("Connectivity", 4)
    notebook.machine.await_runs("one")


@pytest.mark.parametrize("at_deadline", ["run", "miss"])
def test_the_wait_ends_at_the_deadline(notebook: Notebook, at_deadline: str) -> None:
    machine = notebook.machine
    notebook.start(ac=True, deadline="4h", at_deadline=at_deadline)
    machine.await_waiting("one", "condition:ac")
    machine.clocks.pass_time(3 * HOUR)
    machine.daemon.own("Reload")
    assert machine.waiting("one") == "condition:ac"
    machine.clocks.pass_time(HOUR)
    if at_deadline == "run":
        (run,) = machine.await_runs("one")
        assert run["late"] / 1e6 >= 4 * HOUR
        assert machine.closed("one") == []
    else:
        until(lambda: machine.closed("one"), machine.daemon.log)
        assert machine.closed("one") == [(1, "missed", "condition:ac")]
        assert machine.started("one") == []
        assert machine.daemon.job("one")["missed_count"] == 1


def test_a_deadline_that_passes_in_sleep_is_noticed_after_it(notebook: Notebook) -> None:
    machine = notebook.machine
    notebook.start(ac=True, deadline="1h")
    machine.await_waiting("one", "condition:ac")
    machine.sleep(2 * HOUR)
    until(lambda: machine.closed("one"), machine.daemon.log)
    assert machine.closed("one") == [(1, "missed", "condition:ac")]


def test_what_waited_when_the_machine_fell_asleep_still_waits_for_its_condition(
    notebook: Notebook,
) -> None:
    machine = notebook.machine
    notebook.start(ac=True)
    machine.await_waiting("one", "condition:ac")
    machine.fall_asleep()
    notebook.change("OnBattery", False)
    machine.wake_up(HOUR)
    (run,) = machine.await_runs("one")
    assert run["started_at"] / 1e6 - run["slot"] / 1e6 >= HOUR


def test_missed_slots_wait_for_the_network_after_a_sleep(machine: Machine) -> None:
    network = machine.desktop.network_manager(connectivity=2)
    machine.desktop.upower()
    machine.start(
        {"name": "one", "cron": "0 * * * *", "command": ["true"]}, resume={"network": True}
    )
    until(lambda: not PARTS & set(machine.property("Missing")), "somebody is not heard")
    machine.sleep(8.5 * HOUR)
    machine.await_waiting("one", "condition:network")
    assert machine.started("one") == []
    network.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, Connectivity=4)
    (run,) = machine.await_runs("one")
    assert run["cause"] == "catch-up"


def test_missed_slots_wait_until_the_machine_has_come_to_itself(machine: Machine) -> None:
    machine.start(
        {"name": "one", "cron": "0 * * * *", "command": ["true"]}, resume={"settle": "10m"}
    )
    woken = machine.sleep(8.5 * HOUR)
    machine.await_waiting("one", "condition:settling")
    assert machine.started("one") == []
    machine.clocks.pass_time(600)
    (run,) = machine.await_runs("one")
    assert run["started_at"] / 1e6 - woken >= 600
