"""Slots of chosen expressions, as Debian's cron has them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wakeful.core.cron import NeverFiresError, parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import from_datetime, to_iso
from wakeful.cron import upcoming

ALL = json.loads((Path(__file__).parent / "data" / "cron_vectors.json").read_text())
VECTORS = [vector for vector in ALL if vector["slots"]]
NEVER = [vector for vector in ALL if not vector["slots"]]


def name(vector):
    return f"{vector['expression']} {vector['zone']} {vector['start'][:10]}"


@pytest.mark.parametrize("vector", VECTORS, ids=name)
def test_slots_are_those_of_debian(vector):
    zone = ZoneInfo(vector["zone"])
    schedule = CronSchedule(parse_cron(vector["expression"]), zone)
    instant = from_datetime(datetime.fromisoformat(vector["start"]))
    slots = []
    for _ in vector["slots"]:
        instant = schedule.next_after(instant)
        slots.append(to_iso(instant, zone))
    assert slots == vector["slots"]


@pytest.mark.parametrize("vector", VECTORS, ids=name)
def test_slots_look_the_same_backwards(vector):
    schedule = CronSchedule(parse_cron(vector["expression"]), ZoneInfo(vector["zone"]))
    start = from_datetime(datetime.fromisoformat(vector["start"]))
    slots = [from_datetime(datetime.fromisoformat(slot)) for slot in vector["slots"]]
    for slot, before in zip(reversed(slots), reversed([None, *slots[:-1]]), strict=True):
        assert schedule.last_until(slot) == slot
        if before is not None:
            assert schedule.last_until(slot - 1) == before
    assert schedule.count_between(start, slots[-1]) == len(slots)


@pytest.mark.parametrize("vector", ALL, ids=name)
def test_programs_are_given_the_same_slots(vector):
    slots = upcoming(
        vector["expression"],
        vector["zone"],
        datetime.fromisoformat(vector["start"]),
        len(vector["slots"]) or 1,
    )
    assert [slot.isoformat() for slot in slots] == vector["slots"]


@pytest.mark.parametrize("vector", NEVER, ids=name)
def test_what_never_fires_with_debian_is_refused(vector):
    with pytest.raises(NeverFiresError, match="can never fire"):
        parse_cron(vector["expression"])
