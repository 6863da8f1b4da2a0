"""Our slots beside those of cronsim, another evaluator that follows Debian's cron.

They differ now and then, and it has to be known why: each difference belongs to a class below.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError

from wakeful.core.civil import zone_offsets
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import HOUR, MINUTE, SECOND, from_datetime, to_datetime

STEPS_WHOLE_HOURS = "cronsim goes on by whole hours of UTC and loses runs after an odd shift"
MOVES_WILDCARDS = "cronsim moves a time that does not exist, although a wildcard follows the clock"
MAKES_UP_CORRECTIONS = "cronsim makes up for what a shift of three hours or more left out"
GOES_BACK = "cronsim gives a time again and again, and never gets on"

DAYS = {
    "UTC": ["2024-02-28", "2025-12-31"],
    "America/New_York": ["2024-03-10", "2024-11-03"],
    "Europe/Dublin": ["2024-03-31", "2024-10-27"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],
    "America/Havana": ["2024-03-10", "2024-11-03"],
    "Africa/Cairo": ["2024-04-25", "2024-10-31"],
    "Antarctica/Troll": ["2024-03-31", "2024-10-27"],
    "Pacific/Chatham": ["2024-04-06", "2024-09-28"],
    "Australia/Lord_Howe": ["2024-04-06", "2024-10-05"],
    "Asia/Pyongyang": ["2018-05-04", "2015-08-14"],
    "America/Caracas": ["2016-05-01"],
    "Pacific/Apia": ["2011-12-30"],
    "Antarctica/Casey": ["2009-10-17", "2010-03-04"],
}
SEED = 20260328
CASES = 500


# One of each class.
KNOWN = [
    ("* 3 * * *", "Australia/Lord_Howe", "2024-04-06"),
    ("0-44 */17 * * 7,1,7", "America/Sao_Paulo", "2018-11-04"),
    ("49 0 * * *", "Pacific/Apia", "2011-12-30"),
    ("* * * * 5", "Antarctica/Casey", "2010-03-04"),
]


def field(chance, low, high, *others):
    kind = chance.randrange(8)
    if kind < 2:
        return "*"
    if kind == 2:
        return f"*/{chance.randint(2, high)}"
    if kind == 3:
        return "{}-{}".format(*sorted((chance.randint(low, high), chance.randint(low, high))))
    if kind == 4:
        return ",".join(str(chance.randint(low, high)) for _ in range(3))
    return chance.choice([*others, str(chance.randint(low, high))])


def cases():
    yield from KNOWN
    chance = random.Random(SEED)
    for _ in range(CASES):
        zone = chance.choice(list(DAYS))
        fields = [
            field(chance, 0, 59),
            chance.choice([field(chance, 0, 23), field(chance, 0, 3)]),
            chance.choice(["*", "*", field(chance, 1, 31, "L", "LW")]),
            "*",
            chance.choice(["*", "*", field(chance, 0, 7, "5L", "sun#1", "2#2")]),
        ]
        yield " ".join(fields), zone, chance.choice(DAYS[zone])


def slots_of_both(text, zone, begin, end):
    """Give our slots and theirs, and whether theirs went backwards; then both end there."""
    schedule, theirs, went_back = CronSchedule(parse_cron(text), zone), [], False
    for moment in CronSim(text, begin.astimezone(zone)):
        slot = from_datetime(moment.astimezone(UTC))
        went_back = bool(theirs) and slot <= theirs[-1]
        if went_back or slot > from_datetime(end):
            break
        theirs.append(slot)
    last = theirs[-1] if went_back else from_datetime(end)
    ours, slot = [], from_datetime(begin)
    while (slot := schedule.next_after(slot)) is not None and slot <= last:
        ours.append(slot)
    return ours, theirs, went_back


def reason(slot, *, is_ours, wildcard, change):
    """Explain a slot that only one of the two has; None if nothing explains it."""
    if change is None:
        return None
    at, shift = change.begin * SECOND, (change.offset - change.before) * SECOND
    if is_ours:
        # It loses what it steps over: in the repeated time and two hours more; if hours do not
        # begin any more when they did, in the hour of the expression that comes next.
        lost_until = at + (25 * HOUR if shift % HOUR else max(-shift, 0) + 2 * HOUR)
        return STEPS_WHOLE_HOURS if wildcard and at <= slot < lost_until else None
    if slot == at and shift > 0:
        if wildcard:
            return MOVES_WILDCARDS
        return MAKES_UP_CORRECTIONS if shift >= 180 * MINUTE else None
    return None


def test_every_difference_from_cronsim_has_a_known_reason():
    found, unexplained = Counter(), []
    for text, zone_name, day in cases():
        zone = ZoneInfo(zone_name)
        begin = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=18)
        end = begin + timedelta(hours=72)
        low, high = (int(one.timestamp()) for one in (begin, end))
        change = next(zone_offsets(zone).changes_between(low, high), None)
        try:
            ours, theirs, went_back = slots_of_both(text, zone, begin, end)
        except (ValueError, CronSimError):
            continue  # what either refuses is in test_what_cronsim_refuses
        found["alike" if ours == theirs and not went_back else "different"] += 1
        found[GOES_BACK] += went_back
        for slot in {*ours} ^ {*theirs}:
            why = reason(
                slot,
                is_ours=slot in ours,
                wildcard=parse_cron(text).wildcard,
                change=change,
            )
            found[why] += 1
            if why is None:
                unexplained.append((text, str(to_datetime(slot, zone)), slot in ours))
    assert unexplained == []
    assert found["alike"] > 0.8 * CASES
    # A class that is not met any more has to go.
    for why in (STEPS_WHOLE_HOURS, MOVES_WILDCARDS, MAKES_UP_CORRECTIONS, GOES_BACK):
        assert found[why] > 0, why


@pytest.mark.parametrize(
    "text",
    [
        # Debian accepts them: empty ranges beside other days, and what follows a term.
        "0 0 1 * 5-1",
        "1.5 * * * *",
        "0-10-20 * * * *",
        "*5 * * * *",
        # Ours alone.
        "0 0 L-3 * *",
        "0 0 15W * *",
        "@Daily",
    ],
)
def test_what_cronsim_refuses_and_we_do_not(text):
    parse_cron(text)
    with pytest.raises(CronSimError):
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["0 0 31 2 *", "0 0 32 * *", "60 * * * *", "? * * * *", "0 0 * * 8"]
)
def test_what_both_refuse(text):
    with pytest.raises(ValueError, match=r"can never fire|is not between|cannot read"):
        parse_cron(text)
    with pytest.raises(CronSimError):
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
