"""The configuration file: changed in every way an editor knows, and wrong in every way."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.daemon import Daemon, plain, until

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = {"name": "one", "cron": "0 9 * * *", "command": ["true"]}
TWO = {"name": "two", "cron": "0 10 * * *", "command": ["true"]}


def names(daemon: Daemon) -> list[str]:
    return [plain(job)["name"] for job in daemon.own("ListJobs")[0]]


def text(*jobs: dict[str, Any]) -> str:
    return json.dumps({"schedules": {"jobs": list(jobs)}})


def in_place(daemon: Daemon) -> None:
    daemon.configuration.write_text(text(ONE, TWO))


def renamed_over(daemon: Daemon) -> None:
    daemon.write_configuration(text(ONE, TWO))


def recreated(daemon: Daemon) -> None:
    daemon.configuration.unlink()
    daemon.configuration.write_text(text(ONE, TWO))


def moved_away_and_written(daemon: Daemon) -> None:
    daemon.configuration.rename(daemon.configuration.with_suffix(".bak"))
    daemon.configuration.write_text(text(ONE, TWO))


@pytest.mark.parametrize("change", [in_place, renamed_over, recreated, moved_away_and_written])
def test_a_change_is_in_force_within_a_second(
    daemon: Daemon, change: Callable[[Daemon], None]
) -> None:
    daemon.configure(ONE)
    daemon.start()
    with daemon.signals() as gather:
        change(daemon)
        until(lambda: names(daemon) == ["one", "two"], "the change is not in force", 2.5)
        until(
            lambda: [body for name, body in gather() if name == "ConfigReloaded"],
            "no ConfigReloaded came",
        )


def test_a_link_to_the_configuration_is_followed_when_it_is_turned(daemon: Daemon) -> None:
    first, second = daemon.folder / "first.json", daemon.folder / "second.json"
    first.write_text(text(ONE))
    second.write_text(text(ONE, TWO))
    daemon.configuration.symlink_to(first)
    daemon.start()
    aside = daemon.folder / "aside"
    aside.symlink_to(second)
    aside.replace(daemon.configuration)
    until(lambda: names(daemon) == ["one", "two"], "the other file is not in force")


def test_the_configuration_may_come_later(daemon: Daemon) -> None:
    daemon.configuration = daemon.folder / "not" / "yet" / "config.json"
    daemon.start()
    assert names(daemon) == []
    health = plain(daemon.own("Health"))
    assert "does not exist" in health["message"]
    daemon.configuration.parent.mkdir(parents=True)
    daemon.configuration.write_text(text(ONE))
    until(lambda: names(daemon) == ["one"], "the new file is not in force")


def test_a_job_that_was_not_touched_keeps_its_next_run_and_its_execution(daemon: Daemon) -> None:
    every = {"name": "every", "every": "1h", "command": ["true"]}
    runs = {"name": "runs", "command": ["sleep", "30"]}
    daemon.configure(every, runs, ONE)
    daemon.start()
    execution_id = daemon.run("runs")
    before = daemon.job("every")["next_run"]
    daemon.configure({**ONE, "cron": "0 11 * * *"}, runs, every, TWO)
    outcome = plain(daemon.own("Reload"))
    assert outcome == {"added": ["two"], "removed": [], "changed": ["one"], "problems": []}
    assert daemon.job("every")["next_run"] == before
    assert daemon.job("runs")["running"] == [execution_id]
    assert daemon.execution(execution_id)["state"] == "running"


def test_a_removed_job_finishes_what_it_runs(daemon: Daemon) -> None:
    daemon.configure({"name": "goes", "command": ["sleep", "0.5"]}, ONE)
    daemon.start()
    execution_id = daemon.run("goes")
    daemon.configure(ONE)
    daemon.own("Reload")
    assert names(daemon) == ["one"]
    assert daemon.outcome(execution_id)["state"] == "succeeded"


def test_sighup_reads_the_configuration(daemon: Daemon) -> None:
    daemon.configure(ONE)
    daemon.start()
    daemon.configure(ONE, TWO)
    os.kill(daemon.pid, signal.SIGHUP)
    until(lambda: names(daemon) == ["one", "two"], "the signal was not heeded", 0.9)


MISTAKES = [
    ({**ONE, "tiemout": 5}, "schedules.jobs[1].tiemout: unknown key", "timeout_seconds"),
    ({**ONE, "enabled": "yes"}, "schedules.jobs[1].enabled: must be true or false", "a text"),
    ({**ONE, "script": "x.sh"}, "schedules.jobs[1]: has 2 kinds", "command, script"),
    ({"name": "x", "script": "no.sh"}, "schedules.jobs[1].script: there is no file", "no.sh"),
    ({**ONE, "cron": "0 0 30 2 *"}, "schedules.jobs[1].cron:", "can never fire"),
    ({**ONE, "every": "5m"}, "schedules.jobs[1]: has 2 triggers", "cron, every"),
    ({**ONE, "timezone": "Europe/Berlim"}, "schedules.jobs[1].timezone", "Europe/Berlin"),
    ({"name": "x", "cron": "@daily"}, "schedules.jobs[1]: does not say what to do", "command"),
    ({"name": "x", "skill": "coffee"}, "schedules.jobs[1].skill", "not supported yet"),
    ({**ONE, "retry": {"max_attempts": 3}}, "schedules.jobs[1].retry", "not supported yet"),
    (TWO, "schedules.jobs[1].name: the name 'two' is already taken by schedules.jobs[0]", ""),
]


@pytest.mark.parametrize(("mistake", "where", "word"), MISTAKES)
def test_a_bad_job_is_listed_with_its_error_and_the_others_go_on(
    daemon: Daemon, mistake: dict[str, Any], where: str, word: str
) -> None:
    daemon.configure(TWO, mistake, {"name": "last", "every": "1s", "command": ["true"]})
    daemon.start()
    jobs = [plain(job) for job in daemon.own("ListJobs")[0]]
    assert len(jobs) == 3
    assert where in jobs[1]["error"]
    assert word in jobs[1]["error"]
    assert "next_run" not in jobs[1]
    assert "error" not in jobs[0]
    until(lambda: daemon.job("last")["run_count"], "the other job does not run")
    assert where in daemon.log


def test_all_mistakes_are_reported_at_once(daemon: Daemon) -> None:
    daemon.configure(*(mistake for mistake, _, _ in MISTAKES[:-1]))
    daemon.start()
    health = plain(daemon.own("Health"))
    assert len(health["problems"]) >= len(MISTAKES) - 1


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "not JSON"),
        ('{"schedules": {"jobs": [}}', "line 1, column"),
        ("[]", "must hold a JSON object"),
        ('{"schedules": []}', "schedules: must be an object"),
        ('{"schedules": {"timezone": 7}}', "schedules.timezone: must be a text"),
        ('{"schedules": {"enabled": 1}}', "schedules.enabled: must be true or false"),
        ('{"schedules": {"jobs": {}}}', "schedules.jobs: must be a list"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("\ufffe", "not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_last_good_in_force(
    daemon: Daemon, content: str, word: str
) -> None:
    daemon.configure(ONE)
    daemon.start()
    with daemon.signals() as gather:
        daemon.write_configuration(content)
        until(
            lambda: [b for name, b in gather() if name == "ConfigRejected" and word in str(b)],
            "no ConfigRejected came",
        )
    assert names(daemon) == ["one"]
    assert word in plain(daemon.own("Health"))["message"]
    daemon.stop()
    daemon.start()
    assert names(daemon) == ["one"]
    daemon.configure(TWO)
    until(lambda: names(daemon) == ["two"], "the mended file is not in force")
    assert plain(daemon.own("Health"))["healthy"] is True


def test_a_half_written_file_is_not_taken_for_the_whole(daemon: Daemon) -> None:
    daemon.configure(ONE)
    daemon.start()
    whole = text(ONE, TWO)
    with daemon.signals() as gather, daemon.configuration.open("w") as file:
        for start in range(0, len(whole), 20):
            file.write(whole[start : start + 20])
            file.flush()
            time.sleep(0.02)
        until(lambda: names(daemon) == ["one", "two"], "the whole is not in force")
        assert not [body for name, body in gather() if name == "ConfigRejected"]


def test_secrets_are_not_repeated_in_messages(daemon: Daemon) -> None:
    secret = "hunter2-hunter2"
    daemon.configure(
        {**ONE, "env": {"PASSWORD": secret, "BAD NAME": secret, "LIST": [secret]}, "tags": secret}
    )
    daemon.start()
    assert "schedules.jobs[0].env.BAD NAME" in daemon.log or "env" in daemon.log
    told = daemon.log + str(daemon.own("ListJobs")) + str(daemon.own("GetJob", "s", "one"))
    told += str(daemon.own("Health")) + (daemon.state / "state.json").read_text()
    assert secret not in told
    assert secret.encode() not in b"".join(
        path.read_bytes() for path in daemon.state.glob("wakeful.db*")
    )


def test_an_update_over_the_bus_keeps_what_it_does_not_know(daemon: Daemon) -> None:
    document = {
        "$comment": "mine",
        "slack": {"channel": "#x"},
        "schedules": {"//": "note", "timezone": "UTC", "jobs": [ONE]},
    }
    daemon.write_configuration(json.dumps(document))
    daemon.start()
    assert daemon.flat("update_config", "sss", "schedules", "timezone", "Asia/Tokyo")["success"]
    written = json.loads(daemon.configuration.read_text())
    document["schedules"]["timezone"] = "Asia/Tokyo"
    assert written == document
    assert list(written) == list(document)
    refused = daemon.flat("update_config", "sss", "schedules", "jobs", '[{"name": "x"}]')
    assert refused["success"] is False
    assert json.loads(daemon.configuration.read_text()) == document


def test_check_says_what_is_wrong_and_exits_accordingly(daemon: Daemon) -> None:
    daemon.configure({**ONE, "tiemout": 5})
    daemon.arguments = ["--check"]
    daemon.start(wait=False)
    assert daemon.ended() == 1
    assert "schedules.jobs[0].tiemout" in daemon.log
    daemon.configure(ONE)
    daemon.start(wait=False)
    assert daemon.ended() == 0
