from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeful.core.absence import Absence, every_day, one_after_the_other
from wakeful.core.cron import parse_cron
from wakeful.core.decision import Close, Defer, SlotState, Start
from wakeful.core.execution import Cause
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, to_datetime
from wakeful.core.job import Job
from wakeful.core.launch import Launch
from wakeful.core.period import PeriodKind
from wakeful.core.policy import (
    Missed,
    MissedAction,
    Occasion,
    OnSleep,
    Priority,
    Resume,
    SleepPolicy,
    Wake,
)
from wakeful.core.scenario import Remain, Scenario
from wakeful.core.simulated_count import SlotCounts, counted
from wakeful.core.simulation import RETURN, simulate
from wakeful.core.trigger import AtTrigger, CronTrigger, EveryTrigger, OccasionTrigger
from wakeful.core.window import parse_window

BERLIN = ZoneInfo("Europe/Berlin")
ASLEEP, OFF = PeriodKind.ASLEEP, PeriodKind.OFF
NIGHT = "23:00-07:00"


def berlin(text):
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


BEGIN = berlin("2027-01-11T12:00")
"""A Monday."""


def job(name="j", trigger=None, *, zone=BERLIN, **fields):
    return Job(
        name=name,
        definition=name,
        trigger=trigger,
        timezone=str(zone),
        zone=zone,
        launch=Launch(arguments=("true",)),
        **fields,
    )


def cron(expression):
    return CronTrigger(parse_cron(expression))


def every(interval):
    return EveryTrigger(timedelta(microseconds=interval))


def nights(begin, end, window=NIGHT):
    return list(every_day(ASLEEP, parse_window(window), BERLIN, begin=begin, end=end))


def happenings(*jobs, begin=BEGIN, days=1, end=None, absences=(), **settings):
    end = end or begin + days * DAY
    scenario = Scenario(jobs=jobs, begin=begin, end=end, absences=absences, **settings)
    return list(simulate(scenario))


def told(found):
    """Write what happens the short way, in the time of Berlin."""
    return [line(one.at, one.what) for one in found]


def line(at, what):
    time = f"{to_datetime(at, BERLIN):%d %H:%M}"
    if isinstance(what, Start):
        late = (at - what.slot) // MINUTE
        return f"{time} {what.job} {what.cause} +{late} ({what.coalesced})"
    if isinstance(what, Close):
        return f"{time} {what.job} {what.state} {what.span.count}: {what.reason}"
    word = "waits" if isinstance(what, Defer) else "open"
    return f"{time} {what.job} {word}: {what.reason}"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Missed(), ["12 06:00 j coalesced 5: asleep", "12 06:00 j catch-up +30 (5)"]),
        (Missed(action=MissedAction.SKIP), ["12 06:00 j missed 6: asleep"]),
        (
            Missed(action=MissedAction.RUN_ALL, cap=2),
            [
                "12 06:00 j missed 4: limit",
                "12 06:00 j catch-up +90 (0)",
                "12 06:00 j waits: overlap",
                "12 06:00 j catch-up +30 (0)",
            ],
        ),
        (
            Missed(action=MissedAction.ASK),
            [
                "12 06:00 j coalesced 5: asleep",
                "12 06:00 j waits: condition:answer",
                "12 06:30 j coalesced 1: asleep",
                "12 06:30 j schedule +0 (6)",
            ],
        ),
        (Missed(within=timedelta(minutes=10)), ["12 06:00 j missed 6: too-late"]),
    ],
)
def test_a_nap_over_six_slots(policy, expected):
    night = Absence(ASLEEP, berlin("2027-01-12T00:00"), berlin("2027-01-12T06:00"))
    hourly = job(trigger=cron("30 * * * *"), missed=policy)
    found = told(happenings(hourly, absences=[night]))
    start = next(place for place, one in enumerate(found) if one.startswith("12 06:00"))
    assert found[:start] == [
        f"{11 + (n > 11)} {(12 + n) % 24:02}:30 j schedule +0 (0)" for n in range(12)
    ]
    assert found[start : start + len(expected)] == expected
    rest = found[start + len(expected) :]
    assert all(one.endswith("j schedule +0 (0)") for one in rest)


def test_a_slot_of_the_gap_is_made_up_for_after_the_nap_it_is_in():
    begin = berlin("2027-03-27T12:00")
    found = happenings(
        job(trigger=cron("30 2 * * *")), begin=begin, absences=nights(begin, begin + DAY)
    )
    assert told(found) == ["28 07:00 j catch-up +240 (0)"]


