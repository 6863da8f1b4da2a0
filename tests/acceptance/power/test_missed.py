"""What becomes of slots that passed unattended, as each job wants it: in sleep and while off."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from fixtures.daemon import CallFailed, until
from fixtures.machine import HOUR, instant

if TYPE_CHECKING:
    from fixtures.machine import Machine

HOURLY = {"name": "hourly", "cron": "0 * * * *", "command": ["true"]}
NIGHT = 8.5 * HOUR
"""From ten past ten until twenty to seven: eight full hours."""
LAST = "2026-11-21T06:00:00+00:00"


def test_skip_makes_up_for_nothing_and_counts_it(machine: Machine) -> None:
    machine.start({**HOURLY, "missed": "skip"})
    machine.sleep(NIGHT)
    until(lambda: machine.closed("hourly"), machine.daemon.log)
    assert machine.closed("hourly") == [(8, "missed", "asleep")]
    assert machine.started("hourly") == []
    assert machine.daemon.job("hourly")["missed_count"] == 8
    assert machine.daemon.job("hourly")["next_run"] == instant("2026-11-21T07:00:00+00:00")


def test_run_all_makes_up_for_the_last_few_one_after_the_other(machine: Machine) -> None:
    machine.start({**HOURLY, "missed": {"policy": "run-all", "cap": 3}})
    machine.sleep(NIGHT)
    runs = machine.await_runs("hourly", 3)
    hours = [instant(f"2026-11-21T{hour}:00:00+00:00") for hour in ("04", "05", "06")]
    assert [run["slot"] for run in runs] == hours
    assert {run["cause"] for run in runs} == {"catch-up"}
    for before, after in pairwise(runs):
        assert before["ended_at"] <= after["started_at"]
    assert machine.closed("hourly") == [(5, "missed", "limit")]


@pytest.mark.parametrize("run", [True, False])
def test_ask_waits_for_a_person(machine: Machine, run: bool) -> None:  # noqa: FBT001 - the answer
    machine.start({**HOURLY, "missed": "ask"})
    with pytest.raises(CallFailed, match="no missed run to decide on"):
        machine.daemon.own("AnswerMissed", "sb", "hourly", run)
    machine.sleep(NIGHT)
    machine.await_waiting("hourly", "condition:answer")
    assert machine.daemon.job("hourly")["waiting"] == instant(LAST)
    assert machine.explain("hourly", LAST)["state"] == "deferred"
    assert machine.started("hourly") == []
    machine.daemon.own("AnswerMissed", "sb", "hourly", run)
    assert machine.closed("hourly")[0] == (7, "coalesced", "asleep")
    if run:
        (made_up,) = machine.await_runs("hourly")
        assert (made_up["cause"], made_up["slot"]) == ("catch-up", instant(LAST))
        assert len(machine.closed("hourly")) == 1
    else:
        assert machine.closed("hourly")[1] == (1, "skipped", "condition:answer")
        assert machine.started("hourly") == []
    assert machine.waiting("hourly") == ""


def test_a_question_outlives_the_daemon(machine: Machine) -> None:
    machine.start({**HOURLY, "missed": "ask"})
    machine.sleep(NIGHT)
    machine.await_waiting("hourly", "condition:answer")
    machine.daemon.kill()
    machine.daemon.start()
    machine.await_waiting("hourly", "condition:answer")
    machine.daemon.own("AnswerMissed", "sb", "hourly", True)
    (run,) = machine.await_runs("hourly")
    assert run["slot"] == instant(LAST)


def test_within_says_how_late_is_too_late(machine: Machine) -> None:
    machine.start(
        {**HOURLY, "name": "strict", "missed": {"policy": "run-once", "within": "30m"}},
        {**HOURLY, "name": "lenient", "missed": {"policy": "run-once", "within": "50m"}},
        {**HOURLY, "name": "all", "missed": {"policy": "run-all", "within": "2h"}},
    )
    machine.sleep(NIGHT)
    machine.await_runs("lenient")
    machine.await_runs("all", 2)
    until(lambda: machine.closed("strict"), machine.daemon.log)
    assert machine.closed("strict") == [(8, "missed", "too-late")]
    assert machine.started("strict") == []
    assert machine.closed("lenient") == [(7, "coalesced", "asleep")]
    assert machine.closed("all") == [(6, "missed", "too-late")]


def test_the_policy_holds_for_time_the_daemon_was_off(machine: Machine) -> None:
    machine.start(
        {**HOURLY, "name": "once"},
        {**HOURLY, "name": "never", "missed": "skip"},
        {**HOURLY, "name": "all", "missed": {"policy": "run-all", "cap": 2}},
    )
    machine.daemon.stop()
    machine.clocks.pass_unnoticed(wall=NIGHT)
    machine.daemon.start()
    (once,) = machine.await_runs("once")
    assert (once["cause"], once["slot"]) == ("catch-up", instant(LAST))
    assert len(machine.await_runs("all", 2)) == 2
    assert machine.closed("once") == [(7, "coalesced", "off")]
    assert machine.closed("never") == [(8, "missed", "off")]
    assert machine.closed("all") == [(6, "missed", "limit")]
    assert machine.started("never") == []
    (period,) = machine.await_periods(1)
    assert (period["kind"], period["source"]) == ("off", "start")
    machine.daemon.stop()
    machine.daemon.start()
    assert len(machine.started("once")) == 1
    assert len(machine.started("all")) == 2


def test_a_crash_in_sleep_executes_nothing_twice_and_explains_all(machine: Machine) -> None:
    machine.start(HOURLY, {**HOURLY, "name": "early", "cron": "15 22 * * *"})
    machine.sleep(0.2 * HOUR)
    (early,) = machine.await_runs("early")
    machine.fall_asleep()
    machine.daemon.kill()
    machine.clocks.pass_unnoticed(wall=8.2 * HOUR, boot=8.2 * HOUR)
    machine.logind.prepare(for_sleep=False)
    machine.daemon.start()
    (run,) = machine.await_runs("hourly")
    assert (run["cause"], run["slot"]) == ("catch-up", instant(LAST))
    assert machine.closed("hourly") == [(7, "coalesced", "off")]
    assert [one["execution_id"] for one in machine.started("early")] == [early["execution_id"]]
    machine.await_delay_lock()


def test_what_waits_for_the_wake_up_is_made_up_for_by_the_next_life(machine: Machine) -> None:
    machine.start({"name": "soon", "at": machine.at(20), "command": ["true"]})
    machine.fall_asleep()
    machine.clocks.pass_time(20)
    machine.await_waiting("soon", "asleep")
    machine.daemon.kill()
    machine.logind.prepare(for_sleep=False)
    machine.daemon.start()
    (run,) = machine.await_runs("soon")
    assert run["state"] == "succeeded"
    machine.daemon.stop()
    machine.daemon.start()
    assert len(machine.started("soon")) == 1
