"""The service of a user under a real service manager: what the unit promises, it does."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from wakeful.installation.content import command_line_of_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import UserManager

UNIT = "wakeful.service"
NAMES = (UNIT, "bot-cron.service", "cron-scheduler.service")
HELLO = {"name": "hello", "cron": "0 0 1 1 *", "command": ["echo", "hello"]}
LONG = {"name": "long", "command": ["sleep", "600"]}
BUS_NAME = "org.wakeful.Scheduler1"
MANAGER = (BUS_NAME, "/org/wakeful/Scheduler1", "org.wakeful.Scheduler1.Manager")
PATIENCE_SECONDS = 20.0
CLEAN_UP = f"""
systemctl --user kill --signal=CONT {UNIT}
systemctl --user disable --now {UNIT}
rm -rf .config .local/state
systemctl --user daemon-reload
systemctl --user reset-failed
"""


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return result


def configure(manager: UserManager, *jobs: dict[str, Any], text: str = "") -> None:
    folder = manager.home / ".config/wakeful"
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / "config.json.new"
    aside.write_text(text or json.dumps({"schedules": {"timezone": "UTC", "jobs": list(jobs)}}))
    aside.replace(folder / "config.json")


def unit_file(manager: UserManager) -> Path:
    return manager.home / ".local/share/systemd/user" / UNIT


def wakeful(manager: UserManager, *words: str) -> Any:
    """Ask the daemon something through its client; gives the document."""
    return json.loads(manager.run("wakeful", *words, "--json").stdout)


def history(manager: UserManager) -> list[dict[str, Any]]:
    return wakeful(manager, "history")


def ask_health(manager: UserManager) -> str:
    return manager.run("busctl", "--user", "call", *MANAGER, "Health", "a{sv}", "0").stdout


def names_on_bus(manager: UserManager) -> str:
    return manager.run("busctl", "--user", "list", "--acquired", "--no-legend").stdout


def messages(manager: UserManager, *matches: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in manager.journal(*matches).splitlines()]


def signal_daemon(manager: UserManager, number: signal.Signals) -> str:
    """Send it a signal; gives its process id."""
    pid = manager.show("MainPID")
    assert pid != "0", "it does not run"
    manager.run("kill", f"-{number.name}", pid)
    return pid


def await_restart(manager: UserManager, old_pid: str) -> None:
    until(
        lambda: (
            manager.show("ActiveState") == "active"
            and manager.show("MainPID") not in {"0", old_pid}
        ),
        "another process that is ready",
    )


@pytest.fixture
def installed(manager: UserManager) -> Iterator[UserManager]:
    """The service installed, neither enabled nor running, without state and drop-ins."""
    configure(manager, HELLO, LONG)
    if not unit_file(manager).exists():
        manager.run("wakeful", "install-user")
    yield manager
    # One call, because each costs a little, and this is done after every test.
    manager.run("sh", "-c", CLEAN_UP)


@pytest.fixture
def running(installed: UserManager) -> UserManager:
    """The service started; it comes back quickly when it has failed."""
    installed.drop_in("quick", "RestartSec=100ms")
    installed.systemctl("start", UNIT)
    return installed


def test_it_is_installed_once_and_then_up_to_date(manager: UserManager) -> None:
    first = manager.run("wakeful", "install-user").stdout
    again = manager.run("wakeful", "install-user").stdout
    try:
        assert "Wrote" in first
        assert "config.json, without jobs so far" in first
        assert "Wrote" not in again
        assert "cannot be reached" not in first + again
        assert "does not look into" not in first + again
        checked = manager.run("wakefuld", "--check")
        assert (checked.stdout.endswith("is good\n"), checked.stderr) == (True, "")
        verified = manager.run("systemd-analyze", "--user", "verify", UNIT)
        assert verified.stderr == ""
    finally:
        manager.run("wakeful", "uninstall-user")
        manager.run("rm", "-rf", ".config", ".local")


@pytest.mark.parametrize("name", ["a b 100% $HOME é; %h", r"""it's "x" back\slash a=b $x 7%"""])
def test_a_command_is_read_as_it_was_written(name: str, manager: UserManager) -> None:
    folder = manager.home / name
    folder.mkdir()
    program = folder / "program"
    program.write_text('#!/bin/sh\nprintf "%s|" "$0" "$@" > ~/proof\n')
    program.chmod(0o755)
    words = [str(program), "--config", str(folder)]
    unit = manager.home / ".config/systemd/user/odd.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text(f"[Service]\nType=oneshot\nExecStart={command_line_of_unit(words)}\n")
    manager.systemctl("daemon-reload")
    manager.systemctl("start", "odd.service")
    assert (manager.home / "proof").read_text() == "".join(f"{word}|" for word in words)
    manager.run("rm", "-rf", ".config", "proof", folder.name)
    manager.systemctl("daemon-reload")


