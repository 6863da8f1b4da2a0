"""Counts of what happens to the slots of one job in a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.decision import Close, SlotState, Start
from wakeful.core.execution import Cause
from wakeful.core.scenario import Remain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wakeful.core.scenario import Happening


@dataclass(slots=True)
class SlotCounts:
    """What became of the slots of one job. All together are the slots it had.

    Attributes:
        in_time: Executed when they came.
        made_up: Executed later, for they had passed unattended.
        coalesced: Another stood for them.
        skipped: They came and were not to run.
        missed: They passed unattended.
        open: Not decided on at the end.
    """

    in_time: int = 0
    made_up: int = 0
    coalesced: int = 0
    skipped: int = 0
    missed: int = 0
    open: int = 0

    @property
    def slots(self) -> int:
        """All of them."""
        executed = self.in_time + self.made_up
        return executed + self.coalesced + self.skipped + self.missed + self.open

    def count(self, happening: Happening) -> None:
        """Count what happens; what is only put off does not count."""
        what = happening.what
        if isinstance(what, Start):
            if what.cause is Cause.CATCH_UP:
                self.made_up += 1
            else:
                self.in_time += 1
        elif isinstance(what, Close):
            if what.state is SlotState.COALESCED:
                self.coalesced += what.span.count
            elif what.state is SlotState.SKIPPED:
                self.skipped += what.span.count
            else:
                self.missed += what.span.count
        elif isinstance(what, Remain):
            self.open += what.span.count


def counted(happenings: Iterable[Happening], counts: dict[str, SlotCounts]) -> Iterator[Happening]:
    """Hand on what happens, and count it by job.

    Args:
        happenings: What happens.
        counts: Jobs that are not in it yet are added.
    """
    for happening in happenings:
        counts.setdefault(happening.what.job, SlotCounts()).count(happening)
        yield happening
