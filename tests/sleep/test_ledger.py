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
    slept, moments, naps = [resident.slept()], [resident.now()], []
    for command, seconds in NAPS.items():
        naps.append(resident.guest.nap(seconds, *command))
        slept.append(resident.slept())
        moments.append(resident.now())
    newest, older = (one for one in resident.periods() if one not in before)
    for number, period in enumerate((older, newest)):
        asleep = period["asleep"] / 1e6
        since, until = period["since"] / 1e6, period["until"] / 1e6
        assert period["kind"] == "asleep"
        # The same two clocks of the kernel were read by us and by Wakeful.
        assert asleep == pytest.approx(slept[number + 1] - slept[number], abs=0.01)
        assert asleep == pytest.approx(naps[number], abs=RESOLUTION_SECONDS)
        # It begins with the announcement and ends with the notice, so it may take a little more.
        assert moments[number] <= since < until <= moments[number + 1]
        assert until - since >= asleep - RESOLUTION_SECONDS
