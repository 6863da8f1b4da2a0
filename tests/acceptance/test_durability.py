"""What was answered is on disk, whatever happens next."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from fixtures.daemon import Daemon, plain, until

FINAL = {"succeeded", "failed", "timed-out", "cancelled", "lost"}


def state_on_disk(daemon: Daemon, execution_id: str) -> str:
    with closing(sqlite3.connect(daemon.state / "wakeful.db")) as database:
        query = "SELECT state FROM execution WHERE id = ?"
        return database.execute(query, (execution_id,)).fetchone()[0]


def test_a_toggle_survives_a_restart_and_a_crash(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "every": "1h", "command": ["true"]})
    daemon.start()
    daemon.own("SetJobEnabled", "sb", "one", False)
    on_disk = daemon.state_document["jobs"][0]
    assert on_disk["enabled"] is False
    daemon.kill()
    daemon.start()
    assert daemon.job("one")["enabled"] is False
    assert "next_run" not in daemon.job("one")
    daemon.own("SetJobEnabled", "sb", "one", True)
    daemon.stop()
    daemon.start()
    assert daemon.job("one")["enabled"] is True


def test_pausing_survives_and_an_edit_of_the_file_does_not_resume(daemon: Daemon) -> None:
    job = {"name": "one", "every": "1s", "command": ["true"]}
    daemon.configure(job)
    daemon.start()
    daemon.own("SetEnabled", "b", False)
    daemon.kill()
    daemon.start()
    daemon.configure(job, {**job, "name": "two"})
    daemon.own("Reload")
    count = daemon.job("one").get("run_count")
    time.sleep(1.5)
    assert daemon.job("one").get("run_count") == count
    assert daemon.job("two")["run_count"] == 0


def test_a_scheduler_that_starts_disabled_can_be_enabled(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "every": "1s", "command": ["true"]}, enabled=False)
    daemon.start()
    assert "next_run" not in daemon.job("one")
    assert daemon.flat("toggle_scheduler", "b", True)["success"] is True
    until(lambda: daemon.job("one")["run_count"], "the job does not run")


def test_a_job_disabled_before_it_is_due_does_not_run(daemon: Daemon) -> None:
    due = int(time.time()) + 3
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(due))
    daemon.configure(
        {"name": "off", "at": moment, "command": ["true"]},
        {"name": "on", "at": moment, "command": ["true"]},
    )
    daemon.start()
    daemon.own("SetJobEnabled", "sb", "off", False)
    until(lambda: daemon.job("on")["run_count"], "the other job does not run")
    time.sleep(0.3)
    assert daemon.job("off")["run_count"] == 0


def test_somebody_elses_edit_of_state_json_is_a_toggle(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "every": "1h", "command": ["true"]})
    daemon.start()
    path = daemon.state / "state.json"
    document = until(lambda: path.exists() and json.loads(path.read_text()), "no state.json")
    document["jobs"][0]["enabled"] = False
    aside = daemon.state / "aside"
    aside.write_text(json.dumps(document))
    aside.replace(path)
    until(lambda: daemon.job("one")["enabled"] is False, "the edit was not noticed", 3)
    daemon.stop()
    document = daemon.state_document
    document["jobs"][0]["enabled"] = True
    path.write_text(json.dumps(document))
    daemon.start()
    assert daemon.job("one")["enabled"] is True


def test_state_json_is_as_the_original_wrote_it(daemon: Daemon) -> None:
    daemon.configure(
        {"name": "one", "cron": "0 9 * * *", "command": ["true"]},
        {"name": "bad", "command": ["false"]},
        timezone="America/New_York",
    )
    daemon.start()
    for job in ("one", "bad"):
        daemon.outcome(daemon.run(job))
    document = until(
        lambda: (now := daemon.state_document)["history"] and len(now["history"]) == 2 and now,
        "state.json is not up to date",
        5,
    )
    assert document["timezone"] == "America/New_York"
    assert document["enabled"] is True
    assert document["version"] == 1
    job = document["jobs"][0]
    assert (job["name"], job["cron"], job["last_status"], job["run_count"]) == (
        *("one", "0 9 * * *", "success", 1),
    )
    assert job["next_run"][-6:] in {"-05:00", "-04:00"}
    assert [entry["job"] for entry in document["history"]] == ["bad", "one"]
    assert document["history"][0]["status"] == "failed"
    assert set(document["history"][0]) == {
        *("job", "execution_id", "started_at", "completed_at", "status", "duration_ms"),
    }


@pytest.mark.parametrize("damage", [b"{", b"\x00" * 100, b"[]", b""])
def test_a_damaged_state_json_is_set_aside_and_rebuilt(daemon: Daemon, damage: bytes) -> None:
    daemon.configure({"name": "one", "every": "1h", "command": ["true"]})
    daemon.start()
    daemon.outcome(daemon.run("one"))
    daemon.own("SetJobEnabled", "sb", "one", False)
    daemon.stop()
    (daemon.state / "state.json").write_bytes(damage)
    daemon.start()
    until(lambda: daemon.state_document["jobs"][0]["enabled"] is False, "state.json is not rebuilt")
    assert len(daemon.state_document["history"]) == 1
    (aside,) = daemon.state.glob("state.json.damaged-*")
    assert aside.read_bytes() == damage
    assert aside.name in daemon.log


def test_a_damaged_database_is_set_aside_and_the_daemon_goes_on(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "every": "1h", "command": ["true"]})
    daemon.start()
    daemon.own("SetJobEnabled", "sb", "one", False)
    daemon.stop()
    (daemon.state / "wakeful.db").write_bytes(b"this is no database" * 1000)
    daemon.start()
    assert daemon.job("one")["enabled"] is False
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"
    assert list(daemon.state.glob("wakeful*damaged*"))


def test_executions_running_at_a_crash_are_found_again(daemon: Daemon) -> None:
    daemon.configure({"name": "long", "command": ["sh", "-c", "sleep 2; echo done; exit 5"]})
    daemon.start()
    execution_id = daemon.run("long")
    until(lambda: daemon.execution(execution_id)["state"] == "running", "it does not run")
    daemon.kill()
    daemon.start()
    assert daemon.execution(execution_id)["state"] == "running"
    assert daemon.job("long")["running"] == [execution_id]
    record = daemon.outcome(execution_id)
    # Since Linux 6.15 the kernel tells how a process ended also to who is not its parent.
    assert (record["state"], record.get("exit_status")) in {("failed", 5), ("lost", None)}
    assert daemon.output(record) == b"done\n"


def test_executions_that_ended_while_nobody_watched_are_lost_and_said_so(daemon: Daemon) -> None:
    daemon.configure({"name": "short", "command": ["sleep", "0.5"]})
    daemon.start()
    execution_id = daemon.run("short")
    until(lambda: state_on_disk(daemon, execution_id) == "running", "its start is not on record")
    daemon.kill()
    time.sleep(0.8)
    daemon.start()
    record = daemon.outcome(execution_id)
    assert record["state"] == "lost"
    assert "not known" in record["reason"]
    assert daemon.job("short")["failure_count"] == 1


def test_stopping_ends_what_runs_and_records_it(daemon: Daemon) -> None:
    daemon.configure({"name": "long", "command": ["sleep", "30"]})
    daemon.start()
    execution_id = daemon.run("long")
    until(lambda: daemon.execution(execution_id)["state"] == "running", "it does not run")
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 2
    daemon.start()
    record = daemon.execution(execution_id)
    assert record["state"] == "cancelled"
    assert "SIGTERM" in record["reason"]


def test_an_idle_daemon_stops_within_two_seconds(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "every": "1h", "command": ["true"]})
    daemon.start()
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 2


def test_a_slot_that_passed_while_the_daemon_was_off_is_made_up_for_once(daemon: Daemon) -> None:
    daemon.configure({"name": "often", "every": "2s", "command": ["true"]})
    daemon.start()
    until(lambda: daemon.job("often")["run_count"], "it does not run")
    daemon.kill()
    time.sleep(5)
    daemon.start()
    records = until(
        lambda: (found := daemon.history(limit=("u", 100))) and len(found) >= 2 and found, "no run"
    )
    slots = [record["slot"] for record in records]
    assert len(set(slots)) == len(slots)
    with closing(sqlite3.connect(daemon.state / "wakeful.db")) as database:
        (closed,) = database.execute(
            "SELECT state, reason FROM slot WHERE job = 'often'"
        ).fetchall() or [(None, None)]
    assert closed == ("coalesced", "off")


def kill_at_random(daemon: Daemon, rounds: int, seed: int) -> None:
    """Kill the daemon again and again while jobs run and toggles are made; check every time."""
    luck = random.Random(seed)
    names = [f"job{n}" for n in range(50)]
    daemon.configure(
        *({"name": name, "every": "1s", "command": ["true"]} for name in names),
    )
    acknowledged: dict[str, bool] = {}
    for _ in range(rounds):
        daemon.start()
        for name, enabled in acknowledged.items():
            assert daemon.job(name)["enabled"] is enabled, f"the toggle of {name} is lost"
        end = time.monotonic() + luck.uniform(0.05, 0.9)
        while time.monotonic() < end:
            name = luck.choice(names)
            enabled = luck.random() < 0.7
            # Not acknowledged until it returns: until then either is right.
            acknowledged.pop(name, None)
            daemon.own("SetJobEnabled", "sb", name, enabled)
            acknowledged[name] = enabled
        os.kill(daemon.pid, signal.SIGKILL)
        daemon.ended()
        path = daemon.state / "state.json"
        assert not path.exists() or isinstance(json.loads(path.read_text()), dict)
    daemon.start()
    daemon.own("SetEnabled", "b", False)
    until(
        lambda: all(record["state"] in FINAL for record in daemon.history(limit=("u", 1000))),
        "an execution has no final state",
    )
    daemon.stop()
    with closing(sqlite3.connect(daemon.state / "wakeful.db")) as database:
        twice = database.execute(
            "SELECT job, slot, count(*) FROM execution WHERE slot IS NOT NULL"
            " GROUP BY job, slot HAVING count(*) > 1"
        ).fetchall()
        open_ended = database.execute(
            "SELECT count(*) FROM execution WHERE state IN ('queued', 'running')"
        ).fetchone()
    assert twice == []
    assert open_ended == (0,)
    assert "Traceback" not in daemon.log


def test_a_crash_at_any_instant_loses_nothing_that_was_acknowledged(daemon: Daemon) -> None:
    kill_at_random(daemon, rounds=12, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_three_hundred_crashes_lose_nothing_that_was_acknowledged(daemon: Daemon) -> None:
    kill_at_random(daemon, rounds=300, seed=2)


def test_no_slot_is_executed_twice_as_the_jobs_themselves_see_it(daemon: Daemon) -> None:
    witness = daemon.folder / "witness"
    witness.mkdir()
    daemon.configure(
        {
            "name": "one",
            "every": "1s",
            "command": ["sh", "-c", f'echo "$WAKEFUL_SLOT" >> {witness}/slots'],
        }
    )
    for _ in range(4):
        daemon.start()
        time.sleep(1.3)
        daemon.kill()
    slots = Path(witness / "slots").read_text().split()
    assert len(slots) >= 3
    assert len(set(slots)) == len(slots)
    daemon.start()
    assert plain(daemon.own("Health"))["job_count"] == 1
