"""What is known of the machine, from a desktop on a bus of its own."""

from __future__ import annotations

import time

import pytest

from fixtures.logind import (
    DEVICE,
    DEVICE_PATH,
    LOGIN_PATH,
    MANAGER,
    NETWORK_MANAGER,
    NETWORK_MANAGER_PATH,
    SESSION,
    UPOWER,
    UPOWER_PATH,
)
from wakeful.adapters.power import logind as logind_module
from wakeful.adapters.power.power_supply import Power


def now():
    return time.time_ns() // 1000


async def test_without_a_bus_the_kernel_tells(machine):
    machine.power = Power(on_ac=False, battery=12.5)
    machine.route = False
    present = machine.present
    assert (present.on_ac, present.battery, present.online) == (False, 12.5, False)
    assert (present.lid_closed, present.idle_since, present.in_use, present.metered) == (None,) * 4
    assert present.load is not None


async def test_nothing_is_connected_before_the_start(machine, desktop):
    logind = desktop.logind()
    assert machine.present.in_use is None
    assert set(machine.watch.missing()) == {"system bus"}
    assert logind.service.calls == []


async def test_a_whole_desktop_is_known(machine, desktop, eventually):
    logind = desktop.logind()
    desktop.upower(on_battery=True, percentage=37.5)
    desktop.network_manager(metered=1)
    logind.set(LidClosed=True)
    machine.start()
    await eventually(lambda: not machine.watch.missing())
    present = machine.present
    assert (present.on_ac, present.battery) == (False, 37.5)
    assert present.lid_closed is False, "UPower knows better than logind"
    assert (present.in_use, present.idle_since) == (True, None)
    assert (present.online, present.metered) == (True, True)


async def test_what_is_missing_is_told_with_what_that_means(machine, desktop, eventually):
    machine.start()
    await eventually(lambda: set(machine.watch.missing()) == {"logind", "UPower", "NetworkManager"})
    await eventually(lambda: "is not there; without it" in machine.watch.missing()["logind"])
    desktop.logind()
    await eventually(lambda: set(machine.watch.missing()) == {"UPower", "NetworkManager"})


async def test_a_lost_bus_is_told_and_the_kernel_tells_instead(
    machine, own_bus, desktop, eventually
):
    desktop.upower(on_battery=True, percentage=5.0)
    machine.start()
    await eventually(lambda: machine.present.battery == 5.0)
    own_bus.kill()
    await eventually(lambda: machine.lack("system bus"))
    assert machine.present.battery == 50.0
    assert machine.occasions == []


class TestPower:
    async def test_the_plug_is_an_occasion_once_for_each_change(self, machine, desktop, eventually):
        upower = desktop.upower()
        machine.start()
        await eventually(lambda: machine.hears("UPower"))
        upower.set(UPOWER_PATH, UPOWER, OnBattery=True)
        upower.set(UPOWER_PATH, UPOWER, OnBattery=True)
        await eventually(lambda: machine.occasions == ["battery"])
        assert machine.changes[-1].on_ac is False
        upower.set(UPOWER_PATH, UPOWER, OnBattery=False)
        await eventually(lambda: machine.occasions == ["battery", "ac"])

    async def test_a_charge_that_changes_is_told(self, machine, desktop, eventually):
        upower = desktop.upower(percentage=80.0)
        machine.start()
        await eventually(lambda: machine.present.battery == 80.0)
        upower.set(DEVICE_PATH, DEVICE, Percentage=79.0)
        await eventually(lambda: machine.changes and machine.changes[-1].battery == 79.0)

    async def test_values_that_were_only_invalidated_are_asked_for(
        self, machine, desktop, eventually
    ):
        upower = desktop.upower()
        machine.start()
        await eventually(lambda: machine.present.battery == 80.0)
        upower.set(UPOWER_PATH, UPOWER, invalidate=True, OnBattery=True)
        await eventually(lambda: machine.occasions == ["battery"])

    async def test_a_machine_without_battery_and_lid(self, machine, desktop, eventually):
        desktop.upower(present=False, lid=False)
        machine.start()
        await eventually(lambda: machine.watch._upower.is_known)
        present = machine.present
        assert (present.on_ac, present.battery, present.lid_closed) == (True, None, None)

    async def test_upower_that_comes_and_goes_is_no_plug(self, machine, desktop, eventually):
        machine.start()
        await eventually(lambda: "is not there" in machine.lack("UPower"))
        upower = desktop.upower(on_battery=True)
        await eventually(lambda: machine.present.on_ac is False)
        upower.close()
        await eventually(lambda: machine.present.on_ac is True)
        assert machine.occasions == []

    async def test_without_upower_the_kernel_tells_of_the_plug(self, machine):
        machine.start()
        machine.power = Power(on_ac=False, battery=50.0)
        machine.watch._supplies._heard()
        assert machine.occasions == ["battery"]
        assert machine.changes[-1].on_ac is False


