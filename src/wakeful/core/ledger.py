"""The ledger: when no slot could be served, and why, at hand for decisions."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from wakeful.core.period import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wakeful.core.instant import Instant
    from wakeful.core.period import Period


class Ledger:
    """Periods in the order they were noted. Never changed.

    A period covers the instants from its beginning to just before its end: at its end the machine
    was there again. Where two overlap, the later noted is believed. A clock that was set back
    skipped no slot, so such a period covers nothing.

    Args:
        periods: In the order they were noted.

    Attributes:
        periods: The same.
    """

    def __init__(self, periods: Iterable[Period] = ()) -> None:
        self.periods = tuple(periods)

    def __eq__(self, other: object) -> bool:
        return self.periods == other.periods if isinstance(other, Ledger) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.periods)

    def __repr__(self) -> str:
        return f"Ledger({self.periods!r})"

    def reason_at(self, instant: Instant) -> PeriodKind | None:
        """Say why nothing could be served at an instant; None: nothing stood in the way."""
        return self.stretch_at(instant)[0]

    def stretch_at(self, instant: Instant) -> tuple[PeriodKind | None, Instant | None]:
        """Say the same, and until when it stays so.

        Returns:
            What `reason_at` says, and the first instant for which it may say something else;
            None: there is none.
        """
        sinces, stretches = self._stretches
        position = bisect_right(sinces, instant)
        if position:
            _, until, kind = stretches[position - 1]
            if instant < until:
                return kind, until
        return None, sinces[position] if position < len(sinces) else None

    @cached_property
    def _stretches(self) -> tuple[list[Instant], list[tuple[Instant, Instant, PeriodKind]]]:
        """The same without overlaps, ascending: the beginnings apart, for bisection."""
        found: list[tuple[Instant, Instant, PeriodKind]] = []
        for period in self.periods:
            if _covers(period):
                _lay_over(found, (period.since, period.until, period.kind))
        return [since for since, _, _ in found], found


def _covers(period: Period) -> bool:
    set_back = period.kind is PeriodKind.CLOCK_STEP and period.step < 0
    return period.since < period.until and not set_back


def _lay_over(
    stretches: list[tuple[Instant, Instant, PeriodKind]],
    newest: tuple[Instant, Instant, PeriodKind],
) -> None:
    """Add a stretch to disjoint ascending ones; what it overlaps is cut away."""
    since, until, _ = newest
    after: list[tuple[Instant, Instant, PeriodKind]] = []
    while stretches and stretches[-1][1] > since:
        other_since, other_until, kind = stretches.pop()
        if other_until > until:
            after.append((max(other_since, until), other_until, kind))
        if other_since < since:
            stretches.append((other_since, since, kind))
            break
    stretches.append(newest)
    stretches.extend(reversed(after))
