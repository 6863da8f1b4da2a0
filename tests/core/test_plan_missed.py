from __future__ import annotations

from datetime import timedelta

import pytest

from wakeful.core.condition import AC, IDLE, LOAD, LOAD_INTERVAL, NETWORK
from wakeful.core.decision import (
    ANSWER,
    Close,
    Defer,
    Reason,
    SlotState,
    Start,
    accounted_until,
    waiting_slots,
)
from wakeful.core.execution import Cause
from wakeful.core.facts import Facts, JobFacts
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.ledger import Ledger
from wakeful.core.period import Period, PeriodKind
from wakeful.core.plan import decide
from wakeful.core.policy import AtDeadline, Conditions, Missed, MissedAction, Priority
from wakeful.core.schedule import AtSchedule, EverySchedule, SlotSpan
from wakeful.core.surroundings import Surroundings

NOON = 1_800_000_000 * SECOND
HOURLY = EverySchedule(HOUR, NOON)
SETTLING = "condition:settling"
ON_BATTERY = Surroundings(on_ac=False)
ON_MAINS = Surroundings(on_ac=True)
AC_ONLY = Conditions(ac=True)


def at(hours, minutes=0):
    return NOON + hours * HOUR + minutes * MINUTE


def period(kind, since, until, step=0):
    return Period(kind=kind, since=since, until=until, step=step)


def asleep(since, until):
    return period(PeriodKind.ASLEEP, since, until)


def decisions(now, *, schedule=HOURLY, accounted=NOON, world=None, **job):
    facts = JobFacts(schedule=schedule, accounted_until=accounted, **job)
    return decide(Facts(now=now, jobs={"job": facts}, **(world or {})), ["job"])


def closed(first, last, count, state, reason):
    return Close("job", SlotSpan(first, last, count), state, reason)


def one(slot, state, reason):
    return closed(slot, slot, 1, state, reason)


def start(slot, cause=Cause.CATCH_UP, coalesced=0):
    return Start("job", slot, cause, coalesced)


def waits(slot, reason, **more):
    return Defer("job", slot, reason, **more)


NIGHT = {"ledger": Ledger([asleep(at(0, 30), at(4, 30))])}
"""Slots 1 to 4 pass asleep."""
SKIP = Missed(action=MissedAction.SKIP)
ASK = Missed(action=MissedAction.ASK)
ALL = Missed(action=MissedAction.RUN_ALL)


def only(action, **limits):
    return Missed(
        action=action,
        **{key: timedelta(hours=one) if key == "within" else one for key, one in limits.items()},
    )


COALESCED, MISSED, SKIPPED = SlotState.COALESCED, SlotState.MISSED, SlotState.SKIPPED
SLEPT, LATE = Reason.ASLEEP, Reason.TOO_LATE

POLICIES = {
    "run-once makes up for the last, which stands for the others": (
        {"now": at(4, 31), "world": NIGHT},
        [closed(at(1), at(3), 3, COALESCED, SLEPT), start(at(4), coalesced=3)],
    ),
    "run-once serves a slot that has just come, which stands for those asleep": (
        {"now": at(5), "world": NIGHT},
        [closed(at(1), at(4), 4, COALESCED, SLEPT), start(at(5), Cause.SCHEDULE, 4)],
    ),
    "run-once gives up what is older than it may be": (
        {"now": at(4, 31), "missed": Missed(within=timedelta(minutes=30)), "world": NIGHT},
        [closed(at(1), at(4), 4, MISSED, LATE)],
    ),
    "run-once makes up for what is exactly as old as it may be": (
        {"now": at(4, 31), "missed": Missed(within=timedelta(minutes=31)), "world": NIGHT},
        [closed(at(1), at(3), 3, COALESCED, SLEPT), start(at(4), coalesced=3)],
    ),
    "one instant may be made up for after more than a day, if wanted": (
        {
            "now": at(50),
            "schedule": AtSchedule(at(1)),
            "missed": Missed(within=timedelta(days=3)),
        },
        [start(at(1))],
    ),
    "skip makes up for nothing": (
        {"now": at(4, 31), "missed": SKIP, "world": NIGHT},
        [closed(at(1), at(4), 4, MISSED, SLEPT)],
    ),
    "skip serves what has just come": (
        {"now": at(5), "missed": SKIP, "world": NIGHT},
        [closed(at(1), at(4), 4, MISSED, SLEPT), start(at(5), Cause.SCHEDULE)],
    ),
    "run-all begins with the oldest": (
        {"now": at(4, 31), "missed": ALL, "world": NIGHT},
        [start(at(1)), waits(at(2), Reason.OVERLAP)],
    ),
    "run-all serves what has just come after those": (
        {"now": at(5), "missed": ALL, "world": NIGHT},
        [start(at(1)), waits(at(2), Reason.OVERLAP)],
    ),
    "run-all waits for the execution before": (
        {"now": at(4, 31), "missed": ALL, "accounted": at(1), "running": 1, "world": NIGHT},
        [waits(at(2), Reason.OVERLAP)],
    ),
    "run-all ends with the last": (
        {"now": at(5), "missed": ALL, "accounted": at(4), "world": NIGHT},
        [start(at(5), Cause.SCHEDULE)],
    ),
    "run-all gives up what is beyond the cap": (
        {"now": at(5), "missed": only(MissedAction.RUN_ALL, cap=2), "world": NIGHT},
        [
            closed(at(1), at(2), 2, MISSED, Reason.LIMIT),
            start(at(3)),
            waits(at(4), Reason.OVERLAP),
        ],
    ),
    "run-all with a cap of nothing serves what has just come": (
        {"now": at(5), "missed": only(MissedAction.RUN_ALL, cap=0), "world": NIGHT},
        [closed(at(1), at(4), 4, MISSED, Reason.LIMIT), start(at(5), Cause.SCHEDULE)],
    ),
    "run-all gives up what is too old, and of the rest what is beyond the cap": (
        {"now": at(5, 2), "missed": only(MissedAction.RUN_ALL, within=3, cap=2), "world": NIGHT},
        [
            closed(at(1), at(2), 2, MISSED, LATE),
            one(at(3), MISSED, Reason.LIMIT),
            start(at(4)),
            waits(at(5), Reason.OVERLAP),
        ],
    ),
    "run-all skips what comes during an ordinary execution": (
        {"now": at(1), "missed": ALL, "running": 1},
        [one(at(1), SKIPPED, Reason.OVERLAP)],
    ),
    "ask lets the last wait for a person": (
        {"now": at(4, 31), "missed": ASK, "world": NIGHT},
        [
            closed(at(1), at(3), 3, COALESCED, SLEPT),
            waits(at(4), ANSWER, until=at(5), coalesced=3),
        ],
    ),
    "ask waits as long as it may": (
        {"now": at(4, 31), "missed": only(MissedAction.ASK, within=2), "accounted": at(3)},
        [waits(at(4), ANSWER, until=at(6) + 1)],
    ),
    "ask runs if the person wants": (
        {
            "now": at(4, 40),
            "missed": ASK,
            "accounted": at(4) - 1,
            "waiting": waits(at(4), ANSWER, coalesced=3),
            "answer": True,
        },
        [start(at(4), coalesced=3)],
    ),
    "ask does not run if the person does not want": (
        {
            "now": at(4, 40),
            "missed": ASK,
            "accounted": at(4) - 1,
            "waiting": waits(at(4), ANSWER, coalesced=3),
            "answer": False,
        },
        [one(at(4), SKIPPED, ANSWER)],
    ),
    "an answer about one slot is none about another": (
        {
            "now": at(5, 10),
            "missed": ASK,
            "accounted": at(4) - 1,
            "waiting": waits(at(4), ANSWER, coalesced=3),
            "answer": True,
            "world": NIGHT,
        },
        [one(at(4), COALESCED, SLEPT), waits(at(5), ANSWER, until=at(6), coalesced=4)],
    ),
    "ask gives up when nobody answers": (
        {
            "now": at(2) + 1,
            "schedule": AtSchedule(at(1)),
            "missed": only(MissedAction.ASK, within=1),
            "accounted": at(1) - 1,
            "waiting": waits(at(1), ANSWER),
        },
        [one(at(1), MISSED, LATE)],
    ),
    "a job that was held makes up for nothing": (
        {"now": at(4, 31), "missed": ALL, "idle_reason": Reason.DISABLED, "world": NIGHT},
        [closed(at(1), at(4), 4, SKIPPED, Reason.DISABLED)],
    ),
    "a job that ran as often as it may runs no more": (
        {"now": at(5), "remaining": 0, "world": NIGHT},
        [closed(at(1), at(5), 5, SKIPPED, Reason.LIMIT)],
    ),
    "a job with one execution left runs": (
        {"now": at(1), "remaining": 1},
        [start(at(1), Cause.SCHEDULE)],
    ),
}


