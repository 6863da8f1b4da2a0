"""Clock steps: what a job does about a clock that was set back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.instant import HOUR

if TYPE_CHECKING:
    from wakeful.core.instant import Instant

CORRECTION = 3 * HOUR
"""A clock that is set back by more than this was wrong before; cron(8) of Debian draws the same
line."""


def after_step_back(
    *,
    accounted_until: Instant,
    anchor: Instant,
    interval: int | None,
    now: Instant,
    step: int,
) -> tuple[Instant, Instant]:
    """Say from where a job goes on after its clock was set.

    After a small step back it waits until the clock shows again what it had shown before, so that
    each slot is served at most once. After a large one that would be a wait for nothing: the
    times between were never real. Slots that were executed while the clock was wrong are not
    executed again, for they are on record.

    Args:
        accounted_until: Up to where its slots are decided on.
        anchor: From where its intervals count.
        interval: Their length in microseconds; None: it has none.
        now: What the clock shows now.
        step: By how much it was set, in microseconds; negative: back. At the start of the daemon,
            ``now - accounted_until`` tells of a step that nobody saw.

    Returns:
        ``accounted_until`` and ``anchor`` from now on; an anchor keeps its rhythm.
    """
    if step >= -CORRECTION:
        return accounted_until, anchor
    if interval is not None and anchor > now:
        anchor += (now - anchor) // interval * interval
    return min(accounted_until, now), anchor
