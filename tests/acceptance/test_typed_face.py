"""org.wakeful.Scheduler1 as an independent client sees it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from jeepney import DBusAddress

from fixtures.daemon import MANAGER, CallFailed, Daemon, plain, until

ERROR = "org.wakeful.Scheduler1.Error."
SHIPPED = Path(__file__).parents[2] / "data" / "dbus"


@pytest.fixture
def served(daemon: Daemon) -> Daemon:
    daemon.configure(
        {"name": "echo", "command": ["echo", "hello"], "tags": ["a", "b"], "env": {"KEY": "x"}},
        {"name": "slow", "command": ["sleep", "30"], "timeout_seconds": "1h"},
        {"name": "often", "cron": "*/5 * * * *", "command": ["true"], "description": "Often"},
        {"name": "wrong", "cron": "61 * * * *", "command": ["true"]},
        timezone="Europe/Berlin",
    )
    daemon.start()
    return daemon


def test_jobs_are_listed_in_the_order_of_the_configuration_with_their_types(served: Daemon) -> None:
    jobs, cursor = served.own("ListJobs")
    assert cursor == ""
    assert [job["name"] for job in map(plain, jobs)] == ["echo", "slow", "often", "wrong"]
    types = {name: signature for name, (signature, _) in jobs[2].items()}
    assert types["next_run"] == "t"
    assert types["enabled"] == "b"
    assert types["run_count"] == "u"
    often = plain(jobs[2])
    assert often["next_run"] % 300_000_000 == 0
    assert often["trigger"] == "cron"
    assert often["schedule"] == "*/5 * * * *"
    assert often["timezone"] == "Europe/Berlin"
    assert "last_run" not in often


def test_jobs_are_listed_by_page(served: Daemon) -> None:
    first, cursor = served.own("ListJobs", limit=("u", 3))
    assert len(first) == 3
    second, end = served.own("ListJobs", limit=("u", 3), after=("s", cursor))
    assert [plain(job)["name"] for job in second] == ["wrong"]
    assert end == ""


def test_a_job_with_errors_is_listed_with_them_and_does_not_run(served: Daemon) -> None:
    wrong = served.job("wrong")
    assert "schedules.jobs[3].cron" in wrong["error"]
    assert "61 is not between 0 and 59" in wrong["error"]
    with pytest.raises(CallFailed) as failure:
        served.run("wrong")
    assert failure.value.name == ERROR + "InvalidJob"


def test_a_job_is_shown_with_its_next_slots_and_without_values_of_its_environment(
    served: Daemon,
) -> None:
    often = plain(served.own("GetJob", "s", "often", slots=("u", 3)))
    assert len(often["slots"]) == 3
    assert often["slots"][1] - often["slots"][0] == 300_000_000
    echo = served.job("echo")
    assert echo["environment"] == ["KEY"]
    assert echo["arguments"][1:] == ["hello"]
    assert Path(echo["arguments"][0]).is_absolute()
    assert "x" not in echo.values()


def test_an_execution_is_recorded_with_everything_about_it(served: Daemon) -> None:
    before = time.time_ns() // 1000
    execution_id = served.run("echo")
    record = served.outcome(execution_id)
    assert record["state"] == "succeeded"
    assert record["exit_status"] == 0
    assert record["cause"] == "manual"
    assert record["attempt"] == 1
    assert "slot" not in record
    assert before <= record["queued_at"] <= record["started_at"] <= record["ended_at"]
    assert f"uid {os.getuid()}, pid {os.getpid()} (" in record["requested_by"]
    assert served.output(record) == b"hello\n"


def test_history_is_filtered_and_paged(served: Daemon) -> None:
    for _ in range(5):
        served.outcome(served.run("echo"))
    ids = [record["execution_id"] for record in served.history(job=("s", "echo"))]
    assert ids == sorted(ids, reverse=True)
    page, cursor = served.own("GetHistory", limit=("u", 2))
    rest = served.history(limit=("u", 100), cursor=("s", cursor))
    assert [plain(one)["execution_id"] for one in page] + [
        one["execution_id"] for one in rest
    ] == ids
    assert served.history(states=("as", ["failed"])) == []
    with pytest.raises(CallFailed, match="no state 'sad'"):
        served.history(states=("as", ["sad"]))
    with pytest.raises(CallFailed) as failure:
        served.history(job=("s", "nobody"))
    assert failure.value.name == ERROR + "NoSuchJob"


def test_cancelling_stops_everything_and_says_who_asked(served: Daemon) -> None:
    execution_id = served.run("slow")
    served.own("CancelExecution", "s", execution_id)
    record = served.outcome(execution_id)
    assert record["state"] == "cancelled"
    assert "cancelled by uid" in record["reason"]
    assert record["signal"] == 15
    with pytest.raises(CallFailed) as failure:
        served.own("CancelExecution", "s", execution_id)
    assert failure.value.name == ERROR + "NoSuchExecution"


def test_a_running_job_runs_a_second_time_only_by_force(served: Daemon) -> None:
    first = served.run("slow")
    with pytest.raises(CallFailed) as failure:
        served.run("slow")
    assert failure.value.name == ERROR + "AlreadyRunning"
    second = served.own("RunJob", "s", "slow", force=("b", True))
    assert served.job("slow")["running"] == [first, second]


def test_the_log_comes_as_a_file_descriptor(served: Daemon) -> None:
    record = served.outcome(served.run("echo"))
    descriptor = served.own("OpenLog", "s", record["execution_id"])
    with descriptor.to_file("rb") as log:
        assert log.read() == b"hello\n"


def test_no_descriptor_is_left_in_the_daemon(served: Daemon) -> None:
    record = served.outcome(served.run("echo"))

    def descriptors() -> int:
        return len(list(Path(f"/proc/{served.pid}/fd").iterdir()))

    before = descriptors()
    for _ in range(50):
        served.own("OpenLog", "s", record["execution_id"]).close()
    until(lambda: descriptors() <= before, "descriptors are left open")


def test_unknown_options_and_wrong_types_are_refused(served: Daemon) -> None:
    with pytest.raises(CallFailed, match=r"unknown option 'forse'.*did you mean 'force'"):
        served.own("RunJob", "s", "echo", forse=("b", True))
    with pytest.raises(CallFailed, match="option 'force' is of type 'b', not 's'"):
        served.own("RunJob", "s", "echo", force=("s", "yes"))
    with pytest.raises(CallFailed) as failure:
        served.call(MANAGER, "RunJob", "i", 3)
    assert failure.value.name == "org.freedesktop.DBus.Error.InvalidArgs"


def test_signals_tell_of_executions_in_order(served: Daemon) -> None:
    with served.signals() as gather:
        execution_id = served.run("echo")
        until(
            lambda: [name for name, _ in gather() if name == "ExecutionFinished"],
            "no ExecutionFinished came",
        )
        until(lambda: ("JobChanged", ("echo",)) in gather(), "no JobChanged came")
        told = [(name, body) for name, body in gather() if name.startswith("Execution")]
    assert [name for name, _ in told] == ["ExecutionStarted", "ExecutionFinished"]
    assert told[0][1] == (execution_id, "echo", 0, "manual")
    assert told[1][1][:3] == (execution_id, "echo", "succeeded")
    assert plain(told[1][1][3])["exit_status"] == 0


def test_the_whole_scheduler_is_switched_and_the_property_follows(served: Daemon) -> None:
    properties = DBusAddress(
        MANAGER.object_path, MANAGER.bus_name, interface="org.freedesktop.DBus.Properties"
    )
    with served.signals() as gather:
        served.own("SetEnabled", "b", False)
        assert served.call(properties, "Get", "ss", MANAGER.interface, "Enabled") == ("b", False)
        changed = (MANAGER.interface, {"Enabled": ("b", False)}, [])
        until(lambda: ("PropertiesChanged", changed) in gather(), "no PropertiesChanged came")
    assert "next_run" not in served.job("often")
    served.own("SetEnabled", "b", True)
    assert "next_run" in served.job("often")


def test_health_names_what_is_wrong(served: Daemon) -> None:
    health = plain(served.own("Health"))
    assert health["healthy"] is False
    assert "schedules.jobs[3].cron" in health["message"]
    assert health["job_count"] == 4
    assert health["next_job"] == "often"


def test_what_is_shipped_is_what_is_served(served: Daemon) -> None:
    for name, path in (
        ("org.wakeful.Scheduler1", "/org/wakeful/Scheduler1"),
        ("com.aiworkflow.BotCron", "/com/aiworkflow/BotCron"),
    ):
        address = DBusAddress(path, name, interface="org.freedesktop.DBus.Introspectable")
        live = ET.fromstring(served.call(address, "Introspect"))
        shipped = ET.parse(SHIPPED / f"{name}.xml").getroot()
        for interface in shipped.iter("interface"):
            found = next(
                one for one in live.iter("interface") if one.get("name") == interface.get("name")
            )
            assert _members(found) == _members(interface)


def _members(interface: ET.Element) -> list[tuple[str, ...]]:
    return sorted(
        (
            member.tag,
            member.get("name", ""),
            member.get("access", ""),
            member.get("type", ""),
            *(
                f"{argument.get('direction', '')} {argument.get('name')} {argument.get('type')}"
                for argument in member.iter("arg")
            ),
        )
        for member in interface
        if member.tag in ("method", "signal", "property")
    )


def test_busctl_reads_the_tree(served: Daemon) -> None:
    tree = subprocess.run(
        ["busctl", f"--address={served.address}", "tree", "--list", "org.wakeful.Scheduler1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "/org/wakeful/Scheduler1" in tree
    assert "/com/aiworkflow/BotCron" in tree


def test_a_second_daemon_says_so_and_exits(served: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    second = Daemon(folder, served.address)
    second.configure({"name": "one", "command": ["true"]})
    second.start(wait=False)
    assert second.ended() == 0
    assert "already" in second.log
    assert not second.state.exists() or not (second.state / "wakeful.db").exists()


def test_the_same_answers_come_from_both_libraries(daemon: Daemon) -> None:
    answers = []
    daemon.configure({"name": "echo", "command": ["echo"], "cron": "0 9 * * *"})
    for library in ("dbus-next", "dbus-fast"):
        daemon.environment["WAKEFUL_DBUS_LIBRARY"] = library
        daemon.start()
        record = daemon.outcome(daemon.run("echo"))
        jobs = json.dumps(daemon.own("ListJobs")[0][0]["name"])
        answers.append((record["state"], jobs, daemon.flat("list_jobs")[0]["cron"]))
        daemon.stop()
    assert answers[0] == answers[1]