@pytest.mark.parametrize(("given", "expected"), POLICIES.values(), ids=POLICIES)
def test_missed_slots(given, expected):
    assert decisions(**given) == expected


SEVERAL = Ledger(
    [
        period(PeriodKind.OFF, at(0, 30), at(2, 30)),
        asleep(at(2, 45), at(3)),
        period(PeriodKind.CLOCK_STEP, at(3, 30), at(5, 30), step=2 * HOUR),
    ]
)


def test_each_slot_has_the_reason_of_its_own_period():
    found = decisions(at(6, 2), missed=SKIP, world={"ledger": SEVERAL, "absence": SLEPT})
    assert found == [
        closed(at(1), at(2), 2, MISSED, Reason.OFF),
        one(at(3), MISSED, Reason.ASLEEP),  # the period ends there; that of absence
        closed(at(4), at(5), 2, MISSED, Reason.CLOCK_STEP),
        one(at(6), MISSED, Reason.ASLEEP),
    ]


def test_slots_of_several_periods_with_the_same_reason_are_closed_together():
    naps = Ledger([asleep(at(hour, -5), at(hour, 5)) for hour in range(1, 5)])
    assert decisions(at(4, 31), missed=SKIP, world={"ledger": naps}) == [
        closed(at(1), at(4), 4, MISSED, SLEPT)
    ]


@pytest.mark.parametrize("kind", list(PeriodKind))
def test_every_kind_of_period_is_a_reason(kind):
    world = {"ledger": Ledger([period(kind, NOON, at(2), step=1)])}
    (found,) = decisions(at(1, 5), missed=SKIP, world=world)
    assert Reason(found.reason) == kind


@pytest.mark.parametrize("job", [{}, {"missed": ALL}, {"idle_reason": Reason.PAUSED}])
def test_a_closed_gate_leaves_all_open(job):
    assert decisions(at(5), world={**NIGHT, "gate": SLEPT}, **job) == [waits(at(1), SLEPT)]


def test_what_was_decided_of_a_slot_outlives_a_closed_gate():
    waiting = waits(at(1), AC, until=at(3), cause=Cause.SCHEDULE, coalesced=2, deadline=at(3))
    job = {"accounted": at(1) - 1, "conditions": AC_ONLY, "waiting": waiting}
    (gated,) = decisions(at(1, 30), world={"gate": SLEPT}, **job)
    assert gated == waiting
    found = decisions(at(1, 40), **{**job, "waiting": gated})
    assert found == [start(at(1), Cause.SCHEDULE, 2)]


