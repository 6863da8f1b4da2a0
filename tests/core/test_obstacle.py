from __future__ import annotations

from datetime import timedelta

import pytest

from wakeful.core.condition import AC, BATTERY, IDLE, LOAD, METERED, NETWORK
from wakeful.core.decision import ANSWER, Defer, Reason
from wakeful.core.execution import Cause
from wakeful.core.facts import Facts, JobFacts
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.obstacle import ENDED, ERROR, NO_TRIGGER, Obstacle, obstacles
from wakeful.core.occasion_schedule import OccasionSchedule
from wakeful.core.policy import Conditions
from wakeful.core.schedule import AtSchedule, EverySchedule
from wakeful.core.surroundings import Surroundings

NOON = 1_800_000_000 * SECOND
HOURLY = EverySchedule(HOUR, NOON)
MISSED = Defer("job", NOON - HOUR, "condition:settling")


def found(*, schedule=HOURLY, usable=True, has_schedule=True, world=None, **job):
    facts = JobFacts(schedule=schedule, accounted_until=NOON, **job)
    return obstacles(
        facts, Facts(now=NOON, **(world or {})), usable=usable, has_schedule=has_schedule
    )


def codes(**given):
    return [obstacle.code for obstacle in found(**given)]


def test_nothing_stands_in_the_way_of_an_ordinary_job():
    assert found() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"usable": False}, ERROR),
        ({"has_schedule": False}, NO_TRIGGER),
        ({"schedule": AtSchedule(NOON)}, ENDED),
        ({"remaining": 0}, Reason.LIMIT),
        ({"idle_reason": Reason.PAUSED}, Reason.PAUSED),
        ({"idle_reason": Reason.DISABLED}, Reason.DISABLED),
        ({"world": {"stopping": True}}, Reason.SHUTDOWN),
        ({"world": {"gate": "asleep"}}, Reason.ASLEEP),
        ({"world": {"gate": "frost"}}, "frost"),
        ({"running": 1}, Reason.OVERLAP),
        ({"waiting": Defer("job", NOON - HOUR, ANSWER)}, ANSWER),
        ({"waiting": MISSED, "world": {"settling": "condition:settling"}}, "condition:settling"),
        ({"waiting": MISSED, "world": {"settling": NETWORK}}, NETWORK),
        ({"waiting": MISSED, "world": {"room": 0}}, Reason.LIMIT),
    ],
)
def test_each_obstacle_is_named_with_a_sentence(given, code):
    (obstacle,) = found(**given)
    assert obstacle.code == code
    assert obstacle.text[0].isupper()
    assert obstacle.text.endswith(".")


def test_what_holds_back_missed_slots_does_not_hold_back_the_next():
    world = {"settling": "condition:settling", "room": 0}
    assert found(world=world) == []
    waiting = Defer("job", NOON - HOUR, AC, cause=Cause.SCHEDULE)
    assert found(world=world, waiting=waiting) == []


def test_a_person_who_has_answered_is_not_in_the_way():
    assert found(waiting=Defer("job", NOON - HOUR, ANSWER), answer=True) == []


def test_an_event_may_still_occur():
    assert found(schedule=OccasionSchedule()) == []


def test_conditions_are_told_with_what_there_is():
    conditions = Conditions(
        ac=True,
        battery_above=50,
        idle=timedelta(minutes=10),
        metered=False,
        online=True,
        load_below=1.5,
    )
    surroundings = Surroundings(
        on_ac=False,
        battery=20.4,
        in_use=False,
        idle_since=NOON - 3 * MINUTE,
        metered=True,
        online=False,
        load=4.25,
    )
    assert found(conditions=conditions, world={"surroundings": surroundings}) == [
        Obstacle(AC, "It runs on mains power only; the machine is on battery."),
        Obstacle(BATTERY, "It needs a charge of 50 %; the battery has 20 %."),
        Obstacle(IDLE, "It needs a machine nobody has used for 10m; so far it is 3m."),
        Obstacle(METERED, "It does not run on a metered network; this one is."),
        Obstacle(NETWORK, "It needs a network; there is none."),
        Obstacle(LOAD, "It needs a load below 1.5; it is 4.25."),
    ]


def test_the_opposite_conditions_are_told_as_well():
    conditions = Conditions(ac=False, idle=timedelta(minutes=10), metered=True, online=False)
    surroundings = Surroundings(on_ac=True, in_use=True, metered=False, online=True)
    texts = [one.text for one in found(conditions=conditions, world={"surroundings": surroundings})]
    assert texts == [
        "It runs on battery only; the machine is on mains power.",
        "It needs a machine nobody has used for 10m; somebody uses it.",
        "It runs on a metered network only; this one is not.",
        "It runs without a network only; there is one.",
    ]


def test_a_missing_network_is_told_once():
    world = {"settling": NETWORK, "surroundings": Surroundings(online=False)}
    assert codes(world=world, waiting=MISSED, conditions=Conditions(online=True)) == [NETWORK]


def test_all_obstacles_are_listed_what_lasts_longest_first():
    conditions = Conditions(ac=True)
    world = {"gate": "asleep", "surroundings": Surroundings(on_ac=False)}
    assert codes(
        usable=False,
        remaining=0,
        idle_reason=Reason.DISABLED,
        running=1,
        conditions=conditions,
        world=world,
    ) == [ERROR, "limit", "disabled", "asleep", "overlap", AC]
