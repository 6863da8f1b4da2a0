"""When the world is against it: full disks, dead buses, floods, callers of bad will."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jeepney import MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

from fixtures.daemon import FLAT, MANAGER, CallFailed, Daemon, plain, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeepney import Message
    from jeepney.io.blocking import DBusConnection

    from fixtures.bus import Bus

EX_UNAVAILABLE = 69


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own for the state, soon full."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("a full disk needs the permission to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_said_and_nothing_runs_that_is_not_on_record(daemon: Daemon) -> None:
    daemon.configure(
        {"name": "often", "every": "1s", "command": ["true"]},
        {"name": "one", "command": ["true"]},
    )
    with small_disk(daemon.state, "2m") as disk:
        daemon.start()
        until(lambda: daemon.job("often")["run_count"], "it does not run")
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        with pytest.raises(CallFailed, match="full"):
            for _ in range(200):
                daemon.own("SetJobEnabled", "sb", "one", False)
                daemon.own("SetJobEnabled", "sb", "one", True)
        with pytest.raises(CallFailed, match="full") as failure:
            for _ in range(200):
                daemon.outcome(daemon.run("one"))
        assert failure.value.name == "org.wakeful.Scheduler1.Error.Storage"
        assert plain(daemon.own("Health"))["job_count"] == 2
        ballast.unlink()
        assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"
        count = daemon.job("often")["run_count"]
        until(lambda: daemon.job("often")["run_count"] > count, "it does not run again", 30)
        assert daemon.stop() == 0
    assert "Traceback" not in daemon.log


def test_when_the_bus_dies_everything_is_saved_and_the_daemon_exits(
    tmp_path: Path, own_bus: Bus
) -> None:
    daemon = Daemon(tmp_path, own_bus.address)
    daemon.configure(
        {"name": "one", "every": "1h", "command": ["true"]},
        {"name": "long", "command": ["sleep", "30"]},
    )
    daemon.start()
    daemon.own("SetJobEnabled", "sb", "one", False)
    daemon.outcome(daemon.run("one"))
    daemon.run("long")
    own_bus.kill()
    assert daemon.ended() == EX_UNAVAILABLE
    assert "the bus is gone" in daemon.log
    document = daemon.state_document
    assert document["jobs"][0]["enabled"] is False
    assert {entry["job"]: entry["status"] for entry in document["history"]} == {
        "one": "success",
        "long": "cancelled",
    }


def test_without_a_bus_the_daemon_says_what_to_do(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "command": ["true"]})
    daemon.address = f"unix:path={daemon.folder}/nothing"
    daemon.start(wait=False)
    assert daemon.ended() == 1
    assert f"{daemon.folder}/nothing" in daemon.log
    assert "Traceback" not in daemon.log


def test_a_state_folder_that_cannot_be_used_is_named(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "command": ["true"]})
    (daemon.folder / "file").write_text("")
    daemon.state = daemon.folder / "file" / "state"
    daemon.start(wait=False)
    assert daemon.ended() == 1
    assert str(daemon.state) in daemon.log
    assert "Traceback" not in daemon.log


def test_a_thousand_calls_at_once_are_all_answered(daemon: Daemon) -> None:
    daemon.configure(*({"name": f"job{n}", "every": "1h", "command": ["true"]} for n in range(100)))
    daemon.start()
    answered: list[int] = []

    def next_reply(connection: DBusConnection) -> Message:
        while True:
            message = connection.receive(timeout=30)
            if message.header.message_type is MessageType.method_return:
                return message

    def ask(count: int) -> None:
        with open_dbus_connection(daemon.address) as connection:
            for _ in range(count):
                connection.send(new_method_call(FLAT, "list_jobs"))
            answered.extend(len(next_reply(connection).body[0]) for _ in range(count))

    threads = [threading.Thread(target=ask, args=(100,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answered) == 1000
    assert len(set(answered)) == 1
    assert daemon.call(FLAT, "Ping") == "pong"


def test_twenty_thousand_signals_reach_who_listens_and_the_connection_lives(
    tmp_path: Path, own_bus: Bus
) -> None:
    daemon = Daemon(tmp_path, own_bus.address)
    jobs = [{"name": f"job{n}", "command": ["true"]} for n in range(1000)]
    daemon.configure(*jobs)
    daemon.start()
    try:
        with daemon.signals() as gather:
            # Each reload changes every job: a thousand signals at a stroke, twenty times.
            for number in range(20):
                daemon.configure(*({**job, "description": str(number)} for job in jobs))
                daemon.own("Reload")
                until(
                    lambda wanted=number + 1: (
                        sum(name == "JobChanged" for name, _ in gather()) >= wanted * 1000
                    ),
                    "signals are lost",
                )
            changed = [body for name, body in gather() if name == "JobChanged"]
        assert len(changed) >= 20_000
        assert daemon.call(FLAT, "Ping") == "pong"
    finally:
        daemon.stop()


def test_a_bus_that_stands_still_for_a_while_costs_nothing(tmp_path: Path, own_bus: Bus) -> None:
    daemon = Daemon(tmp_path, own_bus.address)
    daemon.configure({"name": "often", "every": "1s", "command": ["true"]})
    daemon.start()
    try:
        with daemon.signals() as gather:
            os.kill(own_bus.pid, signal.SIGSTOP)
            time.sleep(3)
            os.kill(own_bus.pid, signal.SIGCONT)
            until(
                lambda: sum(name == "JobCompleted" for name, _ in gather()) >= 2,
                "what happened meanwhile was not told",
            )
        assert daemon.job("often")["run_count"] >= 2
    finally:
        os.kill(own_bus.pid, signal.SIGCONT)
        daemon.stop()


@pytest.mark.parametrize(
    ("signature", "body"),
    [("s", ("x" * 2_000_000,)), ("s", ("\x01" * 100,)), ("s", ("no such job",)), ("s", ("",))],
)
def test_hostile_arguments_get_an_error_and_change_nothing(
    daemon: Daemon, signature: str, body: tuple[str]
) -> None:
    daemon.configure({"name": "one", "command": ["true"]})
    daemon.start()
    with pytest.raises(CallFailed):
        daemon.call(MANAGER, "RunJob", f"{signature}a{{sv}}", *body, {})
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"
    assert "Traceback" not in daemon.log


def test_deep_json_is_refused(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "command": ["true"]})
    daemon.start()
    answer = daemon.flat("CallMethod", "ss", "run_job", "[" * 100_000 + "]" * 100_000)
    assert answer["success"] is False
    daemon.write_configuration("[" * 100_000)
    with pytest.raises(CallFailed, match="InvalidConfig"):
        daemon.own("Reload")
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"


def test_jobs_that_vanish_between_check_and_run_fail_alone(daemon: Daemon) -> None:
    scripts = daemon.folder / "scripts"
    scripts.mkdir()
    path = scripts / "a.sh"
    path.write_text("#!/bin/sh\necho here\n")
    path.chmod(0o755)
    daemon.configure(
        {"name": "goes", "script": "scripts/a.sh"}, {"name": "one", "command": ["true"]}
    )
    daemon.start()
    shutil.rmtree(scripts)
    record = daemon.outcome(daemon.run("goes"))
    assert record["state"] == "failed"
    assert str(path) in record["reason"]
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"


def test_the_daemon_sleeps_when_nothing_is_due(daemon: Daemon) -> None:
    daemon.configure(
        *({"name": f"job{n}", "every": "10w", "command": ["true"]} for n in range(1000))
    )
    daemon.start()
    time.sleep(3)
    before = switches(daemon.pid)
    time.sleep(12)
    # 70 a minute is the aim; the watcher's look at the disk is nearly all of it.
    assert switches(daemon.pid) - before <= 70 / 5 + 2


def switches(pid: int) -> int:
    """Count how often any thread of a process went to sleep by itself."""
    return sum(
        int(line.split()[1])
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )
