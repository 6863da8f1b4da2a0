"""Triggers: what a definition says about when, before it is anchored in time and place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.duration import format_duration
from wakeful.core.instant import from_timedelta, to_iso
from wakeful.core.policy import DaylightSaving, Occasion
from wakeful.core.schedule import AtSchedule, EverySchedule, Schedule

if TYPE_CHECKING:
    from datetime import tzinfo

    from wakeful.core.calendar_expression import CalendarExpression
    from wakeful.core.cron import CronExpression
    from wakeful.core.instant import Instant


@dataclass(frozen=True, slots=True)
class CronTrigger:
    """At the times a cron expression names."""

    expression: CronExpression
    policy: DaylightSaving = DaylightSaving.DEBIAN
    key = "cron"
    zoned = True
    zone_name = ""

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.expression.text

    @property
    def planning(self) -> str:
        """What determines the slots, but for the zone."""
        usual = self.policy is DaylightSaving.DEBIAN
        return f"cron {self.text}" if usual else f"cron {self.text} dst={self.policy}"

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the slots in a zone."""
        return CronSchedule(self.expression, zone, self.policy)


@dataclass(frozen=True, slots=True)
class CalendarTrigger:
    """At the times a calendar expression of systemd names; through daylight saving as there."""

    expression: CalendarExpression
    key = "calendar"

    @property
    def zoned(self) -> bool:
        """Whether it is in the zone of the job, and not in one of its own."""
        return self.expression.zone is None

    @property
    def zone_name(self) -> str:
        """The name of the zone of its own; empty if it has none."""
        return self.expression.zone or ""

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.expression.text

    @property
    def planning(self) -> str:
        """What determines the slots, but for the zone of the job."""
        return f"calendar {self.text}"

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the slots in a zone; that of the expression comes first."""
        from wakeful.core.calendar_schedule import CalendarSchedule  # noqa: PLC0415 - few jobs need it

        return CalendarSchedule(self.expression, zone)


@dataclass(frozen=True, slots=True)
class EveryTrigger:
    """Again and again at a constant distance."""

    interval: timedelta
    key = "every"
    zoned = False
    zone_name = ""

    @property
    def text(self) -> str:
        """The distance, as a duration."""
        return format_duration(self.interval)

    @property
    def planning(self) -> str:
        """What determines the slots, but for the anchor."""
        return f"every {self.text}"

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the slots counted from an anchor."""
        return EverySchedule(from_timedelta(self.interval), anchor)


@dataclass(frozen=True, slots=True)
class AtTrigger:
    """Once, at an instant."""

    at: Instant
    key = "at"
    zoned = False
    zone_name = ""

    @property
    def text(self) -> str:
        """The instant in ISO 8601."""
        return to_iso(self.at)

    @property
    def planning(self) -> str:
        """What determines the slot."""
        return f"at {self.text}"

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the one slot."""
        return AtSchedule(self.at)


@dataclass(frozen=True, slots=True)
class OccasionTrigger:
    """Whenever something occurs; nobody knows when that will be.

    Attributes:
        occasion: What.
        least_nap: With `Occasion.RESUME`, only after the machine was asleep for so long, in
            microseconds.
    """

    occasion: Occasion
    least_nap: int = 0
    key = "on"
    zoned = False
    zone_name = ""

    @property
    def text(self) -> str:
        """The name of the occasion, and what else is asked of it."""
        if not self.least_nap:
            return self.occasion.value
        return f"{self.occasion} after {format_duration(timedelta(microseconds=self.least_nap))}"

    @property
    def planning(self) -> str:
        """What determines the slots."""
        return f"on {self.text}"

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule | None:  # noqa: ARG002 - one signature
        """Give None: there is nothing to plan."""
        return None


Trigger = CronTrigger | CalendarTrigger | EveryTrigger | AtTrigger | OccasionTrigger
