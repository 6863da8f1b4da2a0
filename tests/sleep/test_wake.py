"""A job wakes the machine, and nobody having used it, the machine goes back to sleep."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from fixtures.guest.resident import SUSPEND, once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.guest.resident import Resident

pytestmark = [pytest.mark.sleep, pytest.mark.timeout(1500)]

RESOLUTION_SECONDS = 1.1
ON_TIME_MS = 1000
PREPARATION_SECONDS = 60
LEAD_SECONDS = 10
RETURN_SECONDS = 120
"""Until it sleeps again; by itself it waits for somebody to use it, which nobody does."""

FIRST_THAT_LETS_USERS_WAKE = 254
"""The systemd in which pam_systemd passes CAP_WAKE_ALARM on to the managers of users."""
DROP_IN = "~/.config/systemd/user/wakeful.service.d/wake.conf"
PERMIT_WAKING = f"""
mkdir -p "$(dirname {DROP_IN})"
printf '[Service]\\nAmbientCapabilities=CAP_WAKE_ALARM\\n' > {DROP_IN}
systemctl --user daemon-reload
systemctl --user restart wakeful.service
"""
FORBID_WAKING = f"rm {DROP_IN} && systemctl --user daemon-reload"
RULE = "/etc/polkit-1/rules.d/50-wakeful.rules"
# At a seat the user has this permission already.
PERMIT_SLEEP = """\
polkit.addRule(function (action, subject) {
  if (action.id == "org.freedesktop.login1.suspend" && subject.user == "tester") {
    return polkit.Result.YES;
  }
});
"""


@pytest.fixture
def wakeable(resident: Resident) -> Iterator[Resident]:
    """Wakeful with what it needs to wake the machine, and to send it to sleep."""
    version = int(resident.run("systemctl", "--version").stdout.split()[1])
    if version < FIRST_THAT_LETS_USERS_WAKE:
        pytest.skip(f"the manager of a user cannot permit waking in systemd {version}")
    write = f'mkdir -p "$(dirname {RULE})" && printf %s "$1" > {RULE} && chmod 644 {RULE}'
    resident.guest.run("sh", "-c", write, "sh", PERMIT_SLEEP)
    resident.run("sh", "-c", PERMIT_WAKING)
    yield resident
    resident.guest.run("rm", RULE)
    resident.run("sh", "-c", FORBID_WAKING)


def test_a_job_wakes_the_machine_which_goes_back_to_sleep_after_it(wakeable: Resident) -> None:
    guest = wakeable.guest
    due = wakeable.now() + PREPARATION_SECONDS
    wakeable.configure(once("wakes", due, wake={"lead": f"{LEAD_SECONDS}s"}))
    behind = guest.seconds_behind()
    guest.fall_asleep(*SUSPEND)
    assert time.time() - behind < due - LEAD_SECONDS, "the guest took too long to fall asleep"

    guest.await_event("WAKEUP", seconds=PREPARATION_SECONDS)
    assert time.time() - behind == pytest.approx(due - LEAD_SECONDS, abs=RESOLUTION_SECONDS)
    guest.await_event("SUSPEND", seconds=LEAD_SECONDS + RETURN_SECONDS)
    guest.wake()

    (execution,) = wakeable.await_history("wakes")
    assert (execution["cause"], execution["state"]) == ("schedule", "succeeded")
    assert 0 <= execution["late_ms"] <= ON_TIME_MS