def test_a_time_that_comes_twice_in_a_nap_counts_once():
    begin = berlin("2027-10-30T12:00")
    found = happenings(
        job(trigger=cron("30 2 * * *")), begin=begin, absences=nights(begin, begin + DAY)
    )
    assert told(found) == ["31 07:00 j catch-up +330 (0)"]


def test_a_night_is_as_long_as_the_clock_on_the_wall_makes_it():
    for begin, hours in (("2027-03-27T12:00", 7), ("2027-10-30T12:00", 9), ("2027-06-01T12:00", 8)):
        since, until = berlin(begin), berlin(begin) + DAY
        (night,) = one_after_the_other(nights(since, until), begin=since, end=until)
        assert night.until - night.since == hours * HOUR


def test_what_is_missed_while_the_machine_is_off_says_so():
    off = Absence(OFF, BEGIN + 10 * MINUTE, BEGIN + 5 * HOUR)
    found = happenings(
        job(trigger=every(HOUR), missed=Missed(action=MissedAction.SKIP)),
        absences=[off],
        end=BEGIN + 6 * HOUR,
    )
    assert told(found) == ["11 17:00 j missed 4: off", "11 17:00 j schedule +0 (0)"]


def test_a_machine_that_is_off_does_not_sleep():
    asleep = Absence(ASLEEP, BEGIN, BEGIN + 4 * HOUR)
    off = Absence(OFF, BEGIN + HOUR, BEGIN + 2 * HOUR)
    found = one_after_the_other([off, asleep, asleep], begin=BEGIN, end=BEGIN + 3 * HOUR)
    assert found == [
        Absence(ASLEEP, BEGIN, BEGIN + HOUR),
        off,
        Absence(ASLEEP, BEGIN + 2 * HOUR, BEGIN + 3 * HOUR),
    ]


def test_nothing_runs_between_sleep_and_power_off():
    absences = [
        Absence(ASLEEP, BEGIN + MINUTE, BEGIN + 2 * HOUR),
        Absence(OFF, BEGIN + 2 * HOUR, BEGIN + 4 * HOUR + MINUTE),
    ]
    found = happenings(job(trigger=every(HOUR)), absences=absences, end=BEGIN + 5 * HOUR)
    assert told(found) == [
        "11 16:01 j coalesced 1: asleep",
        "11 16:01 j coalesced 2: off",
        "11 16:01 j schedule +1 (3)",
    ]


def test_a_machine_wakes_for_a_job_and_goes_back_to_sleep():
    night = Absence(ASLEEP, BEGIN + HOUR, BEGIN + 9 * HOUR)
    found = happenings(
        job("alarm", every(4 * HOUR), wake=Wake(lead=timedelta(minutes=5))),
        job("idler", every(HOUR), missed=Missed(action=MissedAction.SKIP)),
        absences=[night],
        end=BEGIN + 10 * HOUR,
    )
    assert told(found) == [
        "11 15:55 idler missed 3: asleep",
        "11 16:00 alarm schedule +0 (0)",
        "11 16:00 idler schedule +0 (0)",
        "11 19:55 idler missed 3: asleep",
        "11 20:00 alarm schedule +0 (0)",
        "11 20:00 idler schedule +0 (0)",
        "11 21:00 idler schedule +0 (0)",
    ]


def test_a_machine_that_was_woken_stays_awake_while_a_job_runs():
    night = Absence(ASLEEP, BEGIN + HOUR, BEGIN + 9 * HOUR)
    found = happenings(
        job("alarm", AtTrigger(BEGIN + 2 * HOUR), wake=Wake()),
        job("idler", AtTrigger(BEGIN + 2 * HOUR + 30 * MINUTE)),
        job("late", AtTrigger(BEGIN + 2 * HOUR + 31 * MINUTE)),
        absences=[night],
        durations={"alarm": 30 * MINUTE},
    )
    assert told(found) == [
        "11 14:00 alarm schedule +0 (0)",
        "11 14:30 idler schedule +0 (0)",
        "11 21:00 late catch-up +389 (0)",
    ]
    assert RETURN < MINUTE