def test_it_starts_when_enabled_and_says_what_is_next(installed: UserManager) -> None:
    installed.systemctl("enable", "--now", UNIT)
    for name in NAMES:
        assert installed.systemctl("is-active", name).stdout == "active\n"
        assert installed.systemctl("is-enabled", name, check=False).stdout.strip() in {
            "enabled",
            "alias",
        }
    status = installed.systemctl("status", "bot-cron", check=False).stdout
    assert "2 jobs, next hello at " in status
    assert installed.show("OOMPolicy") == "continue"
    installed.systemctl("disable", UNIT)
    assert installed.systemctl("is-enabled", UNIT, check=False).stdout == "disabled\n"


def test_its_status_follows_what_happens(running: UserManager) -> None:
    running.run("wakeful", "disable", "hello")
    until(lambda: "none waits" in running.show("StatusText"), "the status without a next job")
    running.run("wakeful", "pause")
    until(lambda: "paused" in running.show("StatusText"), "the status of a paused scheduler")


def test_a_reload_waits_for_its_result(running: UserManager) -> None:
    configure(running, HELLO, {**HELLO, "name": "another", "cron": "0 0 1 2 *"})
    running.systemctl("reload", UNIT)
    assert [job["name"] for job in wakeful(running, "list")] == ["hello", "another"]
    assert running.show("SubState") == "running"


def test_a_reload_of_nonsense_fails_and_changes_nothing(running: UserManager) -> None:
    configure(running, text="{")
    reloaded = running.systemctl("reload", UNIT, check=False)
    assert reloaded.returncode != 0
    assert running.show("ActiveState") == "active"
    assert [job["name"] for job in wakeful(running, "list")] == ["hello", "long"]
    assert any("not JSON" in entry["MESSAGE"] for entry in messages(running))


def test_a_hangup_reloads_as_well(running: UserManager) -> None:
    configure(running, HELLO)
    signal_daemon(running, signal.SIGHUP)
    until(lambda: len(wakeful(running, "list")) == 1, "the new configuration")
    until(lambda: running.show("SubState") == "running", "the end of the reload")


def test_a_call_to_its_name_starts_it(installed: UserManager) -> None:
    assert installed.show("ActiveState") == "inactive"
    assert '"healthy" b true' in ask_health(installed)
    assert installed.show("ActiveState") == "active"
    installed.systemctl("stop", UNIT)
    assert '"healthy" b true' in ask_health(installed)


def test_asking_for_another_of_its_names_does_not_start_it(installed: UserManager) -> None:
    flat = ("com.aiworkflow.BotCron", "/com/aiworkflow/BotCron", "com.aiworkflow.BotCron")
    assert installed.run("busctl", "--user", "call", *flat, "Ping", check=False).returncode != 0
    assert installed.show("ActiveState") == "inactive"


def test_it_stops_at_once_when_idle(running: UserManager) -> None:
    began = time.monotonic()
    running.systemctl("stop", UNIT)
    assert time.monotonic() - began < 2
    assert running.show("Result") == "success"
    assert BUS_NAME not in names_on_bus(running)


def test_stopping_it_stops_jobs_and_accounts_for_them(running: UserManager) -> None:
    running.run("wakeful", "run", "long")
    running.systemctl("stop", UNIT)
    assert running.run("pgrep", "-x", "sleep", check=False).stdout == ""
    running.systemctl("start", UNIT)
    assert [one["state"] for one in history(running)] == ["cancelled"]


def test_after_a_crash_it_comes_back_and_accounts_for_jobs(running: UserManager) -> None:
    running.run("wakeful", "run", "long")
    await_restart(running, signal_daemon(running, signal.SIGKILL))
    (execution,) = history(running)
    assert (execution["state"], execution["job"]) == ("lost", "long")
    assert running.run("pgrep", "-x", "sleep", check=False).stdout == ""


def test_a_user_can_choose_that_jobs_survive_a_crash(running: UserManager) -> None:
    running.drop_in("survive", "KillMode=process")
    running.run("wakeful", "run", "long")
    await_restart(running, signal_daemon(running, signal.SIGKILL))
    (execution,) = history(running)
    assert execution["state"] == "running"
    running.run("wakeful", "cancel", "long")
    until(lambda: history(running)[0]["state"] == "cancelled", "the end of the job")