CONDITIONS = {
    "a slot waits until its condition holds, at most until the next comes": (
        {"now": at(1), "conditions": AC_ONLY, "world": {"surroundings": ON_BATTERY}},
        [waits(at(1), AC, until=at(2), cause=Cause.SCHEDULE, deadline=at(2))],
    ),
    "a slot runs when its condition holds": (
        {"now": at(1), "conditions": AC_ONLY, "world": {"surroundings": ON_MAINS}},
        [start(at(1), Cause.SCHEDULE)],
    ),
    "what was missed waits, too, and stands for the others": (
        {"now": at(4, 31), "conditions": AC_ONLY, "world": {**NIGHT, "surroundings": ON_BATTERY}},
        [
            closed(at(1), at(3), 3, COALESCED, SLEPT),
            waits(at(4), AC, until=at(5), cause=Cause.CATCH_UP, coalesced=3, deadline=at(5)),
        ],
    ),
    "a slot during an execution is skipped, whatever the conditions": (
        {
            "now": at(1),
            "running": 1,
            "conditions": AC_ONLY,
            "world": {"surroundings": ON_BATTERY},
        },
        [one(at(1), SKIPPED, Reason.OVERLAP)],
    ),
    "the load is looked at again and again": (
        {
            "now": at(1),
            "conditions": Conditions(load_below=2),
            "world": {"surroundings": Surroundings(load=2.0)},
        },
        [waits(at(1), LOAD, until=at(1) + LOAD_INTERVAL, cause=Cause.SCHEDULE, deadline=at(2))],
    ),
    "an idle machine is looked at when it will have been idle for long enough": (
        {
            "now": at(1),
            "conditions": Conditions(idle=timedelta(minutes=20)),
            "world": {"surroundings": Surroundings(in_use=False, idle_since=at(0, 50))},
        },
        [waits(at(1), IDLE, until=at(1, 10), cause=Cause.SCHEDULE, deadline=at(2))],
    ),
    "a slot beyond its deadline is missed": (
        {
            "now": at(4, 31),
            "accounted": at(3),
            "conditions": Conditions(ac=True, deadline=timedelta(minutes=31)),
            "world": {"surroundings": ON_BATTERY},
        },
        [one(at(4), MISSED, AC)],
    ),
    "a slot beyond its deadline runs, if wanted": (
        {
            "now": at(4, 31),
            "accounted": at(3),
            "conditions": Conditions(
                ac=True, deadline=timedelta(minutes=31), at_deadline=AtDeadline.RUN
            ),
            "world": {"surroundings": ON_BATTERY},
        },
        [start(at(4))],
    ),
    "each slot of run-all waits, without end unless it has a deadline": (
        {
            "now": at(4, 31),
            "missed": ALL,
            "conditions": AC_ONLY,
            "world": {"surroundings": ON_BATTERY},
        },
        [waits(at(1), AC, cause=Cause.CATCH_UP)],
    ),
    "slots of run-all beyond their deadline are missed": (
        {
            "now": at(4, 31),
            "missed": ALL,
            "conditions": Conditions(ac=True, deadline=timedelta(hours=2)),
            "world": {"surroundings": ON_BATTERY},
        },
        [
            closed(at(1), at(2), 2, MISSED, AC),
            waits(at(3), AC, until=at(5), cause=Cause.CATCH_UP, deadline=at(5)),
        ],
    ),
    "slots of run-all beyond their deadline run, if wanted": (
        {
            "now": at(4, 31),
            "missed": ALL,
            "conditions": Conditions(
                ac=True, deadline=timedelta(hours=2), at_deadline=AtDeadline.RUN
            ),
            "world": {"surroundings": ON_BATTERY},
        },
        [start(at(1)), waits(at(2), Reason.OVERLAP)],
    ),
    "a machine of which nothing is known stands in nobody's way": (
        {
            "now": at(1),
            "conditions": Conditions(
                ac=True,
                battery_above=50,
                idle=timedelta(hours=1),
                metered=False,
                online=True,
                load_below=1,
            ),
        },
        [start(at(1), Cause.SCHEDULE)],
    ),
}