class TestLid:
    async def test_a_lid_that_closes_is_told(self, machine, desktop, eventually):
        upower = desktop.upower()
        machine.start()
        await eventually(lambda: machine.present.lid_closed is False)
        upower.set(UPOWER_PATH, UPOWER, LidIsClosed=True)
        await eventually(lambda: machine.changes[-1].lid_closed is True)

    async def test_without_upower_logind_tells(self, machine, desktop, eventually):
        logind = desktop.logind()
        logind.set(LidClosed=True)
        machine.start()
        await eventually(lambda: machine.present.lid_closed is True)


class TestUse:
    async def test_idleness_and_its_end_are_told(self, machine, desktop, eventually):
        logind = desktop.logind()
        machine.start()
        await eventually(lambda: machine.present.in_use is True)
        since = now()
        logind.set(IdleHint=True, IdleSinceHint=since)
        await eventually(lambda: machine.present.in_use is False)
        assert machine.changes[-1].idle_since == since
        logind.set(IdleHint=False, IdleSinceHint=now())
        await eventually(lambda: machine.present.in_use is True)
        assert machine.changes[-1].idle_since is None

    async def test_a_machine_without_sessions_is_idle_since_we_know(
        self, machine, desktop, eventually
    ):
        logind = desktop.logind()
        logind.set(IdleHint=True)
        before = now()
        machine.start()
        await eventually(lambda: machine.present.in_use is False)
        assert before <= machine.present.idle_since <= now()

    async def test_the_last_session_that_ended_was_use(self, machine, desktop, eventually):
        logind = desktop.logind()
        path = logind.log_in("1", silently=True)
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        before = now()
        logind.service.set(LOGIN_PATH, MANAGER, silently=True, IdleHint=True, IdleSinceHint=5)
        logind.log_out(path)
        await eventually(lambda: machine.present.in_use is False)
        assert before <= machine.present.idle_since <= now()

    async def test_what_logind_does_not_signal_is_asked_for_when_somebody_wants_to_know(
        self, machine, desktop, eventually, monkeypatch
    ):
        logind = desktop.logind()
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        logind.service.set(LOGIN_PATH, MANAGER, silently=True, IdleHint=True, IdleSinceHint=5)
        assert machine.present.in_use is True
        calls = len(logind.service.calls)
        for _ in range(100):
            assert machine.present.in_use is True
        monkeypatch.setattr(logind_module, "_FRESH_SECONDS", 0.0)
        assert machine.present.in_use is True
        monkeypatch.undo()
        await eventually(lambda: machine.changes and machine.changes[-1].idle_since == 5)
        assert len(logind.service.calls) == calls + 1

    async def test_after_a_wake_up_logind_is_asked_again(self, machine, desktop, eventually):
        logind = desktop.logind()
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        logind.service.set(LOGIN_PATH, MANAGER, silently=True, IdleHint=True, IdleSinceHint=5)
        logind.prepare(for_sleep=False)
        await eventually(lambda: machine.changes and machine.changes[-1].in_use is False)