def test_a_daemon_that_hangs_is_started_again(running: UserManager) -> None:
    running.drop_in("watchdog", "WatchdogSec=1s", "LimitCORE=0")
    running.systemctl("restart", UNIT)
    pid = running.show("MainPID")
    until(lambda: running.show("WatchdogTimestamp"), "food for the watchdog")
    time.sleep(1.5)
    assert running.show("MainPID") == pid, "it is fed in time"
    signal_daemon(running, signal.SIGSTOP)
    await_restart(running, pid)
    assert int(running.show("NRestarts")) >= 1
    said = running.run("journalctl", "--quiet", "--grep=Watchdog timeout").stdout
    assert UNIT in said


def test_the_journal_knows_jobs_and_executions(running: UserManager) -> None:
    assert running.run("wakeful", "run", "--wait", "hello").returncode == 0
    identifier = history(running)[0]["execution_id"]
    (entry,) = messages(running, f"WAKEFUL_EXECUTION={identifier}")
    assert entry["WAKEFUL_JOB"] == "hello"
    assert entry["SYSLOG_IDENTIFIER"] == "wakefuld"
    assert entry["PRIORITY"] == "6"
    assert entry["_TRANSPORT"] == "journal"
    assert entry["MESSAGE"].startswith("job hello succeeded")


def test_jobs_see_nothing_of_the_service(running: UserManager) -> None:
    configure(
        running, {"name": "env", "command": ["sh", "-c", "env; umask; cat /proc/self/status"]}
    )
    running.systemctl("reload", UNIT)
    running.run("wakeful", "run", "--wait", "env")
    output = running.run("wakeful", "logs", "env").stdout
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "INVOCATION_ID", "LISTEN_FDS", "JOURNAL_STREAM"):
        assert f"{name}=" not in output
    assert "\n0022\n" in output
    assert "NoNewPrivs:\t0" in output


def test_a_second_daemon_says_so_and_leaves(running: UserManager) -> None:
    second = running.run("wakefuld", check=False)
    assert second.returncode == 0
    assert "running already" in second.stderr
    assert running.show("ActiveState") == "active"


def test_a_service_that_finds_another_daemon_does_not_try_again(installed: UserManager) -> None:
    installed.drop_in("quick", "RestartSec=100ms")
    by_hand = "nohup wakefuld >/dev/null 2>&1 &"
    installed.run("sh", "-c", by_hand)
    until(lambda: BUS_NAME in names_on_bus(installed), "the daemon started by hand")
    started = installed.systemctl("start", UNIT, check=False)
    assert started.returncode != 0
    assert installed.show("ActiveState") == "failed"
    assert installed.show("NRestarts") == "0"
    assert any("running already" in entry["MESSAGE"] for entry in messages(installed))
    installed.run("pkill", "-x", "wakefuld")
    until(lambda: BUS_NAME not in names_on_bus(installed), "the end of that daemon")


def test_it_follows_its_bus(running: UserManager) -> None:
    pid = running.show("MainPID")
    running.systemctl("restart", "dbus.service")
    await_restart(running, pid)
    assert '"healthy" b true' in ask_health(running)


def test_what_a_user_has_edited_is_not_overwritten(installed: UserManager) -> None:
    unit = unit_file(installed)
    before = unit.read_text()
    edited = before.replace("RestartSec=5s", "RestartSec=7s")
    unit.write_text(edited)
    refused = installed.run("wakeful", "install-user", check=False)
    assert (refused.returncode, unit.read_text()) == (1, edited)
    assert "was edited" in refused.stderr
    unit.write_text(before)


def test_uninstalling_removes_all_but_configuration_and_state(installed: UserManager) -> None:
    assert "The service runs" in installed.run("wakeful", "install-user", "--now").stdout
    said = installed.run("wakeful", "uninstall-user").stdout
    assert "stopped and disabled" in said
    files = installed.run("find", ".", "-not", "-type", "d").stdout.split()
    state = ("./.local/state/wakeful/", "./.config/wakeful/config.json")
    assert [path for path in files if not path.startswith(state)] == []
    assert "./.config/wakeful/config.json" in files
    assert "./.local/state/wakeful/state.json" in files
    assert installed.show("LoadState") == "not-found"
    assert BUS_NAME not in installed.run("busctl", "--user", "list", "--activatable").stdout
    assert "Nothing is installed" in installed.run("wakeful", "uninstall-user").stdout
