"""The keys of a job that say when it is due: its trigger, and what refines it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wakeful.core.civil import FIRST_YEAR, LAST_YEAR
from wakeful.core.cron import is_reboot, parse_cron
from wakeful.core.instant import DAY, from_datetime, from_timedelta
from wakeful.core.policy import DaylightSaving, Occasion
from wakeful.core.trigger import (
    AtTrigger,
    CalendarTrigger,
    CronTrigger,
    EveryTrigger,
    OccasionTrigger,
    Trigger,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from wakeful.config.model import JobModel
    from wakeful.config.report import Report
    from wakeful.config.world import World
    from wakeful.core.instant import Instant
    from wakeful.core.refinement import Refinement

SHORTEST = timedelta(seconds=1)
"""No interval, and no delay, is shorter."""
_DATE_ALONE = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*", re.ASCII)
_REFINING = ("jitter", "between", "exclude", "not_before", "not_after")
_RECURRING = ("cron", "calendar", "every")


class TriggerReading:
    """Reads these keys of one definition.

    Args:
        shared: What all definitions may say.
        zone: Of the job's wall-clock times.
        world: Takes note of other zones that were looked up.
        report: Takes note of problems.
    """

    def __init__(self, shared: JobModel, *, zone: tzinfo, world: World, report: Report) -> None:
        self._shared = shared
        self._zone = zone
        self._world = world
        self._report = report

    def trigger(self, key: str) -> Trigger | None:
        """Read a trigger of the clock; None if its key is not of the right type.

        Raises:
            ValueError: It is wrong.
        """
        shared = self._shared
        if key == "cron" and shared.cron is not None:
            return self._cron(shared.cron)
        if key == "calendar" and shared.calendar is not None:
            return self._calendar(shared.calendar)
        if key == "every" and shared.every is not None:
            if shared.every < SHORTEST:
                raise ValueError("must be at least one second")
            return EveryTrigger(shared.every)
        if key == "at" and shared.at is not None:
            return AtTrigger(self._instant(shared.at))
        return None

    def _cron(self, text: str) -> Trigger:
        if is_reboot(text):
            return OccasionTrigger(Occasion.BOOT)
        expression = parse_cron(text)
        for warning in expression.warnings:
            self._report("cron", warning, warning=True)
        return CronTrigger(expression, DaylightSaving(self._shared.dst or DaylightSaving.DEBIAN))

    def _calendar(self, text: str) -> Trigger:
        from wakeful.core.calendar_text import parse_calendar  # noqa: PLC0415 - few jobs need it

        expression = parse_calendar(text)
        if expression.zone:
            self._world.note_zone(expression.zone)
        if not expression.can_fire:
            raise ValueError(f"{text!r} can never fire: there is no such day")
        return CalendarTrigger(expression)

    def refinement(self, key: str, trigger: Trigger | None) -> Refinement | None:
        """Read what refines the trigger, and see whether it fits.

        Args:
            key: Of the trigger; empty if there is none.
            trigger: None, too, if it is wrong.
        """
        self._check_dst(key, trigger)
        present = [name for name in _REFINING if getattr(self._shared, name)]
        if not present:
            return None
        if key not in _RECURRING or isinstance(trigger, OccasionTrigger):
            for name in present:
                self._report(name, f"is for jobs with {', '.join(_RECURRING)} only")
            return None
        # Not loaded where no job needs it.
        from wakeful.core.exclusion import exclusions_of  # noqa: PLC0415
        from wakeful.core.refinement import Refinement  # noqa: PLC0415

        shared = self._shared
        refinement = Refinement(
            not_before=self._bound("not_before", shared.not_before),
            not_after=self._bound("not_after", shared.not_after),
            between=shared.between,
            exclude=exclusions_of(shared.exclude),
            jitter=shared.jitter or None,
        )
        mistakes = dict(_mistakes(refinement, trigger))
        for name, message in mistakes.items():
            self._report(name, message)
        if mistakes:
            return None
        if isinstance(trigger, EveryTrigger):
            self._warn_of_whole_days(trigger)
        elif trigger is not None:
            self._check_that_slots_are_left(present, trigger, refinement)
        return refinement

    def _bound(self, key: str, text: str | None) -> Instant | None:
        if text is None:
            return None
        try:
            instant = self._instant(text)
        except ValueError as error:
            self._report(key, str(error))
            return None
        whole_day = key == "not_after" and _DATE_ALONE.fullmatch(text)
        return self._instant(text, timedelta(days=1)) - 1 if whole_day else instant

    def _instant(self, text: str, later: timedelta = timedelta(0)) -> Instant:
        moment = parse_at(text)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
        moment += later
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=self._zone))

    def _check_dst(self, key: str, trigger: Trigger | None) -> None:
        if self._shared.dst is None:
            return
        if key == "calendar" and self._shared.dst != "systemd":
            self._report("dst", "must be 'systemd' for a job with calendar", "or write it as cron")
        elif key not in ("cron", "calendar") or isinstance(trigger, OccasionTrigger):
            message = "has no effect: only cron and calendar name times of the clock on the wall"
            self._report("dst", message, warning=True)

    def _warn_of_whole_days(self, trigger: EveryTrigger) -> None:
        if self._shared.between is not None and not from_timedelta(trigger.interval) % DAY:
            self._report(
                "between",
                "each slot comes at the time of the day at which the job was first seen; if that"
                " is not in here, none ever counts",
                "use cron or calendar for times of the day",
                warning=True,
            )

    def _check_that_slots_are_left(
        self, present: list[str], trigger: Trigger, refinement: Refinement
    ) -> None:
        slots = trigger.schedule(zone=self._zone, anchor=0)
        if slots is None:
            return
        if refinement.applied_to(slots, zone=self._zone, name="").next_after(0) is None:
            last = next(name for name in reversed(present) if name != "jitter")
            self._report(last, "leaves no slot: the job would never be due")


def _mistakes(refinement: Refinement, trigger: Trigger | None) -> Iterator[tuple[str, str]]:
    """List what cannot be, each with its key."""
    begin, end = refinement.not_before, refinement.not_after
    if begin is not None and end is not None and end < begin:
        yield "not_after", "must not be before not_before"
    if refinement.exclude.everything:
        yield "exclude", "leaves out every day"
    if refinement.jitter is None:
        return
    if refinement.jitter < SHORTEST:
        yield "jitter", "must be at least one second"
    if isinstance(trigger, EveryTrigger) and refinement.jitter > trigger.interval:
        yield "jitter", f"must not be longer than the interval, {trigger.text}"


def parse_at(text: str) -> datetime:
    """Read an instant; it may still lack an offset.

    Raises:
        ValueError: It is not ISO 8601.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not an instant; write for example 2027-01-01T03:00:00+01:00"
        ) from error