def test_an_execution_stands_still_while_the_machine_sleeps():
    nap = Absence(ASLEEP, BEGIN + 70 * MINUTE, BEGIN + 250 * MINUTE)
    found = happenings(
        job(trigger=every(HOUR)), absences=[nap], duration=30 * MINUTE, end=BEGIN + 6 * HOUR
    )
    # It has run for ten minutes, and goes on for twenty from 16:10.
    assert told(found) == [
        "11 13:00 j schedule +0 (0)",
        "11 16:10 j coalesced 2: asleep",
        "11 16:10 j skipped 1: overlap",
        "11 17:00 j schedule +0 (0)",
    ]


def test_an_execution_that_is_stopped_for_sleep_is_in_nobodys_way():
    nap = Absence(ASLEEP, BEGIN + 70 * MINUTE, BEGIN + 250 * MINUTE)
    found = happenings(
        job(trigger=every(HOUR), on_sleep=SleepPolicy(action=OnSleep.STOP)),
        absences=[nap],
        duration=30 * MINUTE,
        end=BEGIN + 5 * HOUR,
    )
    assert told(found)[-2:] == ["11 16:10 j coalesced 2: asleep", "11 16:10 j catch-up +10 (2)"]


def test_an_execution_ends_at_its_timeout():
    slow = job(trigger=every(HOUR), timeout=timedelta(minutes=10))
    found = happenings(slow, duration=2 * HOUR, end=BEGIN + 4 * HOUR)
    assert [one.what.cause for one in found] == [Cause.SCHEDULE] * 3


def test_a_job_that_takes_too_long_skips_slots():
    found = happenings(job(trigger=every(HOUR)), duration=90 * MINUTE, end=BEGIN + 5 * HOUR)
    assert told(found) == [
        "11 13:00 j schedule +0 (0)",
        "11 14:00 j skipped 1: overlap",
        "11 15:00 j schedule +0 (0)",
        "11 16:00 j skipped 1: overlap",
    ]


def test_missed_slots_are_made_up_for_a_few_at_a_time_the_most_urgent_first():
    nap = Absence(ASLEEP, BEGIN + 30 * MINUTE, BEGIN + 90 * MINUTE)
    jobs = [job(f"j{n}", every(HOUR), priority=Priority(n)) for n in range(4)]
    found = happenings(
        *jobs,
        absences=[nap],
        duration=5 * MINUTE,
        resume=Resume(at_once=2, settle=timedelta(minutes=1)),
        end=BEGIN + 110 * MINUTE,
    )
    starts = [(one.at - nap.until, one.what.job) for one in found if isinstance(one.what, Start)]
    assert starts == [
        (MINUTE, "j3"),
        (MINUTE, "j2"),
        (6 * MINUTE, "j1"),
        (6 * MINUTE, "j0"),
    ]


def test_there_is_a_pause_between_two_that_are_made_up_for():
    nap = Absence(ASLEEP, BEGIN + 30 * MINUTE, BEGIN + 90 * MINUTE)
    jobs = [job(f"j{n}", every(HOUR)) for n in range(3)]
    found = happenings(
        *jobs,
        absences=[nap],
        resume=Resume(spacing=timedelta(seconds=20)),
        end=BEGIN + 110 * MINUTE,
    )
    starts = [one.at - nap.until for one in found if isinstance(one.what, Start)]
    assert starts == [0, 20 * SECOND, 40 * SECOND]


def test_a_limit_of_runs_ends_a_job():
    found = happenings(job(trigger=every(HOUR), max_runs=3), end=BEGIN + 8 * HOUR)
    assert [type(one.what) for one in found] == [Start, Start, Start, Close]
    assert told(found)[-1] == "11 19:59 j skipped 4: limit"


def test_what_waits_at_the_end_is_left_open():
    found = happenings(
        job(trigger=every(HOUR)), absences=nights(BEGIN, BEGIN + DAY), end=BEGIN + 14 * HOUR
    )
    assert isinstance(found[-1].what, Remain)
    assert told(found)[-1] == "12 01:59 j open: asleep"
    assert found[-1].what.span.count == 3


def test_occasions_of_the_machine_are_simulated():
    nap = Absence(ASLEEP, BEGIN + HOUR, BEGIN + 2 * HOUR)
    off = Absence(OFF, BEGIN + 3 * HOUR, BEGIN + 4 * HOUR)
    found = happenings(
        job("before", OccasionTrigger(Occasion.BEFORE_SLEEP)),
        job("after", OccasionTrigger(Occasion.RESUME, HOUR)),
        job("long", OccasionTrigger(Occasion.RESUME, HOUR + 1)),
        job("boot", OccasionTrigger(Occasion.BOOT)),
        job("login", OccasionTrigger(Occasion.LOGIN)),
        absences=[nap, off],
    )
    assert told(found) == [
        "11 13:00 before schedule +0 (0)",
        "11 14:00 after schedule +0 (0)",
        "11 16:00 boot schedule +0 (0)",
    ]