@pytest.mark.parametrize(("given", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(given, expected):
    assert decisions(**given) == expected


def waiting_for_mains(slot, **more):
    more = {"cause": Cause.SCHEDULE, "deadline": slot + HOUR, **more}
    return {"accounted": slot - 1, "conditions": AC_ONLY, "waiting": waits(slot, AC, **more)}


@pytest.mark.parametrize("policy", [Missed(), SKIP, ASK, ALL])
def test_a_slot_that_waited_for_its_condition_was_not_missed(policy):
    found = decisions(at(1, 40), missed=policy, **waiting_for_mains(at(1), coalesced=2))
    assert found[0].cause is Cause.SCHEDULE


@pytest.mark.parametrize("policy", [Missed(), SKIP, ASK])
def test_a_newer_slot_stands_for_one_that_waits_for_its_condition(policy):
    world = {"surroundings": ON_BATTERY}
    job = waiting_for_mains(at(1), coalesced=2)
    assert decisions(at(2), missed=policy, world=world, **job) == [
        one(at(1), COALESCED, AC),
        waits(at(2), AC, until=at(3), cause=Cause.SCHEDULE, coalesced=3, deadline=at(3)),
    ]
    assert decisions(at(2), missed=policy, **job) == [
        one(at(1), COALESCED, AC),
        start(at(2), Cause.SCHEDULE, 3),
    ]


def test_a_slot_that_waited_before_a_sleep_has_another_reason_than_those_in_it():
    world = {"ledger": Ledger([asleep(at(1, 30), at(4, 30))])}
    job = waiting_for_mains(at(1))
    assert decisions(at(5), world=world, **job) == [
        one(at(1), COALESCED, AC),
        closed(at(2), at(4), 3, COALESCED, SLEPT),
        start(at(5), Cause.SCHEDULE, 4),
    ]
    assert decisions(at(5), world=world, missed=SKIP, **job) == [
        one(at(1), COALESCED, AC),
        closed(at(2), at(4), 3, MISSED, SLEPT),
        start(at(5), Cause.SCHEDULE, 1),
    ]


def test_a_job_with_frequent_slots_runs_at_the_deadline_of_the_first():
    conditions = Conditions(
        ac=True, deadline=timedelta(hours=3, minutes=30), at_deadline=AtDeadline.RUN
    )
    waiting, accounted, starts = None, NOON, []
    for minutes in range(1, 5 * 60):
        found = decisions(
            at(0, minutes),
            accounted=accounted,
            conditions=conditions,
            waiting=waiting,
            world={"surroundings": ON_BATTERY},
        )
        starts += [(minutes, one) for one in found if isinstance(one, Start)]
        waiting = waiting_slots(found).get("job", None if found else waiting)
        accounted = accounted_until(accounted, at(0, minutes), waiting)
    assert starts == [(4 * 60 + 30, start(at(4), Cause.SCHEDULE, 3))]


def test_a_job_that_runs_at_the_deadline_runs_at_the_latest_when_the_next_slot_comes():
    job = waiting_for_mains(at(1))
    job["conditions"] = Conditions(ac=True, at_deadline=AtDeadline.RUN)
    assert decisions(at(2), world={"surroundings": ON_BATTERY}, **job) == [
        one(at(1), COALESCED, AC),
        start(at(2), Cause.SCHEDULE, 1),
    ]


def test_what_was_missed_waits_for_things_to_settle_and_what_comes_does_not():
    world = {**NIGHT, "settling": SETTLING}
    assert decisions(at(4, 31), accounted=at(3), world=world) == [waits(at(4), SETTLING)]
    assert decisions(at(4, 31), accounted=at(3), missed=ALL, world=world) == [
        waits(at(4), SETTLING)
    ]
    assert decisions(at(5), accounted=at(4), world=world) == [start(at(5), Cause.SCHEDULE)]


def test_a_slot_that_waited_for_things_to_settle_was_asleep():
    job = {"accounted": at(4) - 1, "waiting": waits(at(4), SETTLING, coalesced=3)}
    assert decisions(at(5), world={**NIGHT, "settling": SETTLING}, **job) == [
        one(at(4), COALESCED, SLEPT),
        start(at(5), Cause.SCHEDULE, 4),
    ]


def test_a_missed_slot_that_has_waited_for_its_condition_is_not_too_late_afterwards():
    job = {
        "accounted": at(4) - 1,
        "missed": only(MissedAction.RUN_ONCE, within=1),
        "conditions": Conditions(ac=True, deadline=timedelta(hours=9)),
        "schedule": AtSchedule(at(4)),
    }
    (waiting,) = decisions(at(4, 50), world={"surroundings": ON_BATTERY}, **job)
    assert waiting.deadline == at(13)
    assert decisions(at(8), waiting=waiting, **job) == [start(at(4))]
    (full,) = decisions(at(8), waiting=waiting, world={"room": 0}, **job)
    assert (full.reason, full.cause, full.deadline) == ("limit", Cause.CATCH_UP, at(13))
    assert decisions(at(9), waiting=full, **job) == [start(at(4))]


def many(jobs, **world):
    facts = {
        name: JobFacts(schedule=AtSchedule(slot), accounted_until=NOON, **more)
        for name, (slot, more) in jobs.items()
    }
    return decide(Facts(now=at(4), jobs=facts, **world), facts)


def test_the_most_urgent_slots_are_made_up_for_first():
    jobs = {
        "low": (at(1), {"priority": Priority.LOW}),
        "late": (at(2), {}),
        "early": (at(1, 30), {}),
        "critical": (at(3), {"priority": Priority.CRITICAL}),
    }
    assert [one.job for one in many(jobs)] == ["critical", "early", "late", "low"]
    found = many(jobs, room=2)
    assert [one.job for one in found if isinstance(one, Start)] == ["critical", "early"]
    assert [one for one in found if isinstance(one, Defer)] == [
        Defer("low", at(1), Reason.LIMIT),
        Defer("late", at(2), Reason.LIMIT),
    ]


def test_a_slot_that_has_just_come_needs_no_room():
    jobs = {"missed": (at(1), {}), "punctual": (at(4), {"priority": Priority.LOW})}
    assert many(jobs, room=0) == [
        Start("punctual", at(4), Cause.SCHEDULE, 0, Priority.LOW),
        Defer("missed", at(1), Reason.LIMIT),
    ]


def test_a_job_without_room_waits_with_its_oldest_slot_only():
    found = decisions(at(4, 31), missed=ALL, world={**NIGHT, "room": 0})
    assert found == [waits(at(1), Reason.LIMIT)]
    assert accounted_until(NOON, at(4, 31), waiting_slots(found)["job"]) == at(1) - 1


def test_a_punctual_slot_behind_a_backlog_is_not_skipped():
    job = {"missed": ALL, "accounted": at(4)}
    waiting = waits(at(5), Reason.OVERLAP)
    assert decisions(at(5), running=1, waiting=waiting, **job) == [waiting]
    assert decisions(at(5), waiting=waiting, **job) == [start(at(5), Cause.SCHEDULE)]


def test_all_is_accounted_for_unless_something_waits():
    assert accounted_until(at(1), at(2), None) == at(2)
    assert accounted_until(at(3), at(2), None) == at(3)
    assert accounted_until(at(1), at(4), waits(at(3), AC)) == at(3) - 1
    assert waiting_slots([start(at(1)), waits(at(3), AC)]) == {"job": waits(at(3), AC)}


def test_a_second_by_second_job_is_made_up_for_after_a_month_without_counting_one_by_one():
    every_second = EverySchedule(SECOND, NOON)
    now = NOON + 30 * DAY
    world = {"ledger": Ledger([asleep(NOON, now - 2 * MINUTE)])}
    found = decisions(now, schedule=every_second, missed=SKIP, world=world)
    assert [(one.reason, one.span.count) for one in found if isinstance(one, Close)] == [
        (SLEPT, 30 * DAY // SECOND - 121),
        (Reason.OFF, 120),
    ]


def test_a_network_is_waited_for():
    job = {"conditions": Conditions(online=True)}
    (found,) = decisions(at(1), world={"surroundings": Surroundings(online=False)}, **job)
    assert found.reason == NETWORK
