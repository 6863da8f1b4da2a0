from __future__ import annotations

import json
import signal

import click
import pytest

from wakeful.cli.watching import event_document, event_line
from wakeful.client import events
from wakeful.client.records import ExecutionRecord, ReloadRecord

NOW = 1_800_000_000_000_000
ALL = [
    events.ExecutionStarted("x", "backup", None, "manual"),
    events.ExecutionFinished(ExecutionRecord(execution_id="x", job="backup", state="timed-out")),
    events.JobChanged("backup"),
    events.ConfigReloaded(ReloadRecord(added=("a", "b"), removed=("c",))),
    events.ConfigRejected(("not JSON",)),
    events.SchedulerToggled(enabled=False),
    events.Sleeping(),
    events.Resumed(asleep=7_200_000_000, missed=2),
    events.ClockStepped(-3_600_000_000),
    events.DaemonGone(),
    events.DaemonBack(),
]


def test_every_event_is_a_line():
    lines = [event_line(event, NOW).split("  ", 2) for event in ALL]
    words = [word for _, word, _ in lines]
    assert [word.split("m")[-1].strip() or word for word in words]
    assert all("\n" not in event_line(event, NOW) for event in ALL)


def test_every_event_is_a_document():
    documents = [event_document(event, NOW) for event in ALL]
    assert [document["event"] for document in documents] == [
        "execution-started",
        "execution-finished",
        "job-changed",
        "config-reloaded",
        "config-rejected",
        "scheduler-toggled",
        "sleeping",
        "resumed",
        "clock-stepped",
        "scheduler-gone",
        "scheduler-back",
    ]
    assert all(document["at"] for document in documents)
    json.dumps(documents)


def test_sleep_and_clock_steps_are_told_in_words():
    lines = [click.unstyle(event_line(event, NOW)) for event in ALL[6:9]]
    assert [line.split("  ", 2)[2].strip() for line in lines] == [
        "the machine is about to sleep",
        "the machine slept for 2 h; 2 slots came meanwhile",
        "the clock was set back by 1 h",
    ]


def ready(process):
    assert process.stderr.readline() == b"Watching; Ctrl-C ends it.\n"


def next_event(process, name):
    while True:
        document = json.loads(process.stdout.readline())
        if document["event"] == name:
            return document


def test_watch_tells_what_happens(desk):
    with desk.running("watch", "--json") as process:
        ready(process)
        identifier = desk.run("run", "ok", "--wait").stdout.strip()
        assert next_event(process, "execution-started")["execution_id"] == identifier
        finished = next_event(process, "execution-finished")
        assert (finished["execution_id"], finished["state"]) == (identifier, "succeeded")
        desk.run("reload")
        assert next_event(process, "config-reloaded")["added"] == []
        desk.run("disable", "ok")
        assert next_event(process, "job-changed")["job"] == "ok"
        desk.run("enable", "ok")
        desk.run("pause")
        assert next_event(process, "scheduler-toggled")["enabled"] is False
        desk.run("resume")
        assert next_event(process, "scheduler-toggled")["enabled"] is True
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b""


def test_watch_for_people(desk):
    with desk.running("watch") as process:
        ready(process)
        desk.run("run", "bad exit", "--wait")
        lines = [process.stdout.readline().decode() for _ in range(2)]
        assert " started    bad exit (manual) " in "".join(lines)


@pytest.mark.may_leave("open file descriptor")  # of the lock that is taken anew after each sleep
def test_watch_tells_of_sleep(machine):
    with machine.running("watch", "--json") as process:
        ready(process)
        machine.logind.prepare(for_sleep=True)
        assert next_event(process, "sleeping")["at"]
        machine.logind.prepare(for_sleep=False)
        resumed = next_event(process, "resumed")
        assert resumed["asleep_ms"] >= 0
        assert resumed["missed_count"] >= 0


def test_watch_outlives_the_daemon(empty_desk):
    empty_desk.daemon.start()
    with empty_desk.running("watch", "--json") as process:
        ready(process)
        empty_desk.daemon.stop()
        next_event(process, "scheduler-gone")
        empty_desk.daemon.start()
        next_event(process, "scheduler-back")
        empty_desk.run("run", "silent", "--wait")
        assert next_event(process, "execution-finished")["job"] == "silent"
        empty_desk.daemon.stop()
        next_event(process, "scheduler-gone")
        empty_desk.bus.kill()
        assert process.wait(20) == 3
        assert b"the connection to the bus at" in process.stderr.read()
