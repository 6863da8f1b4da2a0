"""The simulation: what jobs would do in a time that only somebody imagines.

All decisions are those of `plan.decide`, as in the daemon. Only the machine is made up: its clock
goes from one event to the next, whatever lies between.
"""

from __future__ import annotations

from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from wakeful.core.absence import Absence, one_after_the_other
from wakeful.core.decision import (
    Close,
    Reason,
    SlotState,
    Start,
    accounted_until,
    waiting_slots,
)
from wakeful.core.execution import Cause
from wakeful.core.facts import Facts
from wakeful.core.instant import SECOND, from_timedelta
from wakeful.core.ledger import Ledger
from wakeful.core.period import PeriodKind
from wakeful.core.plan import decide
from wakeful.core.policy import Occasion, OnSleep
from wakeful.core.scenario import Happening, Remain
from wakeful.core.schedule import span_between
from wakeful.core.simulated_job import SimulatedExecution, SimulatedJob, simulated_job
from wakeful.core.simulated_resume import SimulatedResume

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wakeful.core.decision import Defer
    from wakeful.core.instant import Instant
    from wakeful.core.scenario import Scenario

RETURN = 20 * SECOND
"""How long a machine that was woken for a job stays awake when its work is done."""
_REMEMBERED = 500
"""Periods the ledger keeps; a slot that waits for longer than so many sleeps is rare."""


class _Kind(IntEnum):
    """What comes, in the order in which it is looked at where several come at once."""

    END = 0
    """of an execution"""
    BACK = 1
    """The machine is there again."""
    AWAY = 2
    """The machine is not there any more."""
    CALL = 3
    """Somebody may be let in who was not."""
    LOOK = 4
    """A slot that waits is to be looked at."""
    SLOT = 5
    RETURN = 6
    """A machine that was woken for a job goes back to sleep."""


def simulate(scenario: Scenario) -> Iterator[Happening]:
    """Run the jobs of a scenario through its time.

    The same scenario always gives the same. Each slot in the time is in exactly one of what is
    started, closed and left, as it is on record with the daemon; what is put off is told whenever
    the slot that waits, or its reason, is another.
    """
    return _Simulation(scenario).run()


