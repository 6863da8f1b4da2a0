"""What became of a slot and why, and what stands in the way of the next, in plain sentences."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fixtures.world import NOON, a_job, settle
from wakeful.core.condition import AC
from wakeful.core.decision import ANSWER
from wakeful.core.errors import NoSuchJobError
from wakeful.core.instant import DAY, HOUR, MINUTE, SECOND
from wakeful.core.period import PeriodKind
from wakeful.core.plan import Close, Reason, SlotState
from wakeful.core.policy import Conditions, Missed, MissedAction, Occasion
from wakeful.core.schedule import SlotSpan
from wakeful.core.trigger import AtTrigger, OccasionTrigger

_SENTENCES = re.compile(r"[A-Z][^.]*\.( [A-Z].*\.)?")


@pytest.fixture
async def begin(make_world):
    async def begin_(*jobs, **settings):
        world = make_world(*jobs, **settings)
        await world.begin()
        return world

    return begin_


@pytest.fixture
def explain():
    async def explain_(world, at=None, name="backup"):
        explanation = await world.scheduler.explain(name, at)
        assert _SENTENCES.fullmatch(explanation.text), explanation.text
        assert ".." not in explanation.text
        return explanation

    return explain_


async def sleep(world, microseconds):
    world.clocks.sleep(microseconds)
    world.timer.advance(world.clock)
    await settle()


async def test_the_next_slot(world, explain):
    found = await explain(world)
    assert (found.slot, found.state, found.obstacles) == (NOON + HOUR, "planned", ())
    assert found.text == "The next slot is 2027-01-14 13:00:00 UTC."


@pytest.mark.parametrize("late", [0, 30 * MINUTE])
async def test_a_slot_to_come_is_the_last_until_the_instant_asked_for(world, explain, late):
    found = await explain(world, NOON + 3 * HOUR + late)
    assert (found.slot, found.state) == (NOON + 3 * HOUR, "planned")


async def test_before_the_next_slot_the_last_one_is_explained(world, explain):
    await world.wait(HOUR)
    found = await explain(world, NOON + HOUR + 30 * MINUTE)
    assert (found.slot, found.state) == (NOON + HOUR, "executed")


async def test_what_stands_in_the_way_of_the_next_slot_is_said(world, explain):
    await world.wait(HOUR)
    await world.switchboard.set_job("backup", enabled=False)
    found = await explain(world)
    assert found.obstacles == ("The job is disabled.", "It is still running.")
    assert found.text == "The next slot is 2027-01-14 14:00:00 UTC. The job is disabled."


async def test_a_job_that_has_run_often_enough(begin, explain):
    world = await begin(a_job(every=HOUR, max_runs=1))
    await world.wait(HOUR)
    await world.end_process()
    found = await explain(world)
    assert (found.slot, found.state) == (None, "planned")
    assert found.text == "No slot is to come. It has run as often as it may."
    assert found.obstacles == ("It has run as often as it may.",)


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (a_job(), "No slot is to come. It has no trigger and runs only when somebody asks."),
        (a_job(every=HOUR, bad=True), "No slot is to come. Its definition has errors."),
        (
            a_job(trigger=AtTrigger(NOON - 2 * DAY)),
            "No slot is to come. It has no slots any more.",
        ),
        (
            a_job(
                trigger=OccasionTrigger(Occasion.RESUME, HOUR),
                schedule_text="resume after 1h",
            ),
            "It runs on an event: resume after 1h.",
        ),
    ],
)
async def test_a_job_without_a_next_slot(begin, explain, job, text):
    world = await begin(job)
    found = await explain(world)
    assert (found.slot, found.state) == (None, "planned")
    assert found.text == text


async def test_a_slot_that_waits(begin, explain):
    world = await begin(a_job(every=HOUR, conditions=Conditions(ac=True)))
    world.surroundings.become(on_ac=False)
    await world.wait(HOUR)
    for at in (None, NOON + HOUR, NOON + HOUR + MINUTE):
        found = await explain(world, at)
        assert (found.slot, found.state, found.reason) == (NOON + HOUR, "deferred", AC)
        assert found.text == (
            "The slot of 2027-01-14 13:00:00 UTC waits. "
            "It runs on mains power only; the machine is on battery."
        )
        assert found.obstacles == ("It runs on mains power only; the machine is on battery.",)


async def test_a_slot_that_waits_for_a_person(begin, explain):
    world = await begin(a_job(every=HOUR, missed=Missed(action=MissedAction.ASK)))
    await sleep(world, 90 * MINUTE)
    found = await explain(world)
    assert (found.state, found.reason) == ("deferred", ANSWER)
    assert found.text == (
        "The slot of 2027-01-14 13:00:00 UTC waits. "
        "It was missed, and a person is to say whether it runs now."
    )


async def test_a_slot_that_waits_for_the_machine_to_sleep_and_wake_up(world, explain):
    world.sleep_manager.announce_sleep()
    await world.wait(HOUR)
    found = await explain(world)
    assert found.text == (
        "The slot of 2027-01-14 13:00:00 UTC waits. The machine is about to sleep."
    )


async def test_a_slot_that_could_not_be_recorded(world, explain):
    world.store.failure = "the disk is full"
    await world.wait(HOUR)
    world.store.failure = ""
    found = await explain(world, NOON + HOUR)
    assert (found.slot, found.state) == (NOON + HOUR, "deferred")
    assert found.text == "The slot of 2027-01-14 13:00:00 UTC waits."


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        (None, "It is running."),
        ({"exit_status": 0}, "It succeeded."),
        ({"exit_status": 3}, "It failed: exit status 3."),
        (
            {"exit_status": None},
            "How it went is not known: ended while the daemon was not there.",
        ),
    ],
)
async def test_a_slot_that_was_executed(world, explain, how, outcome):
    await world.wait(HOUR)
    if how is not None:
        await world.end_process(**how)
    found = await explain(world, NOON + HOUR)
    assert (found.slot, found.state) == (NOON + HOUR, "executed")
    assert found.text == f"The slot of 2027-01-14 13:00:00 UTC was executed. {outcome}"
    assert found.execution.slot == NOON + HOUR


async def test_a_slot_that_was_cancelled(world, explain):
    await world.wait(HOUR)
    (execution,) = world.store.executions
    world.supervisor.cancel(execution.execution_id, "the user asked")
    await settle()
    found = await explain(world, NOON + HOUR)
    assert found.text.endswith("was executed. It was cancelled: the user asked.")
    assert found.reason == "the user asked"


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (SECOND, " 1 second late"),
        (59 * SECOND, " 59 seconds late"),
        (5 * MINUTE, " 5 minutes late"),
        (90 * MINUTE, " 90 minutes late"),
        (5 * HOUR, " 5 hours late"),
        (40 * HOUR, " 40 hours late"),
        (3 * DAY, " 3 days late"),
    ],
)
async def test_a_slot_that_was_executed_late(begin, explain, late, words):
    within = Missed(within=timedelta(days=7))
    world = await begin(a_job(trigger=AtTrigger(NOON + HOUR), missed=within))
    await world.wait(HOUR + late)
    found = await explain(world, NOON + DAY * 30)
    assert found.text == (
        f"The slot of 2027-01-14 13:00:00 UTC was executed{words}. It is running."
    )


async def test_a_slot_that_was_made_up_for_after_a_sleep(world, explain):
    await sleep(world, 90 * MINUTE)
    found = await explain(world, NOON + HOUR)
    assert found.text == (
        "The slot of 2027-01-14 13:00:00 UTC was executed 30 minutes late, "
        "for the machine was asleep. It is running."
    )
    (period,) = found.periods
    assert (period.kind, period.asleep) == (PeriodKind.ASLEEP, 90 * MINUTE)


async def test_slots_for_which_a_later_one_stands(world, explain):
    await sleep(world, 4 * HOUR + 30 * MINUTE)
    found = await explain(world, NOON + 2 * HOUR)
    assert (found.slot, found.state, found.reason) == (NOON + 2 * HOUR, "coalesced", "asleep")
    assert found.text == (
        "The slot of 2027-01-14 14:00:00 UTC was not executed, for a later one stands for it. "
        "The machine was asleep, from 2027-01-14 12:00:00 UTC to 2027-01-14 16:30:00 UTC."
    )
    assert found.span == SlotSpan(NOON + HOUR, NOON + 3 * HOUR, 3)


async def test_a_slot_that_came_while_the_daemon_was_off(world, explain, make_world):
    await world.end()
    world.clock.pass_time(3 * HOUR)
    other = make_world.after_crash_of(world)
    await other.begin()
    found = await explain(other, NOON + HOUR)
    assert found.text == (
        "The slot of 2027-01-14 13:00:00 UTC was not executed, for a later one stands for it. "
        "The machine was off, or Wakeful did not run, "
        "from 2027-01-14 12:00:00 UTC to 2027-01-14 15:00:00 UTC."
    )


async def test_a_slot_the_clock_was_set_past(begin, explain):
    world = await begin(a_job(every=HOUR, missed=Missed(action=MissedAction.SKIP)))
    world.clocks.step(90 * MINUTE)
    world.timer.advance(world.clock)
    await settle()
    found = await explain(world, NOON + HOUR)
    assert found.text == (
        "The slot of 2027-01-14 13:00:00 UTC was missed, and is not made up for. "
        "The clock was set past it."
    )


_FATES = {
    SlotState.COALESCED: "was not executed, for a later one stands for it.",
    SlotState.SKIPPED: "was skipped.",
    SlotState.MISSED: "was missed, and is not made up for.",
}


@pytest.mark.parametrize(
    ("state", "reason", "why"),
    [
        (SlotState.SKIPPED, Reason.OVERLAP, "The job was still running."),
        (SlotState.SKIPPED, Reason.PAUSED, "All jobs were paused."),
        (SlotState.SKIPPED, Reason.DISABLED, "The job was disabled."),
        (SlotState.SKIPPED, Reason.LIMIT, "The job had run as often as it may."),
        (SlotState.SKIPPED, ANSWER, "Somebody decided against it."),
        (SlotState.MISSED, Reason.LIMIT, "Only the last few are made up for."),
        (SlotState.MISSED, Reason.TOO_LATE, "It was too late for that."),
        (SlotState.MISSED, Reason.ASLEEP, "The machine was asleep."),
        (SlotState.MISSED, Reason.OFF, "The machine was off, or Wakeful did not run."),
        (SlotState.MISSED, AC, "The machine was not on the power it needs."),
        (SlotState.MISSED, "condition:battery", "The battery was too low."),
        (SlotState.MISSED, "condition:idle", "The machine was in use."),
        (SlotState.MISSED, "condition:load", "The machine was too busy."),
        (SlotState.COALESCED, ANSWER, "Nobody had decided on it until then."),
        (SlotState.COALESCED, "condition:settling", "The machine, or Wakeful, had just begun."),
        (SlotState.COALESCED, Reason.LIMIT, "As many as may be made up for were running."),
        (SlotState.COALESCED, "something new", "The reason is something new."),
    ],
)
async def test_each_reason_has_its_sentence(world, explain, state, reason, why):
    await world.store.claim(
        [], [Close("backup", SlotSpan(NOON + HOUR, NOON + HOUR, 1), state, reason)]
    )
    await world.wait(HOUR)
    found = await explain(world, NOON + HOUR)
    assert (found.state, found.reason) == (state.value, reason)
    assert found.text == f"The slot of 2027-01-14 13:00:00 UTC {_FATES[state]} {why}"


async def test_a_slot_from_before_the_job_was_known(world, explain):
    found = await explain(world, NOON)
    assert (found.slot, found.state) == (None, "unknown")
    assert found.text == "No slot of this job until then is known."


async def test_a_slot_of_a_schedule_that_was_not_in_force_then(begin, explain):
    world = await begin(a_job(every=None, cron="0 * * * *"))
    found = await explain(world, NOON - 30 * MINUTE)
    assert (found.slot, found.state) == (NOON - HOUR, "unknown")
    assert found.text == (
        "The slot of 2027-01-14 11:00:00 UTC is not on record. The job was not in force then."
    )


async def test_what_is_on_record_comes_before_what_would_have_been_planned(begin, explain):
    world = await begin(a_job(cron="0 * * * *"))
    await world.wait(HOUR)
    await world.end_process()
    world.edit(a_job(cron="30 * * * *"))
    await world.wait(MINUTE)
    await world.reloader.reload()
    found = await explain(world, NOON + HOUR + MINUTE)
    assert (found.slot, found.state) == (NOON + HOUR, "executed")
    world.clock.pass_time(20 * MINUTE)
    world.edit(a_job(cron="10 * * * *"))
    await world.reloader.reload()
    found = await explain(world, NOON + HOUR + 15 * MINUTE)
    assert (found.slot, found.state) == (NOON + HOUR, "executed")


async def test_times_are_those_of_the_job(begin, explain):
    zone = {"timezone": "Europe/Berlin", "zone": ZoneInfo("Europe/Berlin")}
    world = await begin(a_job(every=HOUR, **zone))
    assert (await explain(world)).text == "The next slot is 2027-01-14 14:00:00 CET."


async def test_a_job_nobody_knows(world):
    with pytest.raises(NoSuchJobError, match="there is no job 'nobody'"):
        await world.scheduler.explain("nobody", None)
