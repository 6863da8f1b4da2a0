"""Sleep with the logind of python-dbusmock, which is made by others."""

from __future__ import annotations

import subprocess

from fixtures.logind import LOGIN, LOGIN_PATH, MANAGER, mock_of


def ask(address, interface, member, signature="", *arguments):
    command = ["busctl", f"--address={address}", "call", LOGIN, LOGIN_PATH, interface, member]
    result = subprocess.run(
        [*command, signature, *arguments] if signature else command,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def test_the_mock_can_be_run():
    command = ["/usr/bin/python3", "-c", "import dbus, dbusmock, gi"]
    assert subprocess.run(command, check=False).returncode == 0, (
        "python3-dbusmock, python3-dbus and python3-gi are missing; ./script/setup installs them"
    )


async def test_sleep_is_told_and_delayed(own_bus, listen, eventually, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", own_bus.address)
    sleeper = listen("system")
    with mock_of("logind", own_bus.address):
        await eventually(lambda: sleeper.told == ["returned"])
        lock = await sleeper.manager.delay_sleep("finish what runs")
        inhibitors = ask(own_bus.address, MANAGER, "ListInhibitors")
        assert '"sleep" "Wakeful" "finish what runs" "delay"' in inhibitors
        for begins in ("true", "false"):
            ask(
                own_bus.address,
                "org.freedesktop.DBus.Mock",
                "EmitSignal",
                "sssav",
                *(MANAGER, "PrepareForSleep", "b", "1", "b", begins),
            )
        await eventually(lambda: sleeper.told == ["returned", "falling asleep", "woke up"])
        lock.release()
        await eventually(lambda: "Wakeful" not in ask(own_bus.address, MANAGER, "ListInhibitors"))
        await sleeper.manager.sleep()
