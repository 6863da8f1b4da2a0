from __future__ import annotations

import json
import os
import select
import signal
import sys
import time

import pytest


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["show", "nope"], "there is no job 'nope'"),
        (["run", "nope"], "there is no job 'nope'"),
        (["run", "broken"], "job 'broken' has errors"),
        (["cancel", "ok"], "ok is not running"),
        (["cancel", "silnt"], "there is no job or execution 'silnt'; did you mean 'silent'"),
        (["logs", "never ran"], "the job 'never ran' has not run yet"),
        (["logs", "0"], "there is no job or execution '0'"),
        (["logs", "0" * 26], "there is no job or execution '0000"),
        (["enable", "nope"], "there is no job 'nope'"),
        (["history", "--job", "nope"], "there is no job 'nope'"),
        (["show", "\udcff"], "this cannot be sent over the bus"),
    ],
)
def test_a_request_that_fails(desk, words, text):
    done = desk.run(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"wakeful: {text}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["shwo"], "there is no command 'shwo', did you mean 'show'; see 'wakeful --help'"),
        (["show"], "Missing argument 'JOB'; see 'wakeful show --help'"),
        (["list", "--nope"], "No such option"),
        (["history", "--state", "fialed"], "the states are queued, running, succeeded, failed"),
        (["history", "--since", "sometime"], "'sometime' is neither a duration"),
        (["history", "--limit", "0"], "0 is not in the range"),
        (["next", "--count", "-1"], "-1 is not in the range"),
        (["--bus", "nowhere", "list"], "'nowhere' is neither 'session' nor 'system'"),
        (["--bus", "session", "--system", "list"], "--system and --bus name two buses"),
        (["run", "ok", "--follow", "--json"], "it does not go with --json"),
        (["completion", "csh"], "'csh' is not one of 'bash', 'zsh', 'fish'"),
    ],
)
def test_wrong_usage(desk, words, text):
    done = desk.run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("wakeful: ")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["list"], ["show", "a"], ["run", "a"], ["run", "a", "-f"], ["cancel", "a"],
        ["enable", "a"], ["disable", "a"], ["pause"], ["resume"], ["history"], ["logs", "a"],
        ["next"], ["status"], ["health"], ["watch"], ["reload"],
    ],
)  # fmt: skip
def test_no_daemon(empty_desk, words):
    done = empty_desk.run(*words)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("wakeful: the scheduler is not running on the bus at unix:")
    assert done.stderr.count("\n") == 1


def test_no_bus(empty_desk):
    done = empty_desk.run("--bus", "unix:path=/nowhere", "list")
    assert done.returncode == 3
    assert done.stderr.startswith("wakeful: cannot reach the bus at unix:path=/nowhere")
    done = empty_desk.run("list", WAKEFUL_BUS="session")
    assert done.returncode == 3
    assert done.stderr.startswith("wakeful: there is no session bus")


def test_system_wins_over_the_environment(empty_desk):
    done = empty_desk.run("--system", "list", DBUS_SYSTEM_BUS_ADDRESS=empty_desk.bus.address)
    assert done.returncode == 3
    assert "not running on the system bus; start it with 'systemctl start wakeful'" in done.stderr


def activatable(desk, *words):
    (desk.bus.services / "wakeful.service").write_text(
        f"[D-BUS Service]\nName=org.wakeful.Scheduler1\nExec={' '.join(words)}\n"
    )


def test_a_daemon_that_can_be_activated_is(empty_desk):
    places = [f"--config={empty_desk.daemon.configuration}", f"--state-dir={empty_desk.folder}/s"]
    program = [sys.executable, "-m", "wakeful", f"'--bus={empty_desk.bus.address}'", *places]
    activatable(empty_desk, *program)
    assert len(empty_desk.document("list", "--json")) == 10
    descriptor = os.pidfd_open(empty_desk.document("status", "--json")["pid"])
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        assert select.select([descriptor], [], [], 20)[0], "it does not stop"
    finally:
        os.close(descriptor)