class _Simulation:
    """A scenario and its present."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._now = scenario.begin
        self._count = 0
        self._coming: list[tuple[Instant, _Kind, int, object]] = []
        self._resume = SimulatedResume(scenario.resume)
        self._ledger = Ledger()
        self._away: Absence | None = None
        self._woken_from: Absence | None = None
        self._woken_for = 0
        self._returning: Instant | None = None
        self._jobs: dict[str, SimulatedJob] = {}
        self._waiting: dict[str, None] = {}
        for number, job in enumerate(scenario.jobs):
            duration = scenario.durations.get(job.name, scenario.duration)
            found = simulated_job(job, number, begin=scenario.begin, duration=duration)
            if found is not None:
                self._jobs[job.name] = found
                self._arm(found, scenario.begin - 1)
        for absence in one_after_the_other(
            scenario.absences, begin=scenario.begin, end=scenario.end
        ):
            self._expect(absence.since, _Kind.AWAY, absence)

    def _expect(self, at: Instant, kind: _Kind, what: object = None) -> None:
        if at < self._scenario.end:
            self._count += 1
            heappush(self._coming, (at, kind, self._count, what))

    def _arm(self, job: SimulatedJob, after: Instant) -> None:
        slot = None if job.remaining == 0 else job.schedule.next_after(after)
        job.next_slot = slot
        if slot is not None:
            self._expect(slot, _Kind.SLOT, job)

    def run(self) -> Iterator[Happening]:
        """Go from event to event, and decide on whatever each concerns."""
        coming = self._coming
        while coming:
            self._now = coming[0][0]
            concerned: set[str] = set()
            while coming and coming[0][0] == self._now:
                _, kind, _, what = heappop(coming)
                concerned.update(self._take_in(kind, what))
                if kind is _Kind.AWAY and concerned:
                    break  # jobs that run before sleep do so while the machine is still there
            if concerned and self._away is None:
                yield from self._decide(concerned)
        yield from self._remainder()

    def _take_in(self, kind: _Kind, what: object) -> Iterable[str]:  # noqa: PLR0911 - one for each kind
        """Let something happen; give the jobs that are to be looked at because of it."""
        match kind, what:
            case _Kind.SLOT, SimulatedJob() as job:
                return (job.job.name,) if job.next_slot == self._now else ()
            case _Kind.END, SimulatedExecution() as execution:
                return self._end(execution)
            case _Kind.LOOK, str() as name:
                return (name,) if name in self._waiting else ()
            case _Kind.CALL, _:
                return tuple(self._waiting) if self._resume.reached(self._now) else ()
            case _Kind.AWAY, Absence() as absence:
                return self._leave(absence)
            case _Kind.BACK, Absence() as absence:
                return self._come_back(absence)
            case _:
                self._go_back_to_sleep()
                return ()

    def _decide(self, names: Iterable[str]) -> Iterator[Happening]:
        now = self._now
        concerned = sorted((self._jobs[name] for name in names), key=lambda job: job.number)
        facts = Facts(
            now=now,
            absence=Reason.ASLEEP,
            settling=self._resume.reason,
            room=self._resume.room,
            ledger=self._ledger,
            surroundings=self._scenario.surroundings,
            jobs={job.job.name: job.facts() for job in concerned},
        )
        decisions = decide(facts, facts.jobs)
        waiting = waiting_slots(decisions)
        for job in concerned:
            job.accounted_until = accounted_until(
                job.accounted_until, now, waiting.get(job.job.name)
            )
        for decision in decisions:
            if isinstance(decision, Start):
                self._start(decision, waits=decision.job in waiting)
                yield Happening(now, decision)
            elif isinstance(decision, Close):
                yield Happening(now, decision)
        for job in concerned:
            before, job.waiting = job.waiting, waiting.get(job.job.name)
            yield from self._note_waiting(job, before)
            if job.next_slot is not None and job.next_slot <= now:
                self._arm(job, now)

    def _note_waiting(self, job: SimulatedJob, before: Defer | None) -> Iterator[Happening]:
        name, present = job.job.name, job.waiting
        if present is None:
            self._waiting.pop(name, None)
            return
        self._waiting[name] = None
        if present.until is not None:
            self._expect(present.until, _Kind.LOOK, name)
        if before is None or (before.slot, before.reason) != (present.slot, present.reason):
            yield Happening(self._now, present)

    def _start(self, start: Start, *, waits: bool) -> None:
        job = self._jobs[start.job]
        catches_up = start.cause is Cause.CATCH_UP
        if not (job.duration or catches_up or waits or self._woken_from):
            job.runs += 1  # nobody waits for its end
            return
        execution = SimulatedExecution(job, catches_up, self._now + job.duration)
        job.live.append(execution)
        self._returning = None
        if catches_up:
            pause = self._resume.begun(self._now)
            if pause is not None:
                self._expect(pause, _Kind.CALL)
        self._expect(execution.ends, _Kind.END, execution)

    def _end(self, execution: SimulatedExecution) -> Iterable[str]:
        job = execution.job
        if execution.ends != self._now or execution not in job.live or self._away is not None:
            return ()
        return self._finish(execution)

    def _finish(self, execution: SimulatedExecution) -> Iterable[str]:
        job = execution.job
        job.live.remove(execution)
        job.runs += 1
        self._return_later()
        if execution.catches_up:
            self._resume.running -= 1
            return tuple(self._waiting)
        return (job.job.name,) if job.waiting is not None else ()

    def _leave(self, absence: Absence) -> Iterable[str]:
        """Let the machine fall asleep, or be off; jobs that run before it sleeps come first."""
        if absence.kind is PeriodKind.ASLEEP and absence.since == self._now:
            occurred = self._occur(Occasion.BEFORE_SLEEP)
            if occurred:
                self._expect(self._now, _Kind.AWAY, absence._replace(since=self._now - 1))
                return occurred
        absence = absence._replace(since=self._now)
        self._away, self._woken_from, self._returning = absence, None, None
        for job in self._jobs.values():
            for execution in list(job.live):
                stopped = job.job.on_sleep.action is OnSleep.STOP
                if stopped or absence.kind is PeriodKind.OFF:
                    self._finish(execution)
        back = absence.until
        if absence.kind is PeriodKind.ASLEEP:
            alarm, self._woken_for = self._alarm()
            back = min(back, alarm)
        self._expect(back, _Kind.BACK, absence)
        return ()

    def _alarm(self) -> tuple[Instant, Instant]:
        """Say when the machine wakes up for a job, and for which slot; if for none, at the end."""
        alarms = [(self._scenario.end, self._scenario.end)]
        for job in self._jobs.values():
            slot = None
            if job.job.wake is not None and job.remaining != 0:
                slot = job.schedule.next_after(self._now)
            if slot is not None and job.job.wake is not None:
                lead = from_timedelta(job.job.wake.lead)
                alarms.append((max(slot - lead, self._now + SECOND), slot))
        return min(alarms)

    def _come_back(self, absence: Absence) -> Iterable[str]:
        now, away = self._now, self._away
        if away is None or away != absence:
            return ()
        self._away = None
        self._ledger = Ledger((*self._ledger.periods, away.period(now))[-_REMEMBERED:])
        for job in self._jobs.values():
            for execution in job.live:
                execution.ends += now - away.since
                self._expect(execution.ends, _Kind.END, execution)
        follows = self._coming and self._coming[0][:2] == (now, _Kind.AWAY)
        if follows:
            return ()  # asleep, then off, or the other way round: nobody was there between
        settled = self._resume.resumed(now)
        if settled is not None:
            self._expect(settled, _Kind.CALL)
        if away.kind is PeriodKind.ASLEEP:
            self._occur(Occasion.RESUME, nap=now - away.since)
            if now < away.until:
                self._woken_from = away
                self._return_later()
        else:
            self._occur(Occasion.BOOT)
        return tuple(self._jobs)

    def _return_later(self) -> None:
        if self._woken_from is None or self._now >= self._woken_from.until:
            return
        self._returning = max(self._now, self._woken_for) + RETURN
        self._expect(self._returning, _Kind.RETURN)

    def _go_back_to_sleep(self) -> None:
        before = self._woken_from
        if before is None or self._returning != self._now or self._now >= before.until:
            return
        if any(job.live for job in self._jobs.values()):
            return  # the last of them to end sends it to sleep
        self._expect(self._now, _Kind.AWAY, before._replace(since=self._now))

    def _occur(self, occasion: Occasion, *, nap: int = 0) -> list[str]:
        names: list[str] = []
        for name, job in self._jobs.items():
            if job.waits_for(occasion, nap):
                job.occur(self._now)
                names.append(name)
        return names

    def _remainder(self) -> Iterator[Happening]:
        last = self._scenario.end - 1
        absent = self._away.kind.value if self._away is not None else ""
        for job in self._jobs.values():
            name = job.job.name
            span = span_between(job.schedule, job.accounted_until, last)
            if span is None:
                continue
            if job.remaining == 0 and job.waiting is None:
                yield Happening(last, Close(name, span, SlotState.SKIPPED, Reason.LIMIT))
            else:
                yield Happening(last, Remain(name, span, job.reason_open(absent)))
