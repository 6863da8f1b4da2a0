"""Surroundings: what is known of the machine a job would run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known of the machine at one moment. None: nobody can tell.

    Attributes:
        on_ac: Whether it is on mains power.
        battery: Charge in percent.
        lid_closed: Whether its lid is closed.
        idle_since: Since when nobody uses it.
        in_use: Whether somebody does; False is known only where ``idle_since`` is.
        metered: Whether its network is metered.
        online: Whether it has a network.
        load: The load average of one minute.
    """

    on_ac: bool | None = None
    battery: float | None = None
    lid_closed: bool | None = None
    idle_since: Instant | None = None
    in_use: bool | None = None
    metered: bool | None = None
    online: bool | None = None
    load: float | None = None
