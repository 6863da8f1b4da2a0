"""Jobs over days of sleep, interruptions and changing conditions, held against stepping."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
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
from wakeful.core.plan import PUNCTUAL, decide
from wakeful.core.policy import AtDeadline, Conditions, Missed, MissedAction, Priority
from wakeful.core.schedule import AtSchedule, EverySchedule
from wakeful.core.surroundings import Surroundings

NOON = 1_800_000_000 * SECOND
BAD = Surroundings(on_ac=False, load=9.0)
CAUSES = set(PeriodKind)
GOOD = Surroundings(on_ac=True, load=0.1)

SCHEDULES = st.one_of(
    st.builds(EverySchedule, st.integers(10 * MINUTE, DAY), st.integers(NOON - DAY, NOON + DAY)),
    st.builds(AtSchedule, st.integers(NOON, NOON + 2 * DAY)),
    st.sampled_from(["*/17 * * * *", "0 9 * * *", "30 2 * * 1-5"]).map(
        lambda text: CronSchedule(parse_cron(text), UTC)
    ),
)
SPANS = st.none() | st.integers(0, 12 * 60).map(lambda minutes: timedelta(minutes=minutes))
MISSED = st.builds(
    Missed, action=st.sampled_from(MissedAction), within=SPANS, cap=st.integers(0, 4)
)
CONDITIONS = st.none() | st.builds(
    Conditions,
    ac=st.just(True),
    load_below=st.sampled_from([None, 1.0]),
    deadline=SPANS,
    at_deadline=st.sampled_from(AtDeadline),
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "pass": st.sampled_from([0, SECOND, PUNCTUAL, PUNCTUAL + 1, HOUR])
            | st.integers(0, 5 * HOUR),
            "how": st.none() | st.sampled_from(PeriodKind),
            "ends": st.booleans(),
            "good": st.booleans(),
            "gate": st.sampled_from(["", "", "", "asleep"]),
            "settling": st.sampled_from(["", "", "condition:settling"]),
            "room": st.sampled_from([None, 0, 1]),
            "answer": st.sampled_from([None, True, False]),
            "held": st.sampled_from([None, None, None, Reason.PAUSED]),
        }
    ),
    min_size=1,
    max_size=15,
)


class Life:
    """Carries decisions out, and sees to it that every slot ends in exactly one of them."""

    def __init__(self, schedule, missed, conditions):
        self.schedule, self.missed, self.conditions = schedule, missed, conditions
        self.now = self.accounted = NOON
        self.periods = []
        self.running = 0
        self.waiting = None
        self.ends = {}

    def passes(self, duration, kind=None):
        if kind is not None and duration:
            step = duration if kind is PeriodKind.CLOCK_STEP else 0
            since, until = self.now, self.now + duration
            self.periods.append(Period(kind=kind, since=since, until=until, step=step))
        self.now += duration

    def slots(self):
        slot, found = self.schedule.next_after(self.accounted), []
        while slot is not None and slot <= self.now:
            found.append(slot)
            slot = self.schedule.next_after(slot)
        return found

    def decide(self, *, answer=None, held=None, **world):
        job = JobFacts(
            schedule=self.schedule,
            accounted_until=self.accounted,
            idle_reason=held,
            running=self.running,
            missed=self.missed,
            conditions=self.conditions,
            waiting=self.waiting,
            answer=answer,
        )
        facts = Facts(now=self.now, ledger=Ledger(self.periods), jobs={"job": job}, **world)
        found = decide(facts, ["job"])
        self.carry_out(found, world.get("absence", Reason.OFF))
        return found

    def reason_of(self, slot, absence):
        """Say why a slot was not served: as the ledger says, but for one that was being served."""
        waiting = self.waiting if self.waiting is not None and self.waiting.slot == slot else None
        if waiting is not None and waiting.cause is Cause.SCHEDULE:
            return waiting.reason
        known = Ledger(self.periods).reason_at(slot)
        return known or (waiting.reason if waiting is not None else absence)

    def carry_out(self, found, absence):
        slots = self.slots()
        open_from = next((one.slot for one in found if isinstance(one, Defer)), self.now + 1)
        for decision in found:
            match decision:
                case Start(_, slot):
                    self.end([slot], decision)
                    self.running = 1
                case Close(_, span, state, reason):
                    inside = [slot for slot in slots if span.first <= slot <= span.last]
                    assert (inside[0], inside[-1]) == (span.first, span.last)
                    assert len(inside) == span.count
                    self.end(inside, decision)
                    if state in {SlotState.COALESCED, SlotState.MISSED} and reason in CAUSES:
                        assert {self.reason_of(slot, absence) for slot in inside} == {reason}
                    if state is SlotState.SKIPPED:
                        assert reason in {"paused", "overlap", ANSWER}
        ended = [slot for slot in slots if slot in self.ends]
        assert ended == [slot for slot in slots if slot < open_from]
        assert open_from > self.now or open_from in slots
        self.waiting = waiting_slots(found).get("job")
        self.accounted = accounted_until(self.accounted, self.now, self.waiting)

    def end(self, slots, decision):
        for slot in slots:
            assert slot not in self.ends
            self.ends[slot] = decision

    def stands_for_what_it_says(self):
        """Every slot that was coalesced is counted in exactly one later end, or still waits."""
        starts = [one for one in self.ends.values() if isinstance(one, Start)]
        coalesced = sum(
            isinstance(one, Close) and one.state is SlotState.COALESCED
            for one in self.ends.values()
        )
        counted = sum(one.coalesced for one in starts)
        waiting = self.waiting.coalesced if self.waiting is not None else 0
        assert counted + waiting <= coalesced


@given(SCHEDULES, MISSED, CONDITIONS, STEPS)
def test_every_slot_ends_once_and_none_is_forgotten(schedule, missed, conditions, steps):
    life = Life(schedule, missed, conditions)
    for step in steps:
        life.passes(step["pass"], step["how"])
        if step["ends"]:
            life.running = 0
        life.decide(
            answer=step["answer"],
            held=step["held"],
            gate=step["gate"],
            settling=step["settling"],
            room=step["room"],
            surroundings=GOOD if step["good"] else BAD,
        )
        life.stands_for_what_it_says()
    before = life.now
    # Whatever stood in the way goes, but for a person who never answers.
    for _ in range(12):
        if life.waiting is None and life.accounted >= before:
            break
        if life.waiting is not None and life.waiting.reason == ANSWER:
            life.passes(max(life.waiting.until - life.now, 0))
        life.running = 0
        life.decide(surroundings=GOOD)
    assert life.waiting is None or life.waiting.slot > before
    assert all(slot in life.ends for slot in before_and_open(schedule, NOON, before))


def before_and_open(schedule, after, until):
    slot = schedule.next_after(after)
    while slot is not None and slot <= until:
        yield slot
        slot = schedule.next_after(slot)


@given(SCHEDULES, MISSED, CONDITIONS.filter(bool), st.integers(0, 2 * DAY))
def test_a_condition_that_never_holds_keeps_no_slot_for_ever(schedule, missed, conditions, length):
    life = Life(schedule, missed, conditions)
    life.passes(length)
    life.decide(surroundings=BAD)
    first = life.waiting
    if first is None or (first.until is None and missed.action is MissedAction.RUN_ALL):
        return  # what is to be made up for without a deadline may wait
    assert first.until is not None
    for _ in range(500):
        if first.slot in life.ends:
            return
        assert life.waiting.until > life.now
        # A load would be looked at again and again.
        life.passes((life.waiting.deadline or life.waiting.until) - life.now)
        life.running = 0
        life.decide(surroundings=BAD)
    raise AssertionError(f"slot {first.slot} waits for ever")


@given(SCHEDULES, st.lists(st.integers(0, 4 * HOUR), min_size=4, max_size=12))
def test_reasons_are_those_of_the_periods_slot_by_slot(schedule, lengths):
    life = Life(schedule, Missed(action=MissedAction.SKIP), None)
    kinds = [None, *PeriodKind]
    for number, length in enumerate(lengths):
        life.passes(length, kinds[number % 4])
    life.passes(PUNCTUAL + 1)
    found = life.decide(absence=Reason.ASLEEP)
    ledger = Ledger(life.periods)
    for slot, end in life.ends.items():
        if isinstance(end, Close):
            assert end.reason == (ledger.reason_at(slot) or Reason.ASLEEP)
    closings = [one for one in found if isinstance(one, Close)]
    assert all(one.reason != other.reason for one, other in pairwise(closings))


@given(
    st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=3),
        st.tuples(st.integers(1, 3 * HOUR), st.sampled_from(Priority)),
        max_size=12,
    ),
    st.none() | st.integers(0, 6),
)
def test_no_more_are_made_up_for_than_there_is_room_and_the_most_urgent_first(jobs, room):
    facts = {
        name: JobFacts(schedule=AtSchedule(NOON + late), accounted_until=NOON, priority=priority)
        for name, (late, priority) in jobs.items()
    }
    now = NOON + 3 * HOUR + PUNCTUAL + 1
    found = decide(Facts(now=now, room=room, jobs=facts), facts)
    assert sorted(one.job for one in found) == sorted(jobs)
    starts = [one for one in found if isinstance(one, Start)]
    assert len(starts) == (len(jobs) if room is None else min(room, len(jobs)))
    order = [(-one.priority, one.slot) for one in starts]
    assert order == sorted(order)
    left = [(-jobs[one.job][1], one.slot) for one in found if isinstance(one, Defer)]
    assert not order or not left or order[-1] <= min(left)
