from __future__ import annotations

import logging
from datetime import UTC

import pytest

from wakeful.core.execution import Cause, Execution, ExecutionState
from wakeful.core.job import Job
from wakeful.notifiers.log import NOTIFIER

JOB = Job(name="backup", definition="", timezone="UTC", zone=UTC)
EXECUTION = Execution(execution_id="e1", job="backup", cause=Cause.MANUAL, slot=None, queued_at=1)


@pytest.mark.parametrize(
    ("state", "reason", "level", "line"),
    [
        (ExecutionState.SUCCEEDED, "", logging.INFO, "job backup succeeded"),
        (
            ExecutionState.FAILED,
            "exit status 7",
            logging.WARNING,
            "job backup failed: exit status 7",
        ),
        (ExecutionState.CANCELLED, "", logging.WARNING, "job backup cancelled"),
    ],
)
async def test_a_line_says_how_an_execution_ended(caplog, state, reason, level, line):
    caplog.set_level(logging.INFO)
    await NOTIFIER().notify(JOB, EXECUTION.ended(state, at=2, reason=reason))
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, line)
    assert (record.job, record.execution) == ("backup", "e1")
