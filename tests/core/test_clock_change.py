"""What is told beforehand about changes of the clock, held against what then happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.clock_change import (
    ChangeKind,
    Effect,
    SlotNote,
    SlotNoteKind,
    affected_by_clock_change,
    slot_note,
)
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import DAY, HOUR, SECOND, from_datetime, to_iso
from wakeful.core.policy import DaylightSaving

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_LONG = timedelta(hours=1)


def instant(text):
    return from_datetime(datetime.fromisoformat(text))


def schedule(text, zone=BERLIN, policy="debian"):
    return CronSchedule(parse_cron(text), zone, DaylightSaving(policy))


def changes(text, zone=BERLIN, policy="debian", year=2026):
    begin, end = (instant(f"{one}-01-01T00:00:00+00:00") for one in (year, year + 1))
    return list(affected_by_clock_change(schedule(text, zone, policy), begin, end))


def test_a_change_is_told_with_its_times():
    spring, autumn = changes("0,30 2 * * *")
    assert to_iso(spring.at, BERLIN) == "2026-03-29T03:00:00+02:00"
    assert (spring.before, spring.after) == (3600, 7200)
    assert spring.kind is ChangeKind.GAP
    assert spring.effect is Effect.MOVED
    assert spring.runs_at == spring.at
    assert spring.count == 2
    assert spring.times == (datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 2, 30))  # noqa: DTZ001 - wall
    assert to_iso(autumn.at, BERLIN) == "2026-10-25T02:00:00+01:00"
    assert autumn.kind is ChangeKind.OVERLAP
    assert autumn.effect is Effect.ONCE
    assert autumn.runs_at is None
    assert autumn.times == (datetime(2026, 10, 25, 2), datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001 - wall


@pytest.mark.parametrize(
    ("text", "policy", "gap", "overlap"),
    [
        ("30 2 * * *", "debian", Effect.MOVED, Effect.ONCE),
        ("30 2 * * *", "skip", Effect.SKIPPED, Effect.ONCE),
        ("30 2 * * *", "twice", Effect.MOVED, Effect.TWICE),
        ("30 2 * * *", "systemd", Effect.SKIPPED, Effect.ONCE),
        ("*/30 * * * *", "debian", Effect.FEWER, Effect.MORE),
        ("*/30 * * * *", "skip", Effect.FEWER, Effect.MORE),
        ("*/30 * * * *", "twice", Effect.FEWER, Effect.MORE),
        ("*/30 * * * *", "systemd", Effect.FEWER, Effect.ONCE),
    ],
)
def test_the_effect_is_that_of_the_policy(text, policy, gap, overlap):
    assert [change.effect for change in changes(text, policy=policy)] == [gap, overlap]


@pytest.mark.parametrize("text", ["0 9 * * *", "30 1 * * *", "0 3 * * *", "30 2 * * MON"])
def test_a_job_at_another_time_is_not_concerned(text):
    assert changes(text) == []


def test_a_zone_without_changes_concerns_nobody():
    assert changes("* * * * *", UTC) == []
    assert changes("* * * * *", ZoneInfo("Asia/Kolkata")) == []


def test_a_job_of_every_second_is_counted_and_not_listed():
    spring, _ = changes("* * * * * *")
    assert spring.count == 3600
    assert len(spring.times) == 5


def test_a_change_belongs_to_the_span_that_ends_with_it():
    daily, at = schedule("30 2 * * *"), instant("2026-03-29T01:00:00+00:00")
    assert [one.at for one in affected_by_clock_change(daily, at - 1, at)] == [at]
    assert list(affected_by_clock_change(daily, at, at + DAY)) == []
    assert list(affected_by_clock_change(daily, at - DAY, at - 1)) == []


@pytest.mark.parametrize(
    ("text", "policy", "slot", "note"),
    [
        ("30 2 * * *", "debian", "2026-03-29T03:00+02:00", "moved 2026-03-29T02:30 1"),
        ("0,30 2 * * *", "twice", "2026-03-29T03:00+02:00", "moved 2026-03-29T02:00 2"),
        ("30 2 * * *", "debian", "2026-10-25T02:30+02:00", "only-first 2026-10-25T02:30 1"),
        ("30 2 * * *", "twice", "2026-10-25T02:30+02:00", "first-of-two 2026-10-25T02:30 1"),
        ("30 2 * * *", "twice", "2026-10-25T02:30+01:00", "second-of-two 2026-10-25T02:30 1"),
        ("30 * * * *", "debian", "2026-10-25T02:30+02:00", "first-of-two 2026-10-25T02:30 1"),
        ("30 * * * *", "systemd", "2026-10-25T02:30+02:00", "only-first 2026-10-25T02:30 1"),
    ],
)
def test_a_special_slot_has_a_note(text, policy, slot, note):
    kind, time, count = note.split()
    found = slot_note(schedule(text, policy=policy), instant(slot))
    assert found == SlotNote(SlotNoteKind(kind), datetime.fromisoformat(time), int(count))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("30 2 * * *", "2026-03-28T02:30+01:00"),
        ("30 1 * * *", "2026-03-29T01:30+01:00"),
        ("0 3 * * *", "2026-03-29T03:00+02:00"),
        ("0 * * * *", "2026-03-29T03:00+02:00"),
        ("30 1 * * *", "2026-10-25T01:30+02:00"),
        ("0 3 * * *", "2026-10-25T03:00+01:00"),
    ],
)
def test_an_ordinary_slot_has_none(text, slot):
    assert slot_note(schedule(text), instant(slot)) is None


def test_a_repeated_time_is_noted_wherever_the_look_at_the_zone_was_cut():
    class Repeating(tzinfo):
        """Goes back an hour at a second that is close to a cut."""

        def __init__(self, at):
            self.at = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)

        def fromutc(self, moment):
            naive = moment.replace(tzinfo=None)
            hours = 1 if naive < self.at else 0
            fold = int(not hours and naive - self.at < HOUR_LONG)
            return (naive + hours * HOUR_LONG).replace(tzinfo=self, fold=fold)

        def utcoffset(self, moment):
            if moment is None:
                return None
            naive = moment.replace(tzinfo=None, fold=0)
            late = naive >= self.at + HOUR_LONG or (naive >= self.at and moment.fold)
            return 0 * HOUR_LONG if late else HOUR_LONG

    cut = 40 << 25
    for distance in (-5400, -1800, 0, 1, 1800, 5400):
        zone = Repeating(cut + distance)
        every = schedule("* * * * * *", zone)
        at = (cut + distance) * SECOND
        kinds = [
            (note := slot_note(every, one)) and note.kind
            for one in (
                at - HOUR - SECOND,
                at - HOUR,
                at - SECOND,
                at,
                at + HOUR - SECOND,
                at + HOUR,
            )
        ]
        first, second = SlotNoteKind.FIRST_OF_TWO, SlotNoteKind.SECOND_OF_TWO
        assert kinds == [None, first, first, second, second, None]
        fixed = schedule("0-59 0-59 0-23 * * *", zone)
        assert fixed.count_between(at - HOUR - 1, at + HOUR - 1) == 3600
        assert [one.at for one in affected_by_clock_change(fixed, at - DAY, at + DAY)] == [at]


ZONES = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "Antarctica/Troll",
    "Africa/Cairo",
]
TEXTS = ["30 1 * * *", "15,45 0-3 * * *", "*/20 * * * *", "0 2 * * *", "*/10 1 * * *", "0 0 * * *"]


@given(
    st.sampled_from(TEXTS),
    st.sampled_from(ZONES),
    st.sampled_from(DaylightSaving),
    st.integers(2024, 2030),
)
def test_what_is_told_is_what_happens(text, zone_name, policy, year):
    zone = ZoneInfo(zone_name)
    job, everyday = schedule(text, zone, policy), schedule(text, UTC)
    for change in changes(text, zone, policy, year):
        shift = change.after - change.before
        begin, end = change.at - 12 * HOUR, change.at + 12 * HOUR
        runs = job.count_between(begin, end)
        # What a clock would run that is set right without anybody's noticing, a second early.
        walls = [begin + change.before * SECOND, end + change.after * SECOND]
        usual = everyday.count_between(*walls) + change.count * (shift < 0)
        if change.effect is Effect.MOVED:
            at = change.at + change.after * SECOND
            own = everyday.count_between(at - 1, at)
            assert runs == usual - change.count + 1 - own
            assert job.last_until(change.at) == change.runs_at
        elif change.effect in {Effect.SKIPPED, Effect.FEWER, Effect.ONCE}:
            assert runs == usual - change.count
        else:
            assert runs == usual
        if change.effect is Effect.ONCE:
            assert job.count_between(change.at - 1, change.at - shift * SECOND - 1) == 0


def test_notes_and_changes_agree_over_years():
    begin, end = instant("2026-01-01T00:00+00:00"), instant("2030-01-01T00:00+00:00")
    for policy in DaylightSaving:
        job = schedule("0,30 1,2 * * *", policy=policy)
        told = list(affected_by_clock_change(job, begin, end))
        assert len(told) == 8
        slots, slot = [], begin
        while (slot := job.next_after(slot)) <= end:
            slots.append(slot)
        assert all(one < other for one, other in pairwise(slots))
        noted = [slot for slot in slots if slot_note(job, slot)]
        assert all(any(abs(one - change.at) <= HOUR for change in told) for one in noted)
        moved = [one for one in slots if getattr(slot_note(job, one), "kind", "") == "moved"]
        assert moved == [change.runs_at for change in told if change.runs_at]
