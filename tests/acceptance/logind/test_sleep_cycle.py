"""The cycle of the real login manager: it announces a sleep, freezes the user, and thaws them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fixtures.daemon import until

if TYPE_CHECKING:
    from .conftest import Service

ON_TIME_SECONDS = 1.0
NAP_SECONDS = 2.0
SHORT_NAP_SECONDS = 0.5


def test_what_was_due_while_the_user_was_frozen_runs_once_right_after(service: Service) -> None:
    # So that the reload is over before it.
    due = time.time() + 3
    at = datetime.fromtimestamp(due, UTC).isoformat()
    service.configure({"name": "missed", "at": at, "command": ["true"]})
    time.sleep(max(0.0, due - NAP_SECONDS / 2 - time.time()))
    frozen, thawed = service.container.sleep(NAP_SECONDS)
    assert frozen < due < thawed
    (missed,) = service.await_history("missed")
    started = datetime.fromisoformat(missed["started_at"]).timestamp()
    assert (missed["cause"], missed["state"]) == ("schedule", "succeeded")
    assert thawed - 0.1 <= started <= thawed + ON_TIME_SECONDS


def test_it_may_delay_a_sleep_and_knows_when_it_is_over(service: Service) -> None:
    service.await_delay_lock()
    service.container.sleep(SHORT_NAP_SECONDS)
    until(lambda: service.property("WakeCount") == "u 1", "the end of the sleep")
    assert service.property("PreparingForSleep") == "b false"
    service.await_delay_lock()
