from __future__ import annotations

import json
import signal
import time

import pytest


def test_run_answers_while_the_job_runs(desk):
    with desk.patient() as go:
        done = desk.run("run", "patient")
        identifier = done.stdout.strip()
        assert (done.returncode, done.stderr) == (0, "")
        assert desk.daemon.execution(identifier)["state"] in {"queued", "running"}
        assert desk.document("history", "--state", "running", "--json")[0]["ended_at"] is None
        again = desk.run("run", "patient")
        assert again.returncode == 1
        assert "already running" in again.stderr
        assert "running" in desk.run("list").stdout
        assert "Running:\nEXECUTION" in desk.run("status").stdout
        forced = desk.run("run", "patient", "--force")
        assert forced.returncode == 0
        go.touch()
        assert desk.daemon.outcome(identifier)["state"] == "succeeded"


def test_run_for_programs(desk):
    execution = desk.document("run", "ok", "--json")
    assert execution["job"] == "ok"
    execution = desk.document("run", "ok", "--wait", "--json")
    assert (execution["state"], execution["exit_status"]) == ("succeeded", 0)


@pytest.mark.parametrize("_", range(5))
def test_no_end_is_missed_however_soon_it_comes(desk, _):
    done = desk.run("run", "silent", "--wait")
    assert done.returncode == 0
    assert done.stderr.startswith("silent succeeded (after ")
    assert len(done.stdout) == 27


def test_a_job_that_fails_fails_the_command(desk):
    done = desk.run("run", "bad exit", "--wait")
    assert done.returncode == 1
    assert done.stderr.startswith("wakeful: bad exit failed: exit status 3 (after ")
    done = desk.run("--json", "run", "bad exit", "-w")
    assert done.returncode == 1
    assert json.loads(done.stdout)["state"] == "failed"


def test_follow_prints_what_the_job_printed_and_nothing_else(desk):
    done = desk.run("run", "numbers", "--follow")
    assert done.returncode == 0
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 300_001))
    assert desk.run("logs", "numbers").stdout == done.stdout
    assert desk.run("logs", "numbers", "-f").stdout == done.stdout


def test_follow_of_a_job_that_fails(desk):
    done = desk.run("run", "bad exit", "-f")
    assert (done.returncode, done.stdout) == (1, "out\n")


def test_follow_of_a_job_that_prints_nothing(desk):
    done = desk.run("run", "silent", "-f")
    assert (done.returncode, done.stdout) == (0, "")
    assert desk.run("logs", "silent").stdout == ""


@pytest.mark.parametrize("words", [("run", "patient", "--follow"), ("logs", "patient", "-f")])
def test_output_comes_as_it_appears_and_unchanged(desk, words):
    with desk.patient() as go:
        if words[0] == "logs":
            desk.run("run", "patient")
        with desk.running(*words) as process:
            assert process.stdout.readline() == b"first\n"
            go.touch()
            assert process.stdout.read() == b"\xff\xfe last"
            assert process.wait(20) == 0


def test_logs_by_job_and_by_identifier(desk):
    identifier = desk.run("run", "日本語", "--wait").stdout.strip()
    raw = {"stderr": None}
    for word in ("日本語", identifier, identifier.upper(), identifier[:16]):
        with desk.running("logs", word, **raw) as process:
            assert process.stdout.read() == b"\xff\xfex"
            assert process.wait(20) == 0


def test_a_prefix_must_be_unambiguous(desk):
    identifiers = [desk.run("run", "silent", "-w").stdout.strip() for _ in range(2)]
    done = desk.run("logs", identifiers[0][:6])
    assert done.returncode == 1
    assert "identifiers, " in done.stderr
    assert done.stderr.endswith("give more letters\n")
    assert desk.run("logs", identifiers[0][:5]).stderr.startswith("wakeful: there is no job or")


def test_cancel_by_job_stops_all_of_it(desk):
    identifiers = [desk.run("run", "long", "--force").stdout.strip() for _ in range(2)]
    done = desk.run("cancel", "long", "--reason", "because")
    assert done.returncode == 0
    assert sorted(done.stderr.split()) == sorted(
        ["Stopping", f"{identifiers[0]}.", "Stopping", f"{identifiers[1]}."]
    )
    for identifier in identifiers:
        outcome = desk.daemon.outcome(identifier)
        assert outcome["state"] == "cancelled"
        assert "because" in outcome["reason"]


def test_cancel_by_identifier_leaves_the_others(desk):
    first, second = (desk.run("run", "long", "--force").stdout.strip() for _ in range(2))
    assert desk.run("cancel", first).returncode == 0
    assert desk.daemon.outcome(first)["state"] == "cancelled"
    assert desk.daemon.execution(second)["state"] == "running"
    done = desk.run("cancel", first)
    assert done.returncode == 1
    assert desk.run("cancel", second[:16]).returncode == 0
    assert desk.daemon.outcome(second)["state"] == "cancelled"


def test_a_job_that_is_cancelled_fails_the_command_that_waits(desk):
    with desk.running("run", "long", "--wait") as process:
        identifier = process.stdout.readline().decode().strip()
        desk.run("cancel", identifier)
        assert process.wait(20) == 1
        assert b"wakeful: long was cancelled" in process.stderr.read()


@pytest.mark.parametrize("option", ["--wait", "--follow"])
def test_an_interruption_leaves_the_job_running(desk, option):
    with desk.patient(), desk.running("run", "patient", option) as process:
        process.stdout.readline()
        (identifier,) = desk.daemon.job("patient")["running"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        text = process.stderr.read().decode()
        assert text == f"patient runs on; 'wakeful cancel {identifier}' stops it.\n"
        assert desk.daemon.execution(identifier)["state"] == "running"


def test_an_interruption_of_logs(desk):
    with desk.patient():
        desk.run("run", "patient")
        with desk.running("logs", "patient", "--follow") as process:
            assert process.stdout.readline() == b"first\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert process.stderr.read() == b""


def test_an_interruption_is_noticed_also_if_nobody_reads(desk):
    with desk.running("run", "numbers", "--follow") as process:
        time.sleep(1.5)  # the pipe is full by then
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_a_daemon_that_restarts_meanwhile(empty_desk):
    empty_desk.daemon.start()
    with empty_desk.patient() as go, empty_desk.running("run", "patient", "--wait") as process:
        process.stdout.readline()
        empty_desk.daemon.kill()
        assert process.stderr.readline().startswith(b"The scheduler went away")
        empty_desk.daemon.start()
        go.touch()
        assert process.wait(30) in {0, 1}
        assert b"patient " in process.stderr.read()
