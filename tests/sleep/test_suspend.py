"""The machine really sleeps: what was due meanwhile, and what comes after.

Times are those of the guest. After a resume its clock comes from hardware that counts whole
seconds, so how long it slept is known to a second only.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.guest.resident import SUSPEND, SUSPEND_PAST_LOGIND, once, unix_time

if TYPE_CHECKING:
    from fixtures.guest.resident import Resident

pytestmark = [pytest.mark.sleep, pytest.mark.timeout(1500)]

RESOLUTION_SECONDS = 1.1
ON_TIME_MS = 1000
PUNCTUAL_SECONDS = 60
"""What starts later than this after its time counts as made up for."""
PREPARATION_SECONDS = 45
"""How long it may take from choosing the time of a job until the guest sleeps."""


def nap(resident: Resident, *command: str, before: float, until: float) -> float:
    """Put the guest to sleep by a command of root's, and wake it from outside.

    Args:
        resident: Who lives in the guest.
        command: What suspends it.
        before: The Unix time by which it has to sleep, or the test would show nothing.
        until: The Unix time when it is woken.

    Returns:
        For how many seconds it slept.
    """
    # Each resume may cost the clock of the guest a part of a second.
    behind = resident.guest.seconds_behind()
    asleep_at = resident.guest.fall_asleep(*command)
    now = time.time() - behind
    assert now < before, "the guest took too long to fall asleep"
    time.sleep(until - now)
    return resident.guest.wake() - asleep_at


def seconds_after_resume(resident: Resident, execution: dict[str, Any]) -> float:
    return unix_time(execution["started_at"]) - resident.resumed_at()


def test_it_is_installed_by_the_commands_of_the_readme(resident: Resident) -> None:
    resident.configure(once("some day", resident.now() + 86400))
    assert [job["name"] for job in resident.wakeful("list")] == ["some day"]
    assert resident.run("systemctl", "--user", "is-enabled", "wakeful").stdout == "enabled\n"


def test_what_was_due_in_a_nap_is_made_up_for_once_and_the_next_is_on_time(
    resident: Resident,
) -> None:
    due = resident.now() + PREPARATION_SECONDS
    woken = due + PUNCTUAL_SECONDS + 5
    resident.configure(once("missed", due), once("later", woken + 30))
    slept_before = resident.slept()
    slept = nap(resident, *SUSPEND, before=due, until=woken)
    assert resident.slept() - slept_before == pytest.approx(slept, abs=RESOLUTION_SECONDS)

    (missed,) = resident.await_history("missed")
    assert (missed["cause"], missed["state"]) == ("catch-up", "succeeded")
    lateness = missed["late_ms"] / 1000
    assert unix_time(missed["started_at"]) == pytest.approx(due + lateness, abs=0.002)
    assert lateness >= woken - due - RESOLUTION_SECONDS
    assert seconds_after_resume(resident, missed) <= RESOLUTION_SECONDS

    (later,) = resident.await_history("later")
    assert (later["cause"], later["state"]) == ("schedule", "succeeded")
    assert 0 <= later["late_ms"] <= ON_TIME_MS
    assert len(resident.history("missed")) == 1


def test_a_sleep_past_the_login_manager_is_noticed(resident: Resident) -> None:
    due = resident.now() + PREPARATION_SECONDS
    resident.configure(once("missed", due))
    nap(resident, *SUSPEND_PAST_LOGIND, before=due, until=due + 5)
    (missed,) = resident.await_history("missed")
    assert missed["state"] == "succeeded"
    assert missed["late_ms"] / 1000 >= 5 - RESOLUTION_SECONDS
    assert seconds_after_resume(resident, missed) <= RESOLUTION_SECONDS
