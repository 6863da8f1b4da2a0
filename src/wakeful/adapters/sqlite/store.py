"""The store as the services see it: calls that wait for two threads."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from wakeful.adapters.sqlite import operations
from wakeful.adapters.sqlite.inbox import Inbox, Request
from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.core.plan import Close
    from wakeful.services.ports import HistoryQuery, JobRecord, Memory, PeriodQuery, Totals

Result = TypeVar("Result")

PATIENCE: Final = 5.0
"""Seconds to wait for a daemon that is about to end."""


class SqliteStore:
    """Durable memory in one SQLite file; implements `Store`.

    One thread writes, with one transaction for all that is asked for while it writes the one
    before. Another, started when it is first needed, answers `history`, `execution` and
    `totals` from what is committed. Both sleep until they are asked. A call whose task is
    cancelled is carried out all the same.

    Args:
        path: Of the database; its directory is created with mode 0700 if it is not there.
        patience: Seconds that `open` waits for another process that has the database.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self._path: Final = path
        self._patience: Final = patience
        self._closed = False
        self._writing: Inbox | None = None
        self._writer: threading.Thread | None = None
        self._reading: Inbox | None = None
        self._reader: threading.Thread | None = None
        self._ended: asyncio.Future[None] | None = None

    async def open(self) -> Memory:
        """Do what `Store.open` says.

        A database that is damaged is renamed to ``wakeful.db.damaged-<time>``, and a new one
        made; so is a copy, ``wakeful.db.backup-v<format>``, before its format is changed.

        Raises:
            StorageError: It cannot be opened, is from a newer version, or in use; the store can
                be opened again.
        """
        if self._closed or self._writer is not None:
            raise StorageError(f"{self._path} is {'closed' if self._closed else 'open already'}")
        loop = asyncio.get_running_loop()
        self._writing = Inbox(loop)
        self._ended = loop.create_future()
        opened: asyncio.Future[Memory] = loop.create_future()
        self._writer = threading.Thread(
            target=self._write,
            args=(self._writing, Request(operations.recall, opened), self._ended),
            name="wakeful-store-writer",
            daemon=True,  # what is committed is safe; what is not was promised to nobody
        )
        self._writer.start()
        try:
            return await opened
        except BaseException:
            await self._end()
            raise

    async def claim(
        self, executions: Sequence[Execution], closings: Sequence[Close]
    ) -> frozenset[str]:
        """Do what `Store.claim` says."""
        return await self._ask_writer(
            partial(operations.claim, executions=tuple(executions), closings=tuple(closings))
        )

    async def record_started(self, executions: Sequence[Execution]) -> None:
        """Do what `Store.record_started` says."""
        await self._ask_writer(partial(operations.record_started, executions=tuple(executions)))

    async def record_finished(self, executions: Sequence[Execution]) -> None:
        """Do what `Store.record_finished` says.

        Raises:
            ValueError: An execution has no outcome.
        """
        for execution in executions:
            if not execution.state.final:
                raise ValueError(f"execution {execution.execution_id} is {execution.state}")
        await self._ask_writer(partial(operations.record_finished, executions=tuple(executions)))

    async def save_jobs(self, records: Sequence[JobRecord]) -> None:
        """Do what `Store.save_jobs` says."""
        await self._ask_writer(partial(operations.save_jobs, records=tuple(records)))

    async def save_enabled(self, *, override: bool | None, configured: bool) -> None:
        """Do what `Store.save_enabled` says."""
        await self._ask_writer(
            partial(operations.save_enabled, override=override, configured=configured)
        )

    async def record_periods(self, periods: Sequence[Period]) -> None:
        """Do what `Store.record_periods` says."""
        await self._ask_writer(partial(operations.record_periods, periods=tuple(periods)))

    async def record_active(self, until: Instant) -> None:
        """Do what `Store.record_active` says."""
        await self._ask_writer(partial(operations.record_active, until=until))

    async def remember_boot(self, boot: str) -> bool:
        """Do what `Store.remember_boot` says."""
        return await self._ask_writer(partial(operations.remember_boot, boot=boot))

    async def periods(self, query: PeriodQuery) -> Sequence[Period]:
        """Do what `Store.periods` says; at most `rows.LONGEST_PAGE` at a time."""
        return await self._ask_reader(partial(operations.periods, query=query))

    async def closing_of_slot(self, job: str, slot: Instant) -> Close | None:
        """Do what `Store.closing_of_slot` says."""
        return await self._ask_reader(partial(operations.closing_of_slot, job=job, slot=slot))

    async def execution_of_slot(self, job: str, slot: Instant) -> Execution | None:
        """Do what `Store.execution_of_slot` says."""
        return await self._ask_reader(partial(operations.execution_of_slot, job=job, slot=slot))

    async def last_slot(self, job: str, until: Instant) -> Instant | None:
        """Do what `Store.last_slot` says."""
        return await self._ask_reader(partial(operations.last_slot, job=job, until=until))

    async def history(self, query: HistoryQuery) -> Sequence[Execution]:
        """Do what `Store.history` says; at most `rows.LONGEST_PAGE` at a time."""
        return await self._ask_reader(partial(operations.history, query=query))

    async def execution(self, execution_id: str) -> Execution | None:
        """Do what `Store.execution` says."""
        return await self._ask_reader(partial(operations.execution, execution_id=execution_id))

    async def totals(self) -> Totals:
        """Do what `Store.totals` says."""
        return await self._ask_reader(operations.totals)

    async def close(self) -> None:
        """Do what `Store.close` says; further calls raise `StorageError`. May be called again."""
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        writer, ended = self._writer, self._ended
        if writer is None or ended is None:
            return
        for inbox in (self._reading, self._writing):
            if inbox is not None:
                inbox.end()
        # Shielded, because somebody else may wait for it as well.
        await asyncio.shield(ended)
        writer.join()
        self._writer = self._reader = self._writing = self._reading = None

    async def _ask_writer(self, operation: Callable[[Connection], Result]) -> Result:
        if self._closed or self._writing is None:
            raise self._unusable()
        return await self._writing.put(operation)

    async def _ask_reader(self, operation: Callable[[Connection], Result]) -> Result:
        if self._closed or self._writing is None:
            raise self._unusable()
        if self._reading is None:
            self._reading = Inbox(asyncio.get_running_loop())
            self._reader = threading.Thread(
                target=self._read, args=(self._reading,), name="wakeful-store-reader", daemon=True
            )
            self._reader.start()
        return await self._reading.put(operation)

    def _unusable(self) -> StorageError:
        return StorageError(f"{self._path} is {'closed' if self._closed else 'not open'}")

    def _write(self, inbox: Inbox, opening: Request[Memory], ended: asyncio.Future[None]) -> None:
        """Run the writing thread."""
        try:
            # Loaded by the thread, so that the event loop goes on meanwhile.
            from wakeful.adapters.sqlite.writer import serve  # noqa: PLC0415

            serve(inbox, self._path, opening, patience=self._patience, at_end=self._end_reader)
        finally:
            inbox.call(ended.set_result, None)

    def _read(self, inbox: Inbox) -> None:
        """Run the reading thread."""
        from wakeful.adapters.sqlite.reader import serve  # noqa: PLC0415 - as above

        serve(inbox, self._path)

    def _end_reader(self) -> None:
        """Wait for the reading thread; from the writing one, which closes the database last."""
        if self._reader is not None:
            self._reader.join()
