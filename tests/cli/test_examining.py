from __future__ import annotations

import json
import os

import pytest

from wakeful.cli import machine_checks
from wakeful.cli.finding import Verdict

CHECK_KEYS = ["name", "verdict", "text", "advice"]


def checks(done):
    """Read the document, by name."""
    document = json.loads(done.stdout)
    assert list(document) == ["healthy", "checks"]
    assert all(list(check) == CHECK_KEYS for check in document["checks"])
    return {check["name"]: check for check in document["checks"]}


def test_doctor_finds_no_problem_where_there_is_none(machine):
    done = machine.run("doctor", "--json")
    found = checks(done)
    assert done.returncode == 0
    assert {name for name, one in found.items() if one["verdict"] == "problem"} == set()
    for name in ("scheduler", "bus names", "configuration", "state directory", "sleep", "UPower"):
        assert found[name]["verdict"] == "ok", found[name]
    assert found["NetworkManager"]["verdict"] == "warning"
    assert "org.freedesktop.NetworkManager is not there" in found["NetworkManager"]["text"]
    assert found["time zones"]["verdict"] == "ok"


def test_doctor_for_people_ends_with_a_count(machine):
    done = machine.run("doctor")
    assert done.returncode == 0
    assert done.stdout.startswith("ok       scheduler: ")
    assert done.stderr.startswith("0 problems, ")


def test_doctor_names_what_is_wrong_and_what_to_do(desk):
    done = desk.run("doctor", "--json")
    found = checks(done)
    assert done.returncode == 1
    assert not json.loads(done.stdout)["healthy"]
    assert found["configuration"]["verdict"] == "problem"
    assert "crn" in found["configuration"]["text"]
    assert "check-config" in found["configuration"]["advice"]
    assert found["sleep"]["verdict"] == "warning"
    assert "cannot reach the system bus" in found["sleep"]["text"]
    assert "UPower" not in found


def test_doctor_sees_a_state_directory_that_others_may_look_into(desk):
    desk.daemon.state.chmod(0o755)
    try:
        found = checks(desk.run("doctor", "--json"))["state directory"]
    finally:
        desk.daemon.state.chmod(0o700)
    assert found["verdict"] == "problem"
    assert "(mode 0755)" in found["text"]
    assert found["advice"] == f"chmod 700 {desk.daemon.state}"


def test_without_a_daemon_doctor_looks_at_the_rest(empty_desk):
    done = empty_desk.run("doctor")
    assert done.returncode == 1
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("problem  scheduler: the scheduler is not running on ")
    assert second.startswith("         → run 'wakefuld --bus ")
    assert "problem  configuration: " in done.stdout
    assert "time zones: " in done.stdout


def test_without_a_daemon_the_configuration_of_the_user_is_looked_at(empty_desk):
    place = empty_desk.folder / ".config" / "wakeful"
    place.mkdir(parents=True)
    (place / "config.json").write_text('{"schedules": {"jobs": []}}')
    found = checks(empty_desk.run("doctor", "--json"))["configuration"]
    assert (found["verdict"], found["text"]) == ("ok", f"{place / 'config.json'} is in order")
    (place / "config.json").write_text('{"schedules": {"jobs": [{"nam": "a"}]}}')
    assert checks(empty_desk.run("doctor", "--json"))["configuration"]["verdict"] == "problem"


def test_a_paused_scheduler_is_worth_a_warning(empty_desk):
    empty_desk.daemon.start()
    empty_desk.run("pause")
    found = checks(empty_desk.run("doctor", "--json"))["switch"]
    assert found["verdict"] == "warning"
    assert found["advice"].endswith(" resume") or found["advice"] == "wakeful resume"


def test_jobs_that_failed_are_named(desk):
    desk.run("run", "bad exit", "--wait")
    found = checks(desk.run("doctor", "--json"))["jobs"]
    assert found["verdict"] == "warning"
    assert "bad exit" in found["text"]


def test_a_state_directory_of_somebody_else(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    assert machine_checks.check_state_directory(str(tmp_path), own=True).verdict is Verdict.OK
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    found = machine_checks.check_state_directory(str(tmp_path), own=True)
    assert found.verdict is Verdict.PROBLEM
    assert found.advice.startswith("chown -R user 12345 ")
    assert machine_checks.check_state_directory(str(tmp_path), own=False).verdict is Verdict.OK


def test_a_state_directory_that_is_not_there(tmp_path):
    found = machine_checks.check_state_directory(str(tmp_path / "none"), own=True)
    assert (found.verdict, found.text.rpartition(": ")[2]) == (
        Verdict.PROBLEM,
        "No such file or directory",
    )


def test_zones_that_are_unknown():
    assert machine_checks.check_time_zones(["UTC", "", "Europe/Berlin"]).verdict is Verdict.OK
    found = machine_checks.check_time_zones(["Mars/Olympus_Mons", "UTC"])
    assert found.verdict is Verdict.PROBLEM
    assert "Mars/Olympus_Mons" in found.text
    assert "tzdata" in found.advice


def test_the_kernel_says_whether_the_clock_is_right():
    assert machine_checks.check_clock().verdict in {Verdict.OK, Verdict.WARNING}


@pytest.mark.parametrize(("lingers", "verdict"), [(True, Verdict.OK), (False, Verdict.WARNING)])
def test_whether_services_outlive_the_session(tmp_path, monkeypatch, lingers, verdict):
    monkeypatch.setattr(machine_checks, "_BOOTED", tmp_path)
    monkeypatch.setattr(machine_checks, "_LINGER", tmp_path)
    monkeypatch.setattr(machine_checks, "_user", lambda _number: "somebody")
    if lingers:
        (tmp_path / "somebody").touch()
    (found,) = machine_checks.check_linger()
    assert found.verdict is verdict
    monkeypatch.setattr(machine_checks, "_BOOTED", tmp_path / "other")
    assert list(machine_checks.check_linger()) == []


def test_the_unit_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_checks, "_SYSTEM_UNITS", (str(tmp_path),))
    monkeypatch.setattr(machine_checks, "_ENABLED", tmp_path / "wanted")
    assert "not installed" in machine_checks.check_system_unit().text
    (tmp_path / "wakeful.service").touch()
    assert machine_checks.check_system_unit().advice == "systemctl enable wakeful.service"
    (tmp_path / "wanted").symlink_to("nowhere")
    assert machine_checks.check_system_unit().verdict is Verdict.OK
