"""The tally: counts of everything that ended, kept in memory so that asking costs nothing."""

from __future__ import annotations

from wakeful.core.event import Event, ExecutionFinished
from wakeful.core.execution import ExecutionState
from wakeful.services.ports import Totals

_FAILED = frozenset({ExecutionState.FAILED, ExecutionState.TIMED_OUT})


class Tally:
    """Counts executions; a reader of the bulletin."""

    def __init__(self) -> None:
        self.totals = Totals()

    def begin(self, totals: Totals) -> None:
        """Begin with what is on record and has ended."""
        self.totals = totals

    def read_event(self, event: Event) -> None:
        """Count an execution that ended."""
        if isinstance(event, ExecutionFinished):
            state = event.execution.state
            self.totals = Totals(
                executions=self.totals.executions + 1,
                succeeded=self.totals.succeeded + (state is ExecutionState.SUCCEEDED),
                failed=self.totals.failed + (state in _FAILED),
            )
