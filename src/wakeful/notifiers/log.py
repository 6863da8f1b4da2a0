"""Notifier ``log``: a line in the daemon's log, and so in the journal."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wakeful.core.execution import ExecutionState

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.job import Job

_log = logging.getLogger(__name__)


class LogNotifier:
    """Writes how an execution ended."""

    async def notify(self, job: Job, execution: Execution) -> None:
        """Write it, as a warning unless it succeeded."""
        succeeded = execution.state is ExecutionState.SUCCEEDED
        _log.log(
            logging.INFO if succeeded else logging.WARNING,
            "job %s %s%s",
            job.name,
            execution.state,
            f": {execution.reason}" if execution.reason else "",
            extra={"job": job.name, "execution": execution.execution_id},
        )


NOTIFIER = LogNotifier
