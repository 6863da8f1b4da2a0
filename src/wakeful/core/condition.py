"""Conditions on the machine: whether they hold, and when to look again if they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.instant import SECOND, from_timedelta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.core.instant import Instant
    from wakeful.core.policy import Conditions
    from wakeful.core.surroundings import Surroundings

AC = "condition:ac"
"""It is on battery and should be on mains power, or the other way round."""
BATTERY = "condition:battery"
"""The charge is too low."""
IDLE = "condition:idle"
"""Somebody uses the machine."""
METERED = "condition:metered"
"""The network is metered and should not be, or the other way round."""
NETWORK = "condition:network"
"""There is no network and should be one, or the other way round."""
LOAD = "condition:load"
"""The load is too high."""

LOAD_INTERVAL = 30 * SECOND
"""Nobody tells when the load has changed; how often it is looked at while a slot waits for it."""


def unmet(conditions: Conditions, surroundings: Surroundings, now: Instant) -> str:
    """Say what stands in the way first, as a reason; empty if all conditions hold."""
    return next(all_unmet(conditions, surroundings, now), "")


def all_unmet(conditions: Conditions, surroundings: Surroundings, now: Instant) -> Iterator[str]:
    """Say all that stands in the way, as reasons, always in the same order.

    What nobody can tell counts as if it held: a machine without a battery is on mains power, one
    without a session has no user who could be disturbed, and a job that waited for what is
    never known would never run.
    """
    if _differs(conditions.ac, surroundings.on_ac):
        yield AC
    if _is_low(conditions, surroundings):
        yield BATTERY
    if conditions.idle is not None and not _is_idle(conditions, surroundings, now):
        yield IDLE
    if _differs(conditions.metered, surroundings.metered):
        yield METERED
    if _differs(conditions.online, surroundings.online):
        yield NETWORK
    limit, load = conditions.load_below, surroundings.load
    if limit is not None and load is not None and load >= limit:
        yield LOAD


def next_look(conditions: Conditions, surroundings: Surroundings, now: Instant) -> Instant | None:
    """Say when time alone may make a difference to what stands in the way first.

    Returns:
        After ``now``; None: never. All else is told by whoever knows the surroundings, so there
        is no need to look.
    """
    reason = unmet(conditions, surroundings, now)
    if reason == LOAD:
        return now + LOAD_INTERVAL
    if reason == IDLE and not surroundings.in_use:
        return _idle_from(conditions, surroundings)
    return None


def _differs(wanted: bool | None, known: bool | None) -> bool:  # noqa: FBT001 - values, not flags
    return wanted is not None and known is not None and wanted is not known


def _is_low(conditions: Conditions, surroundings: Surroundings) -> bool:
    least, charge = conditions.battery_above, surroundings.battery
    return not (least is None or charge is None or surroundings.on_ac) and charge < least


def _is_idle(conditions: Conditions, surroundings: Surroundings, now: Instant) -> bool:
    if surroundings.in_use:
        return False
    idle_from = _idle_from(conditions, surroundings)
    return idle_from is None or now >= idle_from


def _idle_from(conditions: Conditions, surroundings: Surroundings) -> Instant | None:
    """Give the instant from which nobody used the machine for long enough."""
    if surroundings.idle_since is None or conditions.idle is None:
        return None
    return surroundings.idle_since + from_timedelta(conditions.idle)
