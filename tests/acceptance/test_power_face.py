"""org.wakeful.Scheduler1.Power, and the time of jobs, as an independent client sees them."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import DBusAddress

from fixtures.daemon import CallFailed, Daemon, plain, until
from fixtures.logind import Desktop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.bus import Bus
    from fixtures.logind import FakeLogind

ERROR = "org.wakeful.Scheduler1.Error."
SHIPPED = Path(__file__).parents[2] / "data/dbus/org.wakeful.Scheduler1.Power.xml"
PATH = "/org/wakeful/Scheduler1/power"
NAME = "org.wakeful.Scheduler1"
POWER = DBusAddress(PATH, NAME, interface="org.wakeful.Scheduler1.Power")
PROPERTIES = DBusAddress(PATH, NAME, interface="org.freedesktop.DBus.Properties")


@pytest.fixture
def logind(own_bus: Bus) -> Iterator[FakeLogind]:
    desktop = Desktop(own_bus.address)
    yield desktop.logind()
    desktop.close()


@pytest.fixture
def sleeper(tmp_path: Path, own_bus: Bus, logind: FakeLogind) -> Iterator[Daemon]:
    """A daemon on a machine that a fake logind puts to sleep."""
    daemon = Daemon(tmp_path, own_bus.address)
    daemon.environment["DBUS_SYSTEM_BUS_ADDRESS"] = own_bus.address
    daemon.configure(
        {"name": "nightly", "cron": "30 2 * * *", "command": ["true"]},
        {"name": "quick", "command": ["true"]},
        {"name": "guarded", "command": ["sleep", "300"], "on_sleep": "hold"},
        {"name": "woken", "every": "1h", "command": ["true"], "wake": True},
        timezone="Europe/Berlin",
    )
    daemon.start()
    until(lambda: logind.held, "the daemon takes no lock")
    yield daemon
    daemon.disconnect()
    if daemon.process is not None and daemon.process.poll() is None:
        daemon.stop()


def properties(daemon: Daemon) -> dict[str, Any]:
    return plain(daemon.call(PROPERTIES, "GetAll", "s", POWER.interface))


def periods(daemon: Daemon, **options: object) -> list[dict[str, Any]]:
    return [plain(one) for one in daemon.call(POWER, "ListPeriods", "a{sv}", options)]


def test_what_is_shipped_is_what_is_served(sleeper: Daemon) -> None:
    address = DBusAddress(PATH, NAME, interface="org.freedesktop.DBus.Introspectable")
    live = ET.fromstring(sleeper.call(address, "Introspect"))
    found = next(one for one in live.iter("interface") if one.get("name") == POWER.interface)
    (shipped,) = ET.parse(SHIPPED).getroot().iter("interface")
    assert _members(found) == _members(shipped)


def _members(interface: ET.Element) -> list[tuple[str | None, ...]]:
    return sorted(
        (
            member.tag,
            *(member.get(key, "") for key in ("name", "access", "type")),
            *(
                f"{argument.get('direction', '')} {argument.get('name')} {argument.get('type')}"
                for argument in member.iter("arg")
            ),
        )
        for member in interface
        if isinstance(member.tag, str)
    )


def test_a_machine_that_has_not_slept(sleeper: Daemon) -> None:
    known = properties(sleeper)
    assert not known["PreparingForSleep"]
    assert (known["WakeCount"], known["LastWake"], known["LastNap"]) == (0, 0, 0)
    assert known["WakeJob"] == "woken"
    assert known["WakeAt"] > time.time_ns() // 1000
    assert known["Holds"] == []
    assert "sleep" not in known["Missing"]
    assert periods(sleeper) == []


def test_sleep_is_told_by_signals_and_properties(sleeper: Daemon, logind: FakeLogind) -> None:
    with sleeper.signals() as gather:
        logind.prepare(for_sleep=True)
        until(lambda: ("Sleeping", ()) in gather(), "nobody told of the sleep")
        assert properties(sleeper)["PreparingForSleep"]
        logind.prepare(for_sleep=False)
        until(lambda: [name for name, _ in gather() if name == "Resumed"], "no word of the wake")
        told = [
            set(body[1])
            for name, body in gather()
            if name == "PropertiesChanged" and body[0] == POWER.interface
        ]
    assert {"PreparingForSleep"} in told
    assert {"PreparingForSleep", "WakeCount", "LastWake", "LastNap"} in told
    known = properties(sleeper)
    assert not known["PreparingForSleep"]
    assert known["WakeCount"] == 1
    assert known["LastWake"] > 0
    (period,) = periods(sleeper)
    assert (period["kind"], period["source"]) == ("asleep", "logind")
    assert period["since"] <= period["until"]


def test_a_time_without_daemon_is_a_period(sleeper: Daemon) -> None:
    before = time.time_ns() // 1000
    sleeper.outcome(sleeper.run("quick"))  # a sign of life
    sleeper.kill()
    sleeper.start()
    period = until(lambda: periods(sleeper), "the absence is not on record")[0]
    assert (period["kind"], period["source"]) == ("off", "start")
    assert before <= period["since"] < period["until"]
    assert periods(sleeper, until=("t", before - 3_600_000_000)) == []
    assert len(periods(sleeper, since=("t", before), limit=("u", 1))) == 1
    with pytest.raises(CallFailed, match="unknown option 'kind'"):
        periods(sleeper, kind=("s", "off"))


def test_a_job_that_holds_the_machine_awake_is_named(sleeper: Daemon) -> None:
    execution = sleeper.run("guarded")
    until(lambda: properties(sleeper)["Holds"] == ["guarded"], "nothing keeps it awake")
    sleeper.own("CancelExecution", "s", execution)
    until(lambda: properties(sleeper)["Holds"] == [], "it is kept awake for nothing")


def test_a_slot_to_come_is_explained(sleeper: Daemon) -> None:
    explanation = plain(sleeper.own("Explain", "st", "nightly", 0))
    assert (explanation["job"], explanation["state"]) == ("nightly", "planned")
    assert explanation["slot"] == sleeper.job("nightly")["next_run"]
    assert "obstacles" not in explanation
    sleeper.own("SetJobEnabled", "sb", "nightly", False)
    explanation = plain(sleeper.own("Explain", "st", "nightly", 0))
    assert explanation["obstacles"] == ["The job is disabled."]
    with pytest.raises(CallFailed) as failure:
        sleeper.own("Explain", "st", "nobody", 0)
    assert failure.value.name == ERROR + "NoSuchJob"


def test_a_slot_that_was_executed_is_explained(sleeper: Daemon) -> None:
    at = datetime.now(UTC) - timedelta(seconds=2)
    sleeper.configure({"name": "once", "at": at.isoformat(), "command": ["true"]})
    sleeper.own("Reload")
    (execution,) = until(lambda: sleeper.history(job=("s", "once")), "it was not made up for")
    sleeper.outcome(execution["execution_id"])
    explanation = plain(sleeper.own("Explain", "st", "once", time.time_ns() // 1000))
    assert explanation["state"] == "executed"
    assert explanation["execution_id"] == execution["execution_id"]
    assert explanation["execution_state"] == "succeeded"


def test_a_missed_slot_waits_for_the_answer(sleeper: Daemon) -> None:
    earlier = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    sleeper.configure({"name": "ask", "at": earlier, "missed": "ask", "command": ["true"]})
    sleeper.own("Reload")
    waiting = until(lambda: "waiting" in (job := sleeper.job("ask")) and job, "nothing waits")
    assert waiting["waiting_reason"] == "condition:answer"
    assert waiting["waiting"] == plain(sleeper.own("Explain", "st", "ask", 0))["slot"]
    sleeper.own("AnswerMissed", "sb", "ask", True)
    (execution,) = until(lambda: sleeper.history(job=("s", "ask")), "it was not made up for")
    assert sleeper.outcome(execution["execution_id"])["state"] == "succeeded"
    assert "waiting" not in sleeper.job("ask")
    with pytest.raises(CallFailed) as failure:
        sleeper.own("AnswerMissed", "sb", "ask", True)
    assert failure.value.name == ERROR + "InvalidArgs"


def test_the_policies_of_a_job_are_told_with_their_types(sleeper: Daemon) -> None:
    sleeper.configure(
        {
            "name": "careful",
            "cron": "30 2 * * *",
            "command": ["true"],
            "dst": "skip",
            "priority": "high",
            "missed": {"policy": "run-all", "within": "2d", "cap": 3},
            "when": {"ac": True, "idle": "5m", "load_below": 2.5, "deadline": "4h"},
            "wake": {"lead": "1m"},
            "on_sleep": "freeze",
        }
    )
    sleeper.own("Reload")
    job = sleeper.job("careful")
    assert (job["priority"], job["dst"]) == ("high", "skip")
    assert job["missed"] == {
        "policy": ("s", "run-all"),
        "within": ("t", 172_800_000_000),
        "cap": ("u", 3),
    }
    assert job["when"] == {
        "ac": ("b", True),
        "idle": ("t", 300_000_000),
        "load_below": ("d", 2.5),
        "deadline": ("t", 14_400_000_000),
        "at_deadline": ("s", "miss"),
    }
    assert job["wake"] == {
        "lead": ("t", 60_000_000),
        "battery_above": ("u", 20),
        "lid": ("b", True),
    }
    assert job["on_sleep"]["policy"] == ("s", "freeze")


def test_clock_changes_are_listed_with_what_happens(sleeper: Daemon) -> None:
    sleeper.configure(
        {"name": "nightly", "cron": "30 2 * * *", "command": ["true"]},
        {"name": "weekly", "cron": "30 2 * * 3", "command": ["true"]},
        {"name": "event", "calendar": "daily", "command": ["true"]},
        timezone="Europe/Berlin",
    )
    sleeper.own("Reload")
    changes, untold = sleeper.own("ListClockChanges")
    assert untold == ["event"]
    told = list(map(plain, changes))
    assert {one["job"] for one in told} == {"nightly"}
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    gap = next(one for one in told if one["kind"] == "gap")
    assert (gap["before"], gap["after"], gap["effect"]) == (3600, 7200, "moved")
    assert gap["runs_at"] == gap["at"]
    assert gap["times"][0].endswith("T02:30:00")
    assert gap["text"] == "02:30 does not exist; it runs once instead, at 03:00"
    later = ("t", time.time_ns() // 1000 + 10 * 366 * 86_400_000_000)
    assert len(sleeper.own("ListClockChanges", job=("s", "nightly"), until=later)[0]) >= 19
    assert sleeper.own("ListClockChanges", job=("s", "weekly"))[0] == []
    with pytest.raises(CallFailed) as failure:
        sleeper.own("ListClockChanges", job=("s", "nobody"))
    assert failure.value.name == ERROR + "NoSuchJob"


def test_slots_near_a_clock_change_have_a_note(sleeper: Daemon) -> None:
    job = plain(sleeper.own("GetJob", "s", "nightly", slots=("u", 366)))
    assert len(job["notes"]) == len(job["slots"]) == 366
    notes = [note for note in job["notes"] if note]
    assert "instead of 02:30, which the clock leaves out" in notes
    assert "02:30 comes twice; the first only" in notes
