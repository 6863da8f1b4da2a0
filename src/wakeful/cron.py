"""Cron expressions for programs: when does one fire?

    >>> from datetime import datetime, timezone
    >>> after = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)
    >>> [str(slot) for slot in upcoming("30 2 * * *", "Europe/Berlin", after, 2)]
    ['2026-03-29 03:00:00+02:00', '2026-03-30 02:30:00+02:00']

It is what the daemon itself works with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.cron import NeverFiresError, parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.outlook import check_question, following
from wakeful.core.policy import DaylightSaving

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

__all__ = ["upcoming"]


def upcoming(
    expression: str,
    timezone: str | tzinfo,
    after: datetime,
    count: int,
    *,
    policy: str = DaylightSaving.DEBIAN,
) -> list[datetime]:
    """List when a cron expression fires next.

    Args:
        expression: Five fields as in crontab(5), six with the second first, or a nickname.
        timezone: The zone whose wall clock counts: a name such as ``Europe/Berlin``, or a tzinfo.
        after: Aware; only what comes strictly later is listed.
        count: How many at most.
        policy: What is done when the clock goes forward or back: ``debian``, ``skip``,
            ``twice`` or ``systemd``. With ``debian``, what the clock leaves out runs right after
            the gap, as it does where cron is running all the time.

    Returns:
        Aware datetimes in that zone, ascending, no two the same instant. There are fewer than
        ``count``, or none, if no time matches any more, for instance for the 31st of February.

    Raises:
        ValueError: ``expression`` is not a cron expression, ``after`` is naive, ``count`` is
            negative, or the zone or the policy is not known; the text says which and why.
    """
    zone = check_question(timezone, after, count)
    try:
        schedule = CronSchedule(parse_cron(expression), zone, _policy(policy))
    except NeverFiresError:
        return []
    return following(schedule.next_after, zone, after, count)


def _policy(name: str) -> DaylightSaving:
    try:
        return DaylightSaving(name)
    except ValueError:
        known = ", ".join(DaylightSaving)
        raise ValueError(f"{name!r} is not a policy; there are {known}") from None
