"""Slots that wait for the machine to be as their job wants it, and for people who are asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.condition import AC, IDLE, LOAD, LOAD_INTERVAL
from wakeful.core.decision import ANSWER, SETTLING
from wakeful.core.errors import InvalidArgumentError, NoSuchJobError
from wakeful.core.event import SlotDeferred
from wakeful.core.execution import Cause
from wakeful.core.instant import HOUR, MINUTE, SECOND
from wakeful.core.plan import Reason, SlotState
from wakeful.core.policy import AtDeadline, Conditions, Missed, MissedAction
from wakeful.services.power.power import LONGEST_FIRST_LOOK_SECONDS

ON_AC = Conditions(ac=True, deadline=timedelta(minutes=30))
ASK = Missed(action=MissedAction.ASK)


@pytest.fixture
async def begin(make_world):
    async def begin_(conditions=None, **fields):
        world = make_world(a_job(every=HOUR, conditions=conditions, **fields))
        world.surroundings.become(on_ac=False, online=False)
        await world.begin()
        return world

    return begin_


def closed(world):
    return [(one.span.first, one.span.count, one.state, one.reason) for one in world.store.closings]


async def test_a_slot_waits_and_its_reason_is_told_once(begin, elapse):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    assert world.processes == []
    assert (world.entry().waiting.slot, world.entry().waiting.reason) == (NOON + HOUR, AC)
    assert world.scheduler.job("backup").waiting == world.entry().waiting
    world.surroundings.become(online=True)
    await settle()
    assert world.happened(SlotDeferred) == [SlotDeferred("backup", NOON + HOUR, AC)]


async def test_nothing_is_decided_on_a_machine_that_nobody_has_looked_at_yet(
    make_world, monkeypatch
):
    looked = asyncio.Event()
    world = make_world(a_job(every=HOUR, conditions=ON_AC))
    monkeypatch.setattr(world.surroundings, "look_around", looked.wait)
    await world.begin()
    await world.wait(HOUR)
    assert world.entry().waiting.reason == SETTLING
    looked.set()
    await settle()
    assert world.entry().waiting is None
    assert len(world.processes) == 1


async def test_a_machine_that_cannot_be_looked_at_is_not_waited_for(
    make_world, monkeypatch, elapse
):
    world = make_world(a_job(every=SECOND, conditions=ON_AC))
    monkeypatch.setattr(world.surroundings, "look_around", asyncio.Event().wait)
    await world.begin()
    await elapse(world, round((LONGEST_FIRST_LOOK_SECONDS + 1) * SECOND))
    await settle()
    assert len(world.processes) == 1


async def test_a_slot_is_served_as_soon_as_its_condition_holds(begin, elapse):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    await elapse(world, 20 * MINUTE)
    world.surroundings.become(on_ac=True)
    await settle()
    (execution,) = world.store.executions
    assert (execution.slot, execution.cause) == (NOON + HOUR, Cause.SCHEDULE)
    assert world.entry().waiting is None


async def test_a_slot_that_waited_to_its_deadline_is_missed(begin, elapse):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    await elapse(world, 29 * MINUTE)
    assert closed(world) == []
    await elapse(world, MINUTE)
    assert closed(world) == [(NOON + HOUR, 1, SlotState.MISSED, AC)]
    assert world.entry().waiting is None
    assert world.entry().missed_count == 1


async def test_a_slot_that_waited_to_its_deadline_can_run_all_the_same(begin, elapse):
    conditions = Conditions(ac=True, deadline=timedelta(minutes=30), at_deadline=AtDeadline.RUN)
    world = await begin(conditions)
    await elapse(world, HOUR)
    await elapse(world, 30 * MINUTE)
    assert [one.slot for one in world.store.executions] == [NOON + HOUR]


async def test_the_deadline_is_looked_at_first_where_several_slots_wait(make_world, elapse):
    world = make_world(
        a_job("long", every=HOUR, conditions=Conditions(ac=True, deadline=timedelta(minutes=40))),
        a_job("short", every=HOUR, conditions=ON_AC),
    )
    world.surroundings.become(on_ac=False)
    await world.begin()
    await elapse(world, HOUR)
    await elapse(world, 30 * MINUTE)
    assert [one.job for one in world.store.closings] == ["short"]
    await elapse(world, 10 * MINUTE)
    assert [one.job for one in world.store.closings] == ["short", "long"]


async def test_without_a_deadline_the_next_slot_takes_the_place_of_the_one_that_waits(
    begin, elapse
):
    world = await begin(Conditions(ac=True))
    await elapse(world, HOUR)
    await elapse(world, HOUR)
    assert world.entry().waiting.slot == NOON + 2 * HOUR
    assert [one[0] for one in closed(world)] == [NOON + HOUR]


async def test_a_machine_becomes_idle_by_time_alone(begin, elapse):
    world = await begin(Conditions(idle=timedelta(minutes=5)))
    world.surroundings.become(in_use=True, idle_since=None)
    await elapse(world, HOUR)
    assert world.entry().waiting.reason == IDLE
    world.surroundings.become(in_use=False, idle_since=NOON + HOUR)
    await settle()
    await elapse(world, 5 * MINUTE - SECOND)
    assert world.processes == []
    await elapse(world, SECOND)
    assert len(world.processes) == 1


async def test_the_load_is_looked_at_again_and_again_while_a_slot_waits_for_it(begin, elapse):
    world = await begin(Conditions(load_below=2.0))
    world.surroundings.become(load=3.0)
    await elapse(world, HOUR)
    assert world.entry().waiting.reason == LOAD
    await elapse(world, LOAD_INTERVAL)
    assert world.processes == []
    world.surroundings._present = type(world.surroundings.present)(load=1.0)  # nobody tells
    await elapse(world, LOAD_INTERVAL)
    assert len(world.processes) == 1


async def test_a_nap_takes_nothing_from_a_slot_that_waits(begin, elapse, nap):
    world = await begin(Conditions(ac=True, deadline=timedelta(hours=12)), missed=Missed())
    await elapse(world, HOUR)
    await nap(world, 20 * MINUTE)
    assert (world.entry().waiting.slot, world.entry().waiting.reason) == (NOON + HOUR, AC)
    world.surroundings.become(on_ac=True)
    await settle()
    assert [(one.slot, one.cause) for one in world.store.executions] == [
        (NOON + HOUR, Cause.SCHEDULE)
    ]


async def test_a_deadline_that_passed_in_a_nap_ends_the_wait_at_the_wake_up(begin, elapse, nap):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    await nap(world, 40 * MINUTE)
    assert closed(world) == [(NOON + HOUR, 1, SlotState.MISSED, AC)]


async def test_a_deadline_that_comes_at_the_closed_gate_waits_for_the_wake_up(
    begin, elapse, monkeypatch
):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    await elapse(world, 30 * MINUTE - SECOND)
    world.sleep_manager.announce_sleep()
    await settle()
    looks, facts = [], world.power.situation.facts

    def facts_(*arguments, **named):
        looks.append(world.clock.now())
        return facts(*arguments, **named)

    monkeypatch.setattr(world.power.situation, "facts", facts_)
    await elapse(world, 2 * SECOND)
    assert (closed(world), len(looks)) == ([], 1)
    world.sleep_manager.announce_wake_up()
    await settle()
    assert closed(world) == [(NOON + HOUR, 1, SlotState.MISSED, AC)]


async def test_a_full_disk_at_the_deadline_is_no_reason_to_hurry(begin, elapse, monkeypatch):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    claims = []

    async def claim(*arguments):
        claims.append(arguments)
        world.store._look()

    monkeypatch.setattr(world.store, "claim", claim)
    world.store.failure = "the disk is full"
    await elapse(world, 30 * MINUTE)
    await settle()
    assert len(claims) == 1
    assert world.entry().waiting.reason == AC
    monkeypatch.undo()
    world.store.failure = ""
    world.dispatcher.reconsider()
    await settle()
    assert closed(world) == [(NOON + HOUR, 1, SlotState.MISSED, AC)]


async def test_an_edit_of_other_things_changes_nothing_for_a_slot_that_waits(begin, elapse):
    world = await begin(ON_AC, missed=Missed(action=MissedAction.SKIP))
    await elapse(world, HOUR)
    await elapse(world, 10 * MINUTE)
    waiting = world.entry().waiting
    world.edit(
        a_job(
            every=HOUR,
            conditions=ON_AC,
            missed=Missed(action=MissedAction.SKIP),
            description="edited",
        )
    )
    await world.reloader.reload()
    assert world.entry().waiting == waiting
    world.surroundings.become(on_ac=True)
    await settle()
    assert [one.slot for one in world.store.executions] == [NOON + HOUR]


async def test_a_job_taken_out_while_it_waits_keeps_no_other_from_being_looked_at(
    make_world, elapse
):
    keep = a_job("keep", every=HOUR, conditions=Conditions(ac=True, deadline=timedelta(minutes=40)))
    world = make_world(a_job("gone", every=HOUR, conditions=ON_AC), keep)
    world.surroundings.become(on_ac=False)
    await world.begin()
    await elapse(world, HOUR)
    world.edit(keep)
    await world.reloader.reload()
    await elapse(world, 30 * MINUTE)
    await elapse(world, 10 * MINUTE)
    assert [one.job for one in world.store.closings] == ["keep"]


async def test_a_job_that_is_disabled_while_it_waits_is_skipped(begin, elapse):
    world = await begin(ON_AC)
    await elapse(world, HOUR)
    await world.switchboard.set_job("backup", enabled=False)
    world.surroundings.become(on_ac=True)
    await settle()
    assert closed(world) == [(NOON + HOUR, 1, SlotState.SKIPPED, Reason.DISABLED)]
    assert world.processes == []


async def test_a_missed_run_waits_for_the_answer_of_a_person(begin, nap):
    world = await begin(missed=ASK)
    await nap(world, 90 * MINUTE)
    assert world.processes == []
    assert world.entry().waiting.reason == ANSWER
    await world.scheduler.answer("backup", run=True)
    assert [(one.slot, one.cause) for one in world.store.executions] == [
        (NOON + HOUR, Cause.CATCH_UP)
    ]


async def test_a_person_can_say_no(begin, nap):
    world = await begin(missed=ASK)
    await nap(world, 90 * MINUTE)
    await world.scheduler.answer("backup", run=False)
    assert closed(world) == [(NOON + HOUR, 1, SlotState.SKIPPED, ANSWER)]
    assert (world.processes, world.entry().waiting) == ([], None)


async def test_a_question_nobody_answers_ends_when_the_next_slot_comes(begin, nap, elapse):
    world = await begin(missed=ASK)
    await nap(world, 90 * MINUTE)
    await elapse(world, 30 * MINUTE)
    assert [one.slot for one in world.store.executions] == [NOON + 2 * HOUR]
    assert [(first, state) for first, _, state, _ in closed(world)] == [
        (NOON + HOUR, SlotState.COALESCED)
    ]


async def test_a_question_nobody_answers_in_time_is_closed(begin, nap, elapse):
    world = await begin(missed=Missed(action=MissedAction.ASK, within=timedelta(minutes=40)))
    await nap(world, HOUR + 30 * MINUTE)
    await elapse(world, 11 * MINUTE)
    assert closed(world) == [(NOON + HOUR, 1, SlotState.MISSED, Reason.TOO_LATE)]


async def test_an_answer_nobody_asked_for_is_refused(begin):
    world = await begin(missed=ASK)
    with pytest.raises(InvalidArgumentError, match="job 'backup' has no missed run to decide on"):
        await world.scheduler.answer("backup", run=True)
    with pytest.raises(NoSuchJobError):
        await world.scheduler.answer("nobody", run=True)


async def test_an_answer_is_for_one_slot_only(begin, nap):
    world = await begin(missed=ASK)
    await nap(world, 90 * MINUTE)
    await world.scheduler.answer("backup", run=True)
    await world.end_process()
    await nap(world, HOUR)
    assert world.entry().waiting.reason == ANSWER
    assert len(world.processes) == 1
