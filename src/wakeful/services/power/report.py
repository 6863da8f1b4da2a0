"""What a front end may show of sleep and wake-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.core.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerReport:
    """Sleep and wake-ups at this moment.

    Attributes:
        falling_asleep: Whether the machine is about to sleep.
        wake_count: How often it woke up since the daemon started.
        last_wake: When it last did.
        last_nap: How long it slept then, in microseconds.
        wake_at, wake_job: When, and for which job, it is to be woken next.
        holds: Jobs that keep it awake.
        missing: What is not there on this machine, and what cannot be done without.
    """

    falling_asleep: bool = False
    wake_count: int = 0
    last_wake: Instant | None = None
    last_nap: int = 0
    wake_at: Instant | None = None
    wake_job: str = ""
    holds: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