def test_jobs_that_do_not_run_by_themselves_take_no_part():
    assert happenings(job(trigger=every(HOUR), enabled=False), job("hand")) == []


def test_long_times_are_gone_through_in_steps_of_what_happens():
    yearly = job(trigger=cron("0 0 1 1 *"))
    found = happenings(yearly, days=40 * 366)
    assert len(found) == 40


@st.composite
def scenarios(draw):
    count = draw(st.integers(1, 4))
    policies = st.builds(
        Missed,
        action=st.sampled_from(MissedAction),
        within=st.none() | st.integers(0, 600).map(lambda n: timedelta(minutes=n)),
        cap=st.integers(1, 4),
    )
    triggers = st.one_of(
        st.integers(1, 300).map(lambda n: every(n * MINUTE)),
        st.sampled_from(["*/20 * * * *", "30 2 * * *", "0 */3 * * *"]).map(cron),
    )
    jobs = [
        job(
            f"j{n}",
            draw(triggers),
            missed=draw(policies),
            max_runs=draw(st.none() | st.integers(0, 20)),
            wake=draw(st.none() | st.just(Wake())),
            priority=draw(st.sampled_from(Priority)),
            on_sleep=SleepPolicy(action=draw(st.sampled_from(OnSleep))),
        )
        for n in range(count)
    ]
    begin = berlin(draw(st.sampled_from(["2027-03-27T12:00", "2027-10-30T12:00"])))
    absence = st.builds(
        lambda kind, since, length: Absence(
            kind, begin + since * MINUTE, begin + (since + length) * MINUTE
        ),
        st.sampled_from([ASLEEP, OFF]),
        st.integers(-60, 3000),
        st.integers(1, 800),
    )
    return Scenario(
        jobs=jobs,
        begin=begin,
        end=begin + 2 * DAY,
        absences=draw(st.lists(absence, max_size=5)),
        duration=draw(st.integers(0, 90)) * MINUTE,
        resume=Resume(
            settle=timedelta(seconds=draw(st.integers(0, 90))),
            spacing=timedelta(seconds=draw(st.integers(0, 90))),
            at_once=draw(st.integers(1, 3)),
        ),
    )


@settings(max_examples=25)
@given(scenarios())
def test_each_slot_is_started_closed_or_left_and_never_twice(scenario):
    counts = {}
    found = list(counted(simulate(scenario), counts))
    assert all(before.at <= after.at for before, after in pairwise(found))
    for one in scenario.jobs:
        schedule = one.schedule(scenario.begin)
        expected = schedule.count_between(scenario.begin - 1, scenario.end - 1)
        assert counts.get(one.name, SlotCounts()).slots == expected
        spans = sorted(
            (h.what.slot, h.what.slot)
            if isinstance(h.what, Start)
            else (h.what.span.first, h.what.span.last)
            for h in found
            if h.what.job == one.name and not isinstance(h.what, Defer)
        )
        assert all(before[1] < after[0] for before, after in pairwise(spans))


@settings(max_examples=25)
@given(scenarios())
def test_the_same_scenario_always_gives_the_same(scenario):
    assert list(simulate(scenario)) == list(simulate(scenario))


@settings(max_examples=25)
@given(scenarios())
def test_nothing_starts_while_nobody_is_there(scenario):
    away = one_after_the_other(scenario.absences, begin=scenario.begin, end=scenario.end)
    wakes = any(one.wake for one in scenario.jobs)
    for happening in simulate(scenario):
        if isinstance(happening.what, Start):
            kinds = [one.kind for one in away if one.since <= happening.at < one.until]
            assert not kinds or (kinds == [ASLEEP] and wakes)


def test_counts_tell_the_states_apart():
    night = Absence(ASLEEP, BEGIN + HOUR, BEGIN + 4 * HOUR + MINUTE)
    counts = {}
    scenario = Scenario(
        jobs=[job(trigger=every(HOUR), zone=UTC)],
        begin=BEGIN,
        end=BEGIN + 6 * HOUR,
        absences=[night],
    )
    list(counted(simulate(scenario), counts))
    assert counts["j"] == SlotCounts(in_time=2, coalesced=3)
    assert SlotState.COALESCED == "coalesced"
