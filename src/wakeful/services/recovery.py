"""Recovery: executions of an earlier life of the daemon are found again, or declared lost."""

from __future__ import annotations

import logging
from datetime import UTC
from typing import TYPE_CHECKING

from wakeful.core.execution import ExecutionState
from wakeful.core.job import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.core.execution import Execution
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.ports import Runner
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)


async def resolve_unfinished(
    unfinished: Sequence[Execution],
    *,
    catalogue: Catalogue,
    runner: Runner,
    supervisor: Supervisor,
) -> None:
    """Bring every execution that has no recorded end back under supervision, or to an end.

    One whose process lives goes on; its end will be seen, and perhaps its exit status. One
    whose process is gone is lost: nobody knows how it ended.
    """
    if not unfinished:
        return
    survivors = await runner.survivors([one.execution_id for one in unfinished])
    counts = False
    for execution in unfinished:
        entry = catalogue.get(execution.job)
        job = entry.job if entry else _unknown_job(execution.job)
        pids = survivors.get(execution.execution_id, ())
        if not _adopt(supervisor, job, execution, pids):
            supervisor.settle(job, execution, _epitaph(execution))
            counts = counts or job.max_runs is not None
    if counts:
        # What is lost counts as a run, and that before anything else may be let run.
        await supervisor.drain()


def _adopt(supervisor: Supervisor, job: Job, execution: Execution, pids: Sequence[int]) -> bool:
    # The recorded process first: the others are what it started.
    for pid in sorted(pids, key=lambda pid: pid != execution.pid):
        try:
            supervisor.adopt(job, execution, pid)
        except OSError:
            continue  # gone meanwhile, or beyond our reach
        # Should the machine have been about to sleep, nobody else knows what was frozen for that.
        supervisor.thaw(execution.execution_id)
        _log.info(
            "execution %s of job %s still runs as process %d",
            execution.execution_id,
            execution.job,
            pid,
        )
        return True
    return False


def _epitaph(execution: Execution) -> str:
    if execution.state is ExecutionState.QUEUED:
        return "the daemon ended before the start of the process was on record"
    return "the daemon ended while it ran, and how it ended is not known"


def _unknown_job(name: str) -> Job:
    """Stand in for a job that is not configured any more."""
    return Job(name=name, definition="", timezone="UTC", zone=UTC)
