"""The registrar: births of executions and closed slots go on record, then what was born starts."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError
from wakeful.core.event import JobChanged, SlotsClosed
from wakeful.core.execution import Cause, Execution
from wakeful.core.names import RANDOM_BITS, execution_identifier
from wakeful.core.plan import Close, SlotState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wakeful.core.instant import Instant
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue, Entry
    from wakeful.services.ports import Store
    from wakeful.services.power.conductor import Conductor
    from wakeful.services.supervisor import Supervisor

_log = logging.getLogger(__name__)
SLICE_SECONDS = 0.05
"""How long starting processes may keep the loop from everything else."""


@dataclass(frozen=True, slots=True)
class Birth:
    """An execution that is to be.

    Attributes:
        coalesced: How many slots it stands for, besides its own.
    """

    entry: Entry
    execution: Execution
    coalesced: int = 0


class Registrar:
    """Brings executions into the world: on record first, then as a process.

    Args:
        catalogue: The jobs.
        supervisor: Starts what is on record.
        store: Where slots are claimed and closed.
        conductor: Told of executions that make up for missed slots.
        bulletin: Told of slots that are closed.
        logs: The folder for the output of executions.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        supervisor: Supervisor,
        store: Store,
        conductor: Conductor,
        bulletin: Bulletin,
        logs: Path,
    ) -> None:
        self._catalogue = catalogue
        self._supervisor = supervisor
        self._store = store
        self._conductor = conductor
        self._bulletin = bulletin
        self._logs = f"{logs}/"

    def birth(
        self,
        entry: Entry,
        now: Instant,
        cause: Cause,
        *,
        slot: Instant | None = None,
        coalesced: int = 0,
        requested_by: str = "",
    ) -> Birth:
        """Make an execution. The job counts as running before anything is awaited."""
        identifier = execution_identifier(now, secrets.randbits(RANDOM_BITS))
        execution = Execution(
            execution_id=identifier,
            job=entry.job.name,
            cause=cause,
            slot=slot,
            queued_at=now,
            requested_by=requested_by,
            log=f"{self._logs}{identifier}.log",
        )
        entry.live[identifier] = execution
        if cause is Cause.CATCH_UP:
            self._conductor.begun(execution)
        return Birth(entry, execution, coalesced)

    async def record(self, births: Sequence[Birth], closings: Sequence[Close]) -> None:
        """Put births and closed slots on record; start what is claimed.

        Raises:
            StorageError: They could not be recorded; then nothing has happened.
        """
        try:
            accepted = await self._store.claim([one.execution for one in births], closings)
        except StorageError:
            for birth in births:
                birth.entry.live.pop(birth.execution.execution_id, None)
                self._conductor.put_off(birth.execution.execution_id)
            raise
        for closing in closings:
            self._note(closing)
        loop = asyncio.get_running_loop()
        slice_end = loop.time() + SLICE_SECONDS
        for birth in births:
            execution = birth.execution
            if execution.execution_id not in accepted:
                self._forget(birth)
                _log.warning("a slot of job %s was decided on before; left alone", execution.job)
                continue
            self._supervisor.start(birth.entry.job, execution, coalesced=birth.coalesced)
            if loop.time() > slice_end:
                await asyncio.sleep(0)
                slice_end = loop.time() + SLICE_SECONDS

    def _forget(self, birth: Birth) -> None:
        identifier = birth.execution.execution_id
        birth.entry.live.pop(identifier, None)
        self._conductor.ended(identifier)

    def _note(self, closing: Close) -> None:
        entry = self._catalogue.get(closing.job)
        if entry is not None and closing.state is SlotState.MISSED:
            entry.missed_count += closing.span.count
        _log.info(
            "%s of job %s %s: %s",
            "1 slot" if closing.span.count == 1 else f"{closing.span.count} slots",
            closing.job,
            closing.state,
            closing.reason,
            extra={"job": closing.job},
        )
        self._bulletin.publish(SlotsClosed(closing))
        self._bulletin.publish(JobChanged(closing.job))
