"""The chronicle: a line in the log for every execution that ends, whoever else is told."""

from __future__ import annotations

import logging

from wakeful.core.event import Event, ExecutionFinished, ExecutionStarted
from wakeful.core.execution import ExecutionState

_log = logging.getLogger(__name__)
_QUIET = frozenset({ExecutionState.SUCCEEDED, ExecutionState.CANCELLED})


def read_event(event: Event) -> None:
    """Log an event about an execution; a reader of the bulletin.

    Ends are logged, as a warning unless all went well; starts only for who wants details. The
    journal gets job and execution as fields.
    """
    if isinstance(event, ExecutionStarted):
        execution = event.execution
        level, words = logging.DEBUG, "starts"
    elif isinstance(event, ExecutionFinished):
        execution = event.execution
        level = logging.INFO if execution.state in _QUIET else logging.WARNING
        words = f"{execution.state}: {execution.reason}" if execution.reason else execution.state
    else:
        return
    if _log.isEnabledFor(level):
        fields = {"job": execution.job, "execution": execution.execution_id}
        _log.log(level, "job %s %s", execution.job, words, extra=fields)
