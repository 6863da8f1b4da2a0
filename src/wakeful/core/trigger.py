"""Triggers: what a definition says about when, before it is anchored in time and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.duration import format_duration
from wakeful.core.instant import from_timedelta, to_iso
from wakeful.core.schedule import AtSchedule, EverySchedule, Schedule

if TYPE_CHECKING:
    from datetime import timedelta, tzinfo

    from wakeful.core.cron import CronExpression
    from wakeful.core.instant import Instant


@dataclass(frozen=True, slots=True)
class CronTrigger:
    """At the times a cron expression names."""

    expression: CronExpression
    key = "cron"

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.expression.text

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the slots in a zone."""
        return CronSchedule(self.expression, zone)


@dataclass(frozen=True, slots=True)
class EveryTrigger:
    """Again and again at a constant distance."""

    interval: timedelta
    key = "every"

    @property
    def text(self) -> str:
        """The distance, as a duration."""
        return format_duration(self.interval)

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the slots counted from an anchor."""
        return EverySchedule(from_timedelta(self.interval), anchor)


@dataclass(frozen=True, slots=True)
class AtTrigger:
    """Once, at an instant."""

    at: Instant
    key = "at"

    @property
    def text(self) -> str:
        """The instant in ISO 8601."""
        return to_iso(self.at)

    def schedule(self, *, zone: tzinfo, anchor: Instant) -> Schedule:  # noqa: ARG002 - one signature
        """Give the one slot."""
        return AtSchedule(self.at)


Trigger = CronTrigger | EveryTrigger | AtTrigger
