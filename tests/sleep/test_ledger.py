"""What Wakeful knows of the sleep of the machine, against what the clocks of the kernel say."""

from __future__ import annotations

import pytest

from fixtures.guest.resident import SUSPEND, SUSPEND_PAST_LOGIND, Resident

pytestmark = [pytest.mark.sleep, pytest.mark.timeout(1500)]

RESOLUTION_SECONDS = 1.1
"""The clock that goes on in sleep counts whole seconds."""
NAPS = {SUSPEND: 6.0, SUSPEND_PAST_LOGIND: 9.0}


def test_the_periods_agree_with_the_clocks(resident: Resident) -> None:
    before = resident.periods()
    slept = [resident.slept()]
    naps = []
    for command, seconds in NAPS.items():
        naps.append(resident.guest.nap(seconds, *command))
        slept.append(resident.slept())
    newest, older = (one for one in resident.periods() if one not in before)
    for period, nap, first, last in zip((older, newest), naps, slept, slept[1:], strict=False):
        assert period["kind"] == "asleep"
        # The kernel's two clocks were read by us and by Wakeful: no resolution between them.
        assert period["asleep"] / 1e6 == pytest.approx(last - first, abs=0.01)
        assert period["asleep"] / 1e6 == pytest.approx(nap, abs=RESOLUTION_SECONDS)
        length = (period["until"] - period["since"]) / 1e6
        assert length == pytest.approx(nap, abs=2 * RESOLUTION_SECONDS)
    assert older["until"] < newest["since"]