def test_a_daemon_that_fails_to_start_is_told(empty_desk):
    activatable(empty_desk, "/bin/false")
    done = empty_desk.run("list")
    assert done.returncode == 3
    assert done.stderr.startswith("wakeful: the scheduler could not be started on the bus at")


def test_a_daemon_that_does_not_answer(empty_desk):
    empty_desk.daemon.start()
    os.kill(empty_desk.daemon.pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        done = empty_desk.run("list")
        assert done.returncode == 3
        assert "gave no answer" in done.stderr
        assert time.monotonic() - begin < 15
    finally:
        os.kill(empty_desk.daemon.pid, signal.SIGCONT)


def test_enable_and_disable(desk):
    try:
        done = desk.run("disable", "ok")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "ok is disabled.\n")
        assert desk.document("show", "ok", "--json")["enabled"] is False
    finally:
        done = desk.run("enable", "ok")
    assert done.returncode == 0
    assert done.stderr.startswith("ok is enabled, and runs in ")
    assert desk.document("show", "ok", "--json")["enabled"] is True


def test_pause_and_resume(desk):
    try:
        assert desk.run("pause").returncode == 0
        assert "paused" in desk.run("list").stderr
        assert "paused" in desk.run("next").stderr
        assert desk.document("status", "--json")["enabled"] is False
        assert "Scheduler:     paused" in desk.run("status").stdout
    finally:
        assert desk.run("resume").returncode == 0
    assert desk.document("status", "--json")["enabled"] is True


def test_reload(desk):
    done = desk.run("reload")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("The configuration is in force: nothing changed.\n")
    result = desk.document("reload", "--json")
    assert list(result) == ["added", "removed", "changed", "problems"]


def test_a_reload_that_is_refused(empty_desk):
    empty_desk.daemon.start()
    empty_desk.daemon.write_configuration("{")
    done = empty_desk.run("reload")
    assert done.returncode == 1
    assert "not JSON" in done.stderr
    assert len(empty_desk.document("list", "--json")) == 10


def test_check_config(desk):
    done = desk.run(
        "check-config", str(desk.daemon.configuration), WAKEFUL_BUS="unix:path=/nowhere"
    )
    assert done.returncode == 1
    assert done.stdout == "error: schedules.jobs[5].crn: unknown key (did you mean 'cron'?)\n"
    assert done.stderr.endswith("config.json: 1 error, 0 warnings.\n")
    done = desk.run("check-config", str(desk.daemon.configuration), "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["valid"] is False
    assert document["problems"] == [
        {
            "path": "schedules.jobs[5].crn",
            "message": "unknown key",
            "hint": "did you mean 'cron'?",
            "severity": "error",
        }
    ]


@pytest.mark.parametrize(
    ("text", "code", "summary"),
    [
        ('{"schedules": {"jobs": []}}', 0, "is in order: 0 jobs."),
        ('{"schedules": {"jobs": []}, "other": 1}', 0, "0 errors, 1 warning."),
        ("{", 1, "cannot be used."),
        ("[]", 1, "cannot be used."),
    ],
)
def test_check_config_of(desk, tmp_path, text, code, summary):
    path = tmp_path / "config.json"
    path.write_text(text)
    done = desk.run("check-config", str(path))
    assert done.returncode == code, done.stderr
    assert done.stderr.endswith(f"{summary}\n")


def test_check_config_finds_the_file_of_the_user(desk, tmp_path):
    (tmp_path / "wakeful").mkdir()
    (tmp_path / "wakeful/config.json").write_text('{"schedules": {"jobs": []}}')
    done = desk.run("check-config", "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert json.loads(done.stdout)["file"] == str(tmp_path / "wakeful/config.json")
    assert desk.run("check-config", CONFIGURATION_DIRECTORY="/nowhere").returncode == 1


def test_version_and_help(desk):
    done = desk.run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("wakeful 2")
    assert "Commands:" in desk.run("--help").stdout
    done = desk.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


def test_schema(desk):
    schema = desk.document("schema")
    assert "schedules" in schema["properties"]
