"""Calendar expressions of systemd for programs: when does one elapse, how is it written out?

    >>> from datetime import datetime, timezone
    >>> after = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)
    >>> [str(slot) for slot in upcoming("Sun 2..3:30", "Europe/Berlin", after, 2)]
    ['2026-03-29 03:30:00+02:00', '2026-04-05 02:30:00+02:00']
    >>> normalize("mon..fri 9:00")
    'Mon..Fri *-*-* 09:00:00'

The answers are those of ``systemd-analyze calendar`` of systemd 252.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.calendar_search import CalendarSearch, EndlessSearchError
from wakeful.core.calendar_text import parse_calendar
from wakeful.core.outlook import check_question, following

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from wakeful.core.instant import Instant

__all__ = ["normalize", "upcoming"]


def upcoming(
    expression: str, timezone: str | tzinfo, after: datetime, count: int
) -> list[datetime]:
    """List when a calendar expression elapses next, as systemd lists it.

    Args:
        expression: As in systemd.time(7), "Calendar Events".
        timezone: The zone whose wall clock counts, unless the expression names one itself: a
            name such as ``Europe/Berlin``, or a tzinfo.
        after: Aware; only what comes strictly later is listed.
        count: How many at most.

    Returns:
        Aware datetimes in ``timezone``, ascending, exact to the microsecond. There are fewer than
        ``count``, or none, if no time matches any more before the year 2200. Where systemd loses
        its way at a change of the clock and gives up, its rule is followed: a time that does not
        exist is left out, and of two equal ones the first counts.

    Raises:
        ValueError: ``expression`` is not a calendar expression, ``after`` is naive, ``count`` is
            negative, or the zone is not known; the text says which and why.
    """
    zone = check_question(timezone, after, count)
    calendar = parse_calendar(expression)
    schedule = CalendarSchedule(calendar, zone)
    search = CalendarSearch(calendar, zone)
    return following(lambda instant: _next(search, schedule, instant), zone, after, count)


def normalize(expression: str) -> str:
    """Write a calendar expression as systemd does, with every field.

    Raises:
        ValueError: It is not a calendar expression; the text says what is wrong and where.
    """
    return parse_calendar(expression).normal_form


def _next(search: CalendarSearch, schedule: CalendarSchedule, instant: Instant) -> Instant | None:
    planned = schedule.next_after(instant)
    if planned is None:
        return None
    try:
        found = search.next_after(instant)
    except EndlessSearchError:
        return planned
    return planned if found is not None and found <= instant else found
