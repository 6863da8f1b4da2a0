"""What programs made for the original cron daemon send, and must get back."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from jeepney import DBusAddress

from fixtures.daemon import FLAT, Daemon, until

FLAT_NAME = "com.aiworkflow.BotCron"
FLAT_WORDS = (FLAT_NAME, "/com/aiworkflow/BotCron", FLAT_NAME)


@pytest.fixture
def bot(daemon: Daemon) -> Daemon:
    daemon.configure(
        {"name": "daily_standup", "cron": "0 9 * * MON-FRI", "command": ["echo", "hello"]},
        {"name": "slow", "command": ["sleep", "30"]},
        {"name": "fails", "command": ["false"], "description": "always"},
        timezone="America/New_York",
    )
    daemon.start()
    return daemon


def busctl(daemon: Daemon, *arguments: str) -> str:
    done = subprocess.run(
        ["busctl", f"--address={daemon.address}", "call", *FLAT_WORDS, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    signature, _, value = done.stdout.strip().partition(" ")
    assert signature == "s"
    return json.loads(json.loads(value).replace("\n", ""))


def test_every_busctl_line_of_the_original_works_as_printed_there(bot: Daemon) -> None:
    toggled = busctl(bot, "toggle_job", "ss", "daily_standup", "false")
    assert toggled == {
        "success": True,
        "job": "daily_standup",
        "enabled": False,
        "message": "Job daily_standup disabled",
    }
    assert busctl(bot, "ToggleJob", "sb", "daily_standup", "true")["enabled"] is True
    started = busctl(bot, "run_job", "s", "daily_standup")
    assert started["success"] is True
    bot.outcome(started["execution_id"])
    (entry,) = busctl(bot, "get_history", "i", "10")
    assert entry["job_name"] == "daily_standup"
    assert entry["success"] is True
    assert entry["output_preview"] == "hello\n"


def test_run_job_answers_at_once_while_the_job_runs(bot: Daemon) -> None:
    began = time.monotonic()
    answer = bot.flat("run_job", "s", "slow")
    assert time.monotonic() - began < 0.1
    assert answer["success"] is True
    assert answer["job"] == "slow"
    running = next(job for job in bot.flat("list_jobs") if job["name"] == "slow")
    assert running["last_status"] == "running"
    bot.own("CancelExecution", "s", answer["execution_id"])
    assert bot.outcome(answer["execution_id"])["state"] == "cancelled"


def test_a_second_run_of_a_running_job_is_refused_with_the_reason(bot: Daemon) -> None:
    first = bot.flat("run_job", "s", "slow")
    second = bot.flat("run_job", "s", "slow")
    assert second["success"] is False
    assert first["execution_id"] in second["error"]


def test_signals_come_in_the_order_started_then_completed_or_failed(bot: Daemon) -> None:
    with bot.signals() as gather:
        good = bot.flat("run_job", "s", "daily_standup")["execution_id"]
        bot.outcome(good)
        bad = bot.flat("run_job", "s", "fails")["execution_id"]
        bot.outcome(bad)
        until(lambda: any(name == "JobFailed" for name, _ in gather()), "no JobFailed came")
        told = [(name, body) for name, body in gather() if name.startswith("Job")]
    told = [(name, body) for name, body in told if name != "JobChanged"]
    assert [name for name, _ in told] == ["JobStarted", "JobCompleted", "JobStarted", "JobFailed"]
    assert told[0][1] == ("daily_standup", good)
    assert told[1][1][:2] == ("daily_standup", good)
    assert json.loads(told[1][1][2])["exit_status"] == 0
    assert told[3][1] == ("fails", bad, "exit status 1")


def test_list_jobs_is_an_array_directly_and_an_object_through_call_method(bot: Daemon) -> None:
    direct = bot.flat("list_jobs")
    assert bot.by_name("list_jobs", []) == {"jobs": direct}
    assert bot.flat("ListJobs") == direct
    assert set(direct[0]) >= {
        *("name", "description", "skill", "cron", "trigger", "persona", "enabled", "notify"),
        *("next_run", "last_run", "last_status", "last_duration_ms", "run_count"),
    }
    assert direct[0]["next_run"].endswith(("-05:00", "-04:00"))


@pytest.mark.parametrize("arguments", [["daily_standup"], {"job_name": "daily_standup"}])
def test_call_method_takes_arrays_and_objects(bot: Daemon, arguments: object) -> None:
    assert bot.by_name("run_job", arguments)["success"] is True


@pytest.mark.parametrize(
    ("value", "meant"),
    [(True, True), (False, False), ("false", False), ("true", True), ("0", False), (1, True)],
)
def test_switches_are_read_in_any_form(bot: Daemon, value: object, meant: object) -> None:
    answer = bot.by_name("toggle_job", {"job_name": "daily_standup", "enabled": value})
    assert answer["enabled"] is meant
    assert bot.by_name("toggle_job", ["daily_standup", value])["enabled"] is meant


@pytest.mark.parametrize(
    ("member", "arguments", "words"),
    [
        ("no_such", [], "Unknown handler: no_such"),
        ("run_job", ["nope"], "no job 'nope'"),
        ("run_job", [], "takes job_name"),
        ("run_job", {"name": "x"}, "takes job_name"),
        ("run_job", [7], "must be a text"),
        ("toggle_job", ["daily_standup", "perhaps"], "neither true nor false"),
        ("get_history", ["many"], "limit"),
        ("get_config", ["hypervisor"], "'hypervisor' is not to be had here"),
        ("update_config", ["other", "key", 1], "'other' is not to be had here"),
    ],
)
def test_what_goes_wrong_is_said_with_success_false(
    bot: Daemon, member: str, arguments: object, words: str
) -> None:
    answer = bot.by_name(member, arguments)
    assert answer["success"] is False
    assert words in answer["error"]


def test_arguments_that_are_not_json_are_refused(bot: Daemon) -> None:
    answer = bot.flat("CallMethod", "ss", "run_job", "{nope")
    assert answer["success"] is False
    assert "not JSON" in answer["error"]


def test_history_is_newest_first_with_the_fields_clients_read(bot: Daemon) -> None:
    for job in ("daily_standup", "fails"):
        bot.outcome(bot.flat("run_job", "s", job)["execution_id"])
    history = bot.by_name("get_history", {"limit": 20})["history"]
    assert [entry["job_name"] for entry in history] == ["fails", "daily_standup"]
    assert set(history[0]) >= {
        *("id", "job_name", "skill", "timestamp", "success", "duration_ms", "error"),
        *("output_preview", "session_name"),
    }
    assert history[0]["error"] == "exit status 1"
    assert history[1]["error"] is None
    assert bot.by_name("get_history", [1])["history"] == history[:1]


def test_counters_are_real(bot: Daemon) -> None:
    for job in ("daily_standup", "daily_standup", "fails"):
        bot.outcome(bot.flat("run_job", "s", job)["execution_id"])
    status = until(
        lambda: (now := bot.flat("GetStatus"))["jobs_executed"] == 3 and now, "not counted"
    )
    assert status["running"] is True
    assert status["jobs_failed"] == 1
    assert status["job_count"] == 3
    assert status["uptime"] > 0
    assert status["timezone"] == "America/New_York"
    assert len(status["recent_executions"]) == 3
    stats = bot.flat("GetStats")
    assert "recent_executions" not in stats
    assert stats["service_name"] == FLAT_NAME
    health = bot.flat("HealthCheck")
    assert health["stats"]["total_executions"] == 3
    assert health["stats"]["success_rate"] == 0.667
    assert health["next_job"]["name"] == "daily_standup"
    assert health["last_execution"]["job"] == "fails"
    assert health["healthy"] is True
    assert set(health["checks"]) >= {"running", "scheduler_running", "uptime_ok"}


def test_the_state_is_complete(bot: Daemon) -> None:
    state = bot.by_name("get_state", {})["state"]
    assert set(state) >= {
        *("enabled", "timezone", "execution_mode", "jobs", "history", "total_history"),
        "updated_at",
    }
    written = bot.by_name("write_state", [])
    assert written == {"success": True, "file": str(bot.state / "state.json")}


def test_the_whole_scheduler_is_paused_and_resumed(bot: Daemon) -> None:
    with bot.signals() as gather:
        assert bot.flat("toggle_scheduler", "b", False)["enabled"] is False
        assert bot.flat("GetStats")["enabled"] is False
        assert bot.flat("toggle_scheduler", "s", "true")["enabled"] is True
        until(lambda: ("SchedulerToggled", (True,)) in gather(), "no SchedulerToggled came")
        assert ("SchedulerToggled", (False,)) in gather()


def test_jobs_are_enabled_and_disabled_by_their_own_methods(bot: Daemon) -> None:
    assert bot.by_name("disable_job", {"job_name": "slow"})["enabled"] is False
    assert bot.by_name("enable_job", ["slow"])["enabled"] is True


def test_configuration_is_read_and_changed_through_the_same_checks(bot: Daemon) -> None:
    value = bot.by_name("get_config", {"section": "schedules"})["value"]
    assert value["timezone"] == "America/New_York"
    assert bot.flat("get_config", "ss", "schedules", "timezone") == "America/New_York"
    answer = bot.flat("update_config", "sss", "schedules", "timezone", '"Europe/Paris"')
    assert answer["success"] is True
    assert answer["value"] == "Europe/Paris"
    assert bot.flat("GetStats")["timezone"] == "Europe/Paris"
    refused = bot.flat("update_config", "sss", "schedules", "timezone", "Mars/Olympus")
    assert refused["success"] is False
    assert "Mars/Olympus" in refused["error"]
    assert bot.flat("GetStats")["timezone"] == "Europe/Paris"


def test_reload_config_reports_what_changed(bot: Daemon) -> None:
    bot.configure({"name": "other", "command": ["true"]})
    answer = bot.by_name("reload_config", {})
    assert answer["success"] is True
    assert [job["name"] for job in bot.flat("list_jobs")] == ["other"]


def test_properties_tell_the_truth(bot: Daemon) -> None:
    properties = DBusAddress(
        FLAT.object_path, FLAT.bus_name, interface="org.freedesktop.DBus.Properties"
    )
    values = bot.call(properties, "GetAll", "s", FLAT_NAME)
    assert values["Running"] == ("b", True)
    assert values["Uptime"][0] == "d"
    assert json.loads(values["Stats"][1])["job_count"] == 3


def test_the_answer_of_ping_is_bare_and_of_call_method_an_object(bot: Daemon) -> None:
    assert bot.call(FLAT, "Ping") == "pong"
    assert bot.by_name("ping", [])["success"] is True


def test_shutdown_answers_and_then_ends_with_status_zero(bot: Daemon) -> None:
    assert bot.flat("Shutdown") == {"success": True, "message": "Shutdown initiated"}
    began = time.monotonic()
    assert bot.ended() == 0
    assert time.monotonic() - began < 2


def test_the_older_name_is_served_when_the_configuration_asks_for_it(bot: Daemon) -> None:
    name = "com.aiworkflow.CronScheduler"
    alias = DBusAddress("/com/aiworkflow/CronScheduler", name, interface=name)
    bot.configure({"name": "one", "command": ["true"]}, cron_scheduler_alias=True)
    bot.own("Reload")
    until(lambda: "Status" in str(_answers(bot, alias)), "the alias does not answer")
    assert json.loads(bot.call(alias, "GetStatus"))["service_name"] == name
    bot.configure({"name": "one", "command": ["true"]}, cron_scheduler_alias=False)
    bot.own("Reload")
    until(lambda: not _answers(bot, alias), "the alias still answers")


def _answers(bot: Daemon, alias: DBusAddress) -> str | None:
    try:
        return "Status " + bot.call(alias, "Ping")
    except Exception:  # noqa: BLE001 - whatever says that nobody is there
        return None
