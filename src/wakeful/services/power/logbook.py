"""The logbook: when the machine slept, was off, or had its clock set."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError
from wakeful.core.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.core.period import Period
    from wakeful.services.ports import Store

_log = logging.getLogger(__name__)
REMEMBERED = 1000
"""Periods kept at hand; explanations of what lies further back ask the database."""


class Logbook:
    """Keeps account of periods: at hand for decisions, on disk for explanations.

    Args:
        store: Where they are kept.

    Attributes:
        ledger: The last of them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unwritten: list[Period] = []
        self._writing: asyncio.Task[None] | None = None
        self.ledger = Ledger(())

    def begin(self, periods: Sequence[Period]) -> None:
        """Begin with what is remembered, oldest first."""
        self.ledger = Ledger(periods[-REMEMBERED:])

    def note(self, period: Period) -> None:
        """Take note of a period; it is at hand at once, and on disk soon."""
        self.ledger = Ledger((*self.ledger.periods, period)[-REMEMBERED:])
        self._unwritten.append(period)
        self._begin_to_write()

    def _begin_to_write(self) -> asyncio.Task[None]:
        if self._writing is None:
            loop = asyncio.get_running_loop()
            self._writing = loop.create_task(self._write(), name="logbook")
        return self._writing

    async def _write(self) -> None:
        try:
            while self._unwritten:
                batch = list(self._unwritten)
                await self._store.record_periods(batch)
                del self._unwritten[: len(batch)]
        except StorageError as error:
            # They are written with the next; until then they are at hand only.
            _log.error("a period could not be recorded: %s", error)
        finally:
            self._writing = None

    async def drain(self) -> None:
        """Wait until all is written that can be."""
        if self._unwritten:
            await asyncio.shield(self._begin_to_write())
