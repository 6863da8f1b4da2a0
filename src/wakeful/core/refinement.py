"""Refinement: what a definition says about the slots of its trigger, beyond the trigger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wakeful.core.admission import Admission
from wakeful.core.admitted_schedule import AdmittedSchedule
from wakeful.core.bounded_schedule import BoundedSchedule
from wakeful.core.duration import format_duration
from wakeful.core.exclusion import Exclusions
from wakeful.core.instant import from_timedelta, to_iso
from wakeful.core.jitter_schedule import JitterSchedule, seed_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta, tzinfo

    from wakeful.core.instant import Instant
    from wakeful.core.schedule import Schedule
    from wakeful.core.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """Which slots of a trigger count, and how late each of them is.

    First the bounds, the window and the exclusions decide which slots count; then those that do
    are delayed. So a delayed slot may come a little after the window or the last bound.

    Attributes:
        not_before, not_after: Bounds; a slot at a bound counts.
        between: The part of each day in which slots count.
        exclude: The days on which none counts.
        jitter: The largest delay.
    """

    not_before: Instant | None = None
    not_after: Instant | None = None
    between: Window | None = None
    exclude: Exclusions = field(default_factory=Exclusions)
    jitter: timedelta | None = None

    @property
    def zoned(self) -> bool:
        """Whether the zone of the job has a say in which slots count."""
        return self.between is not None or self.exclude != Exclusions()

    @property
    def planning(self) -> str:
        """What determines the slots, but for the zone; the same for what means the same."""
        return " ".join(f"{key}={value}" for key, value in self._parts())

    def _parts(self) -> Iterator[tuple[str, str]]:
        if self.not_before is not None:
            yield "not_before", to_iso(self.not_before)
        if self.not_after is not None:
            yield "not_after", to_iso(self.not_after)
        if self.between is not None:
            yield "between", self.between.text
        if self.exclude.text:
            yield "exclude", self.exclude.text
        if self.jitter:
            yield "jitter", format_duration(self.jitter)

    def applied_to(self, schedule: Schedule, *, zone: tzinfo, name: str) -> Schedule:
        """Give the slots that count, delayed.

        Args:
            schedule: The slots of the trigger.
            zone: That of the job.
            name: The job's; jobs with different names have different delays.
        """
        if self.not_before is not None or self.not_after is not None:
            schedule = BoundedSchedule(schedule, self.not_before, self.not_after)
        if self.zoned:
            schedule = AdmittedSchedule(schedule, Admission(zone, self.between, self.exclude))
        if self.jitter:
            schedule = JitterSchedule(schedule, from_timedelta(self.jitter), seed_of(name))
        return schedule