class TestSessions:
    async def test_a_login_is_an_occasion(self, machine, desktop, eventually):
        logind = desktop.logind()
        logind.log_in("old", silently=True)
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        assert machine.occasions == []
        logind.log_in("1")
        await eventually(lambda: machine.occasions == ["login"])

    @pytest.mark.parametrize("machine", [1000], indirect=True)
    async def test_only_the_users_own_sessions_count(self, machine, desktop, eventually):
        logind = desktop.logind(uid=1000)
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        other = logind.log_in("1", uid=1001, locked=True)
        logind.log_in("2", kind="greeter")
        logind.log_in("3", kind="background")
        logind.service.set(other, SESSION, LockedHint=False)
        logind.service.emit(other, SESSION, "Unlock")
        logind.log_in("4")
        await eventually(lambda: machine.occasions == ["login"])

    async def test_the_login_that_started_the_daemon_is_told(self, machine, desktop, eventually):
        logind = desktop.logind()
        logind.log_in("old", silently=True)
        logind.log_in("new", silently=True, ago=2)
        machine.start()
        await eventually(lambda: machine.occasions == ["login"])
        logind.stop()
        await eventually(lambda: not machine.hears("logind"))
        logind.start()
        await eventually(lambda: machine.hears("logind"))
        assert machine.occasions == ["login"], "only at the start of the daemon"

    async def test_unlocking_is_told_once_however_it_is_said(self, machine, desktop, eventually):
        logind = desktop.logind()
        path = logind.log_in("1", silently=True)
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        logind.service.set(path, SESSION, LockedHint=True)
        logind.service.emit(path, SESSION, "Unlock")
        logind.service.set(path, SESSION, LockedHint=False)
        await eventually(lambda: machine.occasions == ["unlock"])
        # A desktop that never says whether it is locked.
        logind.service.emit(path, SESSION, "Unlock")
        await eventually(lambda: machine.occasions == ["unlock", "unlock"])

    async def test_a_session_that_ended_is_forgotten(self, machine, desktop, eventually):
        logind = desktop.logind()
        machine.start()
        await eventually(lambda: machine.hears("logind"))
        path = logind.log_in("1")
        await eventually(lambda: machine.occasions == ["login"])
        logind.log_out(path)
        await eventually(lambda: not machine.watch._logind._sessions._is_locked)
        logind.service.emit(path, SESSION, "Unlock")
        logind.log_in("2")
        await eventually(lambda: machine.occasions == ["login", "login"])


class TestNetwork:
    async def test_a_network_that_comes_is_an_occasion(self, machine, desktop, eventually):
        machine.route = False
        manager = desktop.network_manager(state=20, connectivity=1, metered=0)
        machine.start()
        await eventually(lambda: machine.hears("NetworkManager"))
        assert (machine.present.online, machine.present.metered) == (False, None)
        manager.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, State=70, Connectivity=4)
        await eventually(lambda: machine.occasions == ["network"])
        assert machine.changes[-1].online is True

    async def test_a_portal_is_no_network_until_it_lets_us_through(
        self, machine, desktop, eventually
    ):
        manager = desktop.network_manager(state=70, connectivity=2)
        machine.start()
        await eventually(lambda: machine.present.online is False)
        manager.set(NETWORK_MANAGER_PATH, NETWORK_MANAGER, Connectivity=4)
        await eventually(lambda: machine.occasions == ["network"])

    async def test_networks_of_others_than_networkmanager_count(self, machine, desktop, eventually):
        desktop.network_manager(state=20, connectivity=1)
        machine.start()
        await eventually(lambda: machine.hears("NetworkManager"))
        assert machine.present.online is True

    @pytest.mark.parametrize(
        ("said", "metered"), [(0, None), (1, True), (2, False), (3, True), (4, False), (9, None)]
    )
    async def test_guesses_about_metering_count(self, machine, desktop, eventually, said, metered):
        desktop.network_manager(metered=said)
        machine.start()
        await eventually(lambda: machine.hears("NetworkManager"))
        assert machine.present.metered is metered

    async def test_networkmanager_is_never_started(self, machine, own_bus, eventually, tmp_path):
        trace = tmp_path / "started"
        service = own_bus.services / "nm.service"
        service.write_text(
            f"[D-BUS Service]\nName={NETWORK_MANAGER}\nExec=/usr/bin/touch {trace}\n"
        )
        machine.start()
        await eventually(lambda: "is not there" in machine.lack("NetworkManager"))
        assert not trace.exists()

    async def test_without_networkmanager_the_routes_tell(self, machine):
        machine.route = False
        machine.start()
        machine.route = True
        machine.watch._routes._heard()
        assert machine.occasions == ["network"]
        machine.watch._routes._heard()
        assert machine.occasions == ["network"]


async def test_after_the_end_nothing_is_told_and_it_can_start_again(machine, desktop, eventually):
    logind = desktop.logind()
    machine.start()
    await eventually(lambda: machine.present.in_use is True)
    await machine.watch.stop()
    machine.changes.clear()
    logind.set(IdleHint=True)
    assert machine.present.in_use is None
    assert machine.changes == []
    machine.start()
    await eventually(lambda: machine.present.in_use is False)
