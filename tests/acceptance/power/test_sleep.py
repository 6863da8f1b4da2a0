"""Before a sleep all is put in order, nothing starts during it, and afterwards all goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.daemon import until
from fixtures.machine import HOUR, instant

if TYPE_CHECKING:
    from fixtures.bus import Bus
    from fixtures.daemon import Daemon
    from fixtures.logind import Desktop
    from fixtures.machine import Machine

A_JOB = {"name": "one", "cron": "0 3 * * *", "command": ["true"]}
RIGHT_AFTER_SECONDS = 2.0
"""The promise is 0.25; a busy machine that runs tests is allowed more."""


def test_the_lock_is_given_back_within_a_second_when_all_is_on_disk(machine: Machine) -> None:
    machine.start(A_JOB)
    announced = machine.clocks.now
    # Of this end the file would know a second later only.
    machine.daemon.outcome(machine.daemon.run("one"))
    took = machine.fall_asleep()
    released = machine.clocks.now
    print(f"lock given back after {took * 1000:.1f} ms")  # noqa: T201 - of interest
    assert took < 1.0
    state = machine.daemon.state_document
    assert state["jobs"][0]["run_count"] == 1
    written = instant(state["updated_at"]) / 1e6
    assert announced <= written <= released


def test_the_lock_is_taken_again_after_each_wake_up(machine: Machine) -> None:
    machine.start(A_JOB)
    for nap in (1, 2):
        machine.sleep(HOUR)
        machine.await_delay_lock()
        machine.await_awake(nap)
    assert round(machine.property("LastNap") / 1e6) == HOUR
    assert machine.property("PreparingForSleep") is False


def test_the_lock_is_taken_again_after_a_restart_of_logind(machine: Machine) -> None:
    machine.start(A_JOB)
    machine.logind.stop()
    machine.logind.start()
    until(lambda: len(machine.logind.inhibitors) == 2, machine.daemon.log)
    machine.await_delay_lock()
    machine.sleep(HOUR)
    machine.await_awake()


def test_a_wake_up_while_logind_was_away_is_noticed(machine: Machine) -> None:
    machine.start(A_JOB)
    machine.fall_asleep()
    machine.logind.stop()
    machine.logind.prepare(for_sleep=False, silently=True)
    machine.clocks.sleep(HOUR)
    machine.logind.start()
    machine.await_awake()
    machine.await_delay_lock()
    assert machine.await_periods(1)[0]["kind"] == "asleep"


def test_without_a_system_bus_the_daemon_works_and_says_so_once(daemon: Daemon) -> None:
    daemon.configure({**A_JOB, "when": {"ac": True}})
    daemon.start()
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"
    daemon.stop()
    assert daemon.log.count("cannot reach the system bus") == 1, daemon.log


def test_without_logind_the_daemon_works_and_says_so_once(daemon: Daemon, own_bus: Bus) -> None:
    daemon.environment["DBUS_SYSTEM_BUS_ADDRESS"] = own_bus.address
    daemon.configure({**A_JOB, "when": {"ac": True}})
    daemon.start()
    assert daemon.outcome(daemon.run("one"))["state"] == "succeeded"
    until(lambda: "login1" in daemon.log, "nothing is said")
    daemon.stop()
    assert daemon.log.count("login1 cannot be asked") == 1, daemon.log


def test_a_logind_that_comes_later_is_used(daemon: Daemon, own_bus: Bus, desktop: Desktop) -> None:
    daemon.environment["DBUS_SYSTEM_BUS_ADDRESS"] = own_bus.address
    daemon.configure(A_JOB)
    daemon.start()
    until(lambda: "login1 cannot be asked" in daemon.log, "it is not missed")
    logind = desktop.logind()
    until(lambda: [one.mode for one in logind.held] == ["delay"], daemon.log)
    logind.prepare(for_sleep=True)
    until(lambda: not logind.held, "the machine is kept from sleeping")
    logind.prepare(for_sleep=False)
    until(lambda: logind.held, "the lock is not taken again")


def test_nothing_starts_in_sleep_and_what_was_due_starts_right_after_it(machine: Machine) -> None:
    due_later = machine.clocks.now + 10 * HOUR
    machine.start(
        {"name": "now", "at": machine.at(20), "command": ["true"]},
        {"name": "later", "at": machine.at(10 * HOUR), "command": ["true"]},
    )
    machine.fall_asleep()
    machine.clocks.pass_time(20)
    machine.await_waiting("now", "asleep")
    assert machine.started("now") == []
    woken = machine.wake_up(8.5 * HOUR)
    (made_up,) = machine.await_runs("now")
    delay = made_up["started_at"] / 1e6 - woken
    print(f"started {delay * 1000:.1f} ms after logind's word")  # noqa: T201 - of interest
    assert delay < RIGHT_AFTER_SECONDS
    assert made_up["cause"] == "catch-up"
    assert made_up["late"] / 1e6 >= 8.5 * HOUR
    # The rest is for the timer of the kernel.
    machine.clocks.pass_time(due_later - machine.clocks.now - 0.2)
    (on_time,) = machine.await_runs("later")
    assert on_time["cause"] == "schedule"
    assert 0 <= on_time["late"] / 1e6 < RIGHT_AFTER_SECONDS
    assert len(machine.started("now")) == 1


def test_a_job_missed_in_the_night_is_made_up_for_once(machine: Machine) -> None:
    show = [
        "sh",
        "-c",
        "echo $WAKEFUL_CAUSE $WAKEFUL_MISSED_COUNT $WAKEFUL_SLOT; echo $WAKEFUL_LATE_MS",
    ]
    machine.start({"name": "hourly", "cron": "0 * * * *", "command": show})
    woken = machine.sleep(8.5 * HOUR)
    (run,) = machine.await_runs("hourly")
    assert run["started_at"] / 1e6 - woken < RIGHT_AFTER_SECONDS
    assert run["slot"] == instant("2026-11-21T06:00:00+00:00")
    told, late = machine.daemon.output(run).decode().splitlines()
    assert told == "catch-up 7 2026-11-21T06:00:00+00:00"
    assert abs(int(late) - run["late"] // 1000) <= 1
    assert machine.closed("hourly") == [(7, "coalesced", "asleep")]
    slept = machine.explain("hourly", "2026-11-21T03:00:00+00:00")
    assert (slept["state"], slept["reason"], slept["count"]) == ("coalesced", "asleep", 7)
    assert [period["kind"] for period in map(_values, slept["periods"])] == ["asleep"]
    made_up = machine.explain("hourly", "2026-11-21T06:00:00+00:00")
    assert (made_up["state"], made_up["execution_id"]) == ("executed", run["execution_id"])
    assert machine.daemon.job("hourly")["next_run"] == instant("2026-11-21T07:00:00+00:00")


def _values(record: dict[str, tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, (_, value) in record.items()}


def test_a_sleep_is_told_on_the_bus(machine: Machine) -> None:
    machine.start({**A_JOB, "cron": "0 * * * *"})
    with machine.daemon.signals() as signals:
        machine.sleep(8 * HOUR)
        machine.await_awake()
        told = until(
            lambda: (
                [one for one in signals() if one[0] in {"Sleeping", "Resumed"}][1:]
                and [one for one in signals() if one[0] in {"Sleeping", "Resumed"}]
            ),
            "nothing is told",
        )
    (sleeping, resumed) = told
    assert sleeping == ("Sleeping", ())
    assert round(resumed[1][0] / 1e6) == 8 * HOUR
    assert resumed[1][1] == 8


def test_missed_jobs_come_a_few_at_a_time_the_most_urgent_first(machine: Machine) -> None:
    priorities = ["low", "normal", "critical", "high", "low", "normal", "critical", "high"]
    machine.start(
        *(
            {
                "name": f"job {number}",
                "cron": f"{number} 3 * * *",
                "command": ["sleep", "0.1"],
                "priority": priority,
            }
            for number, priority in enumerate(priorities)
        ),
        resume={"at_once": 2},
    )
    machine.sleep(8 * HOUR)
    runs = [machine.await_runs(f"job {number}")[0] for number in range(8)]
    assert {run["cause"] for run in runs} == {"catch-up"}
    begins = [(run["started_at"], 1) for run in runs]
    ends = [(run["ended_at"], -1) for run in runs]
    at_once = most = 0
    for _, step in sorted(begins + ends):
        at_once += step
        most = max(most, at_once)
    assert most == 2
    runs.sort(key=lambda run: run["execution_id"])
    order = [priorities[int(run["job"].removeprefix("job "))] for run in runs]
    # Two of the same priority are let in at the same time, and may end in any order.
    assert order == ["critical"] * 2 + ["high"] * 2 + ["normal"] * 2 + ["low"] * 2


def test_one_sleep_is_one_wake_up_whoever_tells_of_it_first(machine: Machine) -> None:
    machine.start(A_JOB)
    machine.fall_asleep()
    machine.clocks.sleep(8 * HOUR)
    # The clocks have told before logind does.
    until(lambda: "the clock was set, or the machine woke up" in machine.daemon.log, "not told")
    machine.wake_up()
    machine.await_awake()
    (run,) = machine.await_runs("one")
    assert run["cause"] == "catch-up"
    (period,) = machine.await_periods(1)
    assert (period["kind"], period["source"]) == ("asleep", "logind")
    assert round(period["asleep"] / 1e6) == 8 * HOUR
    assert machine.property("WakeCount") == 1


def test_a_sleep_that_does_not_come_about_holds_nothing_up(machine: Machine) -> None:
    machine.start({"name": "soon", "at": machine.at(20), "command": ["true"]})
    machine.fall_asleep()
    machine.clocks.pass_time(20)
    machine.await_waiting("soon", "asleep")
    machine.wake_up()
    (run,) = machine.await_runs("soon")
    assert run["cause"] == "schedule"
    machine.await_delay_lock()


def test_what_is_asked_for_by_hand_starts_at_any_time(machine: Machine) -> None:
    machine.start(A_JOB)
    machine.fall_asleep()
    assert machine.daemon.outcome(machine.daemon.run("one"))["state"] == "succeeded"
    machine.wake_up()
    machine.await_awake()
