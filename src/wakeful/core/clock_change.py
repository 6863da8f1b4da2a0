"""What a change of the clock does to a job that follows a wall clock; for telling it beforehand.

It knows nothing of cron: any schedule that can name its wall-clock times, and say what it does
with those that are missing or come twice, can be asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from wakeful.core.civil import DAY_SECONDS, zone_offsets
from wakeful.core.instant import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from wakeful.core.civil import Stretch
    from wakeful.core.instant import Instant

_MOST_EXAMPLES = 5
_SOON = 2 * DAY_SECONDS
"""Within it a change of the clock can repeat a time; no clock ever went back so far."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times have no zone


class WallClockSchedule(Protocol):
    """A schedule of wall-clock times in a zone.

    Its times are seconds since 1970-01-01, 00:00 of that clock.
    """

    @property
    def zone(self) -> tzinfo:
        """The zone whose clock it follows."""

    @property
    def frequent(self) -> bool:
        """Whether its times recur all along, so that one of them stands for nothing special."""

    def makes_up(self, shift: int) -> bool:
        """Say whether times left out by a forward shift of so many seconds run after it."""

    def repeats(self, shift: int) -> bool:
        """Say whether times repeated by a backward shift of so many seconds run again."""

    def wall_times(self, low: int, high: int) -> Iterator[int]:
        """Give its times in ``[low, high)``, whether the clock shows them or not."""

    def count_wall_times(self, low: int, high: int) -> int:
        """Count its times in ``[low, high)``."""


class ChangeKind(StrEnum):
    """What a change of the clock does to the wall clock."""

    GAP = "gap"
    """It goes forward: some times do not exist."""
    OVERLAP = "overlap"
    """It goes back: some times come twice."""


class Effect(StrEnum):
    """What happens to the times of a job that a change of the clock concerns."""

    MOVED = "moved"
    """They do not exist; the job runs once, right after the gap."""
    SKIPPED = "skipped"
    """They do not exist and are not served."""
    FEWER = "fewer"
    """As skipped, of a job that runs so often that it only has a few runs less."""
    ONCE = "once"
    """They come twice and are served the first time."""
    TWICE = "twice"
    """They come twice and are served both times."""
    MORE = "more"
    """As twice, of a job that runs so often that it only has a few runs more."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clock, and what it does to one job.

    Attributes:
        at: The first instant with the new offset.
        before: The offset from UTC until then, in seconds.
        after: The offset from then on.
        kind: Whether wall-clock times are missing or come twice.
        effect: What happens to the job's times among them.
        count: How many of them there are.
        times: The first few, as the wall clock shows, or would show, them; naive.
    """

    at: Instant
    before: int
    after: int
    kind: ChangeKind
    effect: Effect
    count: int
    times: tuple[datetime, ...]

    @property
    def runs_at(self) -> Instant | None:
        """When the job runs in place of times that do not exist; None if it does not."""
        return self.at if self.effect is Effect.MOVED else None


class SlotNoteKind(StrEnum):
    """What is special about a slot."""

    MOVED = "moved"
    """It stands for times that the clock left out."""
    ONLY_FIRST = "only-first"
    """Its time comes twice, and this is the only run."""
    FIRST_OF_TWO = "first-of-two"
    SECOND_OF_TWO = "second-of-two"


@dataclass(frozen=True, slots=True)
class SlotNote:
    """What is special about a slot, near a change of the clock.

    Attributes:
        kind: What.
        time: The wall-clock time it was planned for, naive; the first, if it stands for several.
        count: For how many wall-clock times it stands.
    """

    kind: SlotNoteKind
    time: datetime
    count: int = 1


def affected_by_clock_change(
    schedule: WallClockSchedule, after: Instant, until: Instant
) -> Iterator[ClockChange]:
    """Give the clock changes in ``(after, until]`` that concern a job, in order."""
    low, high = after // SECOND + 1, until // SECOND + 1
    for stretch in zone_offsets(schedule.zone).changes_between(low, high):
        change = _change_of(schedule, stretch)
        if change is not None:
            yield change


def slot_note(schedule: WallClockSchedule, slot: Instant) -> SlotNote | None:
    """Say what is special about one slot of a schedule, or None; a few microseconds of work."""
    second = slot // SECOND
    offsets = zone_offsets(schedule.zone)
    begin, _, offset, before = stretch = offsets.stretch_at(second)
    wall = second + offset
    if second == begin and offset > before:
        change = _change_of(schedule, stretch)
        if change is not None and change.effect is Effect.MOVED:
            return SlotNote(SlotNoteKind.MOVED, change.times[0], change.count)
    if wall < begin + before:
        return SlotNote(SlotNoteKind.SECOND_OF_TWO, _wall_clock(wall))
    following = offsets.stretch_at(second + _SOON)
    if second < following.begin and wall >= following.begin + following.offset:
        again = schedule.repeats(following.before - following.offset)
        kind = SlotNoteKind.FIRST_OF_TWO if again else SlotNoteKind.ONLY_FIRST
        return SlotNote(kind, _wall_clock(wall))
    return None


def _change_of(schedule: WallClockSchedule, stretch: Stretch) -> ClockChange | None:
    begin, _, offset, before = stretch
    kind = ChangeKind.GAP if offset > before else ChangeKind.OVERLAP
    low, high = sorted((begin + before, begin + offset))
    count = schedule.count_wall_times(low, high)
    if not count:
        return None
    times = islice(schedule.wall_times(low, high), _MOST_EXAMPLES)
    return ClockChange(
        at=begin * SECOND,
        before=before,
        after=offset,
        kind=kind,
        effect=_effect(schedule, kind, high - low),
        count=count,
        times=tuple(map(_wall_clock, times)),
    )


def _effect(schedule: WallClockSchedule, kind: ChangeKind, shift: int) -> Effect:
    if kind is ChangeKind.GAP:
        if schedule.makes_up(shift):
            return Effect.MOVED
        return Effect.FEWER if schedule.frequent else Effect.SKIPPED
    if not schedule.repeats(shift):
        return Effect.ONCE
    return Effect.MORE if schedule.frequent else Effect.TWICE


def _wall_clock(wall: int) -> datetime:
    return _EPOCH + timedelta(seconds=wall)
