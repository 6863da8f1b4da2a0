"""A job: what a definition says, once it has been checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wakeful.core.policy import Missed, Priority, SleepPolicy
from wakeful.core.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta, tzinfo

    from wakeful.core.instant import Instant
    from wakeful.core.launch import Launch
    from wakeful.core.policy import Conditions, Wake
    from wakeful.core.refinement import Refinement
    from wakeful.core.schedule import Schedule
    from wakeful.core.trigger import Trigger

DEFAULT_OUTPUT_LIMIT = 10 * 1024 * 1024
"""Bytes of output kept of one execution unless the job says otherwise."""


class Overlap(StrEnum):
    """What happens to a run that is due while the job is still running."""

    SKIP = "skip"
    """It does not take place; the slot is recorded as skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as configured.

    Attributes:
        name: Unique; a definition without a usable one is listed under its place instead.
        definition: The canonical text of what was written; two jobs with the same text and
            the same zone are the same job.
        kind: What it does (``script``, ``command``, …); empty if that cannot be told.
        trigger: When it is due; None: only when asked for.
        refinement: Which slots of the trigger count, and how late each is; None: all, punctually.
        schedule_text: The trigger as it was written, also where it could not be read.
        timezone, zone: The zone its wall-clock times are in, by name and ready for use.
        launch: How its process is started; None if the definition is bad.
        enabled: What the definition says; a toggle may override it.
        timeout: How long an execution may take, in time the machine is awake.
        max_runs: After so many executions there are no more slots; None: there are.
        missed: What is done about slots that passed while nobody could serve them.
        conditions: What has to hold before a slot is served; None: nothing.
        wake: How the machine is woken for its slots; None: it is not.
        on_sleep: What happens to its running executions when the machine is about to sleep.
        priority: Which of several slots is served first.
        output_limit: Bytes of output kept.
        problems: What is wrong with the definition. With an error in it, it does not run.
        skill: Name of the skill, for clients of the original; empty otherwise.
    """

    name: str
    definition: str
    kind: str = ""
    trigger: Trigger | None = None
    refinement: Refinement | None = None
    trigger_key: str = ""
    schedule_text: str = ""
    timezone: str
    zone: tzinfo = field(compare=False)
    launch: Launch | None = None
    description: str = ""
    enabled: bool = True
    persona: str = ""
    skill: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    timeout: timedelta | None = None
    overlap: Overlap = Overlap.SKIP
    max_runs: int | None = None
    missed: Missed = field(default_factory=Missed)
    conditions: Conditions | None = None
    wake: Wake | None = None
    on_sleep: SleepPolicy = field(default_factory=SleepPolicy)
    priority: Priority = Priority.NORMAL
    output_limit: int = DEFAULT_OUTPUT_LIMIT
    problems: tuple[Problem, ...] = ()

    @property
    def error(self) -> str:
        """Why the job cannot run, in one line; empty if it can."""
        return "; ".join(str(one) for one in self.problems if one.severity is Severity.ERROR)

    @property
    def planning(self) -> str:
        """What determines the slots. As long as it stays the same, so do they."""
        if self.trigger is None:
            return ""
        parts = [self.trigger.planning]
        refinement = self.refinement
        if self.trigger.zoned or (refinement is not None and refinement.zoned):
            parts.append(self.timezone)
        if refinement is not None:
            parts.append(refinement.planning)
        return " ".join(part for part in parts if part)

    def schedule(self, anchor: Instant) -> Schedule | None:
        """Give the slots, counted from an anchor; None if nothing can be planned."""
        if self.trigger is None:
            return None
        schedule = self.trigger.schedule(zone=self.zone, anchor=anchor)
        if schedule is None or self.refinement is None:
            return schedule
        return self.refinement.applied_to(schedule, zone=self.zone, name=self.name)

    @property
    def usable(self) -> bool:
        """Whether the job can run at all."""
        return self.launch is not None and not self.error
