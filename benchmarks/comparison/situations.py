"""The situations, each of them the same for all peers."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
CAIRO = ZoneInfo("Africa/Cairo")
LONDON = ZoneInfo("Europe/London")

SITUATIONS = {
    1: "Fixed time in the spring gap: `30 2 * * *`, Berlin, 2026-03-29",
    2: "Wildcard in the spring gap: `*/20 2 * * *`, same night",
    3: "Fixed time in the repeated hour: `30 2 * * *`, Berlin, 2026-10-25",
    4: "Wildcard in the repeated hour: `*/30 * * * *`, same night, 01:30 to 03:30",
    5: "Midnight is missing: `0 0 * * *`, Cairo, 2026-04-24",
    6: "`0 0 13 * 5`: Fri 6, Fri 13 and Sat 14 February, Mon 13 July, Fri 13 November 2026",
    7: "`0 0 * * 7`, a week",
    8: "`0 0 * * MON#1`, January 2026",
    9: "A date that does not exist: `0 0 31 2 *`",
    10: "Nap of 4 minutes over `* * * * *`, 03:00:50 to 03:04:50",
    11: "Nap of 2 hours over `0 3 * * *`, 02:00 to 04:00",
    12: "Nap of 8 hours over `0 3 * * *`, 23:00 to 07:00",
    13: "Nap of 20 s, 02:59:35 to 02:59:55, before `0 3 * * *`",
    14: "Powered off over `0 3 * * *`, 23:00 to 07:00",
    15: "Clock set back by an hour after `0 3 * * *` ran, 03:10 to 02:10",
    16: "Clock set forward by an hour over `0 3 * * *`, 02:30 to 03:30",
    17: "Zone of the machine changed from Berlin to London before `0 3 * * *`",
    18: "50 jobs of 2 s due at one instant",
    19: "Every 24 hours, on a machine that is on from 08:00 to 22:00, for a week",
    20: "A job of 150 s every minute, for 10 minutes",
}
PEERS = ("Debian cron", "systemd timers", "APScheduler", "Wakeful")

ORDINARY = datetime(2026, 1, 14, tzinfo=BERLIN)
"""A Wednesday on which nothing is special."""
SPRING = datetime(2026, 3, 29, tzinfo=BERLIN)
AUTUMN = datetime(2026, 10, 25, tzinfo=BERLIN)
NO_MIDNIGHT = datetime(2026, 4, 23, tzinfo=CAIRO)
"""The day before the one that begins at one."""
DAYS_OF_13 = tuple(
    datetime(2026, month, day, tzinfo=BERLIN)
    for month, day in ((2, 6), (2, 13), (2, 14), (7, 13), (11, 13))
)
DAYS_OF_MONDAYS = tuple(datetime(2026, 1, day, tzinfo=BERLIN) for day in (5, 12, 19, 26))
DAYS_OF_WEEK = tuple(datetime(2026, 1, day, tzinfo=BERLIN) for day in range(12, 19))


def at(day: datetime, clock: str) -> datetime:
    """Give a time of a day, as ``HH:MM`` or ``HH:MM:SS``."""
    hour, minute, second = [*map(int, clock.split(":")), 0][:3]
    return day.replace(hour=hour, minute=minute, second=second)


def day_before(day: datetime) -> datetime:
    return day - timedelta(days=1)
