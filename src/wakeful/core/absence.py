"""Absences: when a machine is asleep or off, as somebody imagines it for a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wakeful.core.admission import Admission
from wakeful.core.instant import SECOND
from wakeful.core.ledger import Ledger
from wakeful.core.period import Period, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from wakeful.core.instant import Instant
    from wakeful.core.window import Window


class Absence(NamedTuple):
    """A stretch of time in which the machine serves nothing.

    Attributes:
        kind: Asleep or off.
        since, until: In ``[since, until)``.
    """

    kind: PeriodKind
    since: Instant
    until: Instant

    def period(self, until: Instant | None = None) -> Period:
        """Give what the ledger says of it.

        Args:
            until: When it ended; None: when it was to.
        """
        end = self.until if until is None else until
        asleep = end - self.since if self.kind is PeriodKind.ASLEEP else 0
        return Period(
            kind=self.kind, since=self.since, until=end, asleep=asleep, source="simulation"
        )


def every_day(
    kind: PeriodKind, window: Window, zone: tzinfo, *, begin: Instant, end: Instant
) -> Iterator[Absence]:
    """Be absent at the same time of each day, as the clock on the wall shows it.

    Args:
        kind: Asleep or off.
        window: The part of each day.
        zone: Where the wall is.
        begin: Nothing before.
        end: Nothing from here on.
    """
    admission = Admission(zone, window)
    second = begin // SECOND
    while (opening := admission.first_from(second)) is not None:
        since, until = max(opening[0] * SECOND, begin), min(opening[1] * SECOND, end)
        if since >= end:
            return
        if since < until:
            yield Absence(kind, since, until)
        second = opening[1]


def one_after_the_other(
    absences: Iterable[Absence], *, begin: Instant, end: Instant
) -> list[Absence]:
    """Order absences, and cut away where they overlap: a machine that is off does not sleep.

    What follows without a gap is one absence, unless the kinds differ.

    Args:
        absences: In any order.
        begin: Nothing before.
        end: Nothing from here on.
    """
    given = sorted(absences, key=lambda one: (one.kind is PeriodKind.OFF, one.since, one.until))
    ledger = Ledger(one.period() for one in given)
    found: list[Absence] = []
    position = begin
    while position < end:
        kind, changes = ledger.stretch_at(position)
        until = end if changes is None else min(changes, end)
        if kind is not None:
            if found and found[-1].until == position and found[-1].kind is kind:
                found[-1] = found[-1]._replace(until=until)
            else:
                found.append(Absence(kind, position, until))
        position = until
    return found
