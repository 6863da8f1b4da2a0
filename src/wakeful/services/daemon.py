"""The daemon: the order in which everything begins and ends."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from wakeful.core.errors import StorageError
from wakeful.core.event import StatusChanged
from wakeful.services.external_toggles import toggles_at_start
from wakeful.services.ports import HistoryQuery
from wakeful.services.recovery import resolve_unfinished
from wakeful.services.state_keeper import HISTORY_LENGTH

if TYPE_CHECKING:
    from wakeful.services.engine import Engine
    from wakeful.services.ports import Memory, Runner, StateFile, Timer
    from wakeful.services.reloader import Reloader
    from wakeful.services.state_keeper import StateKeeper
    from wakeful.services.tally import Tally

_log = logging.getLogger(__name__)


class Daemon:
    """All services together."""

    def __init__(
        self,
        *,
        engine: Engine,
        reloader: Reloader,
        keeper: StateKeeper,
        tally: Tally,
        state_file: StateFile,
        runner: Runner,
        timer: Timer,
    ) -> None:
        self._clock = engine.clock
        self._store = engine.store
        self._bulletin = engine.bulletin
        self._catalogue = engine.catalogue
        self._dispatcher = engine.dispatcher
        self._supervisor = engine.supervisor
        self._power = engine.power
        self._reloader = reloader
        self._keeper = keeper
        self._tally = tally
        self._state_file = state_file
        self._runner = runner
        self._timer = timer

    async def begin(self) -> None:
        """Remember, find again what runs, put the configuration in force, and go to work.

        Raises:
            StorageError: There is no place to remember anything.
        """
        memory = await self._store.open()
        document = await self._state_file.read()
        self._supervisor.begin()
        self._power.begin(memory)
        totals = await self._store.totals()
        # What has not ended is counted when it does.
        ended = totals.executions - len(memory.unfinished)
        self._tally.begin(replace(totals, executions=ended))
        self._keeper.remember(
            one
            for one in await self._store.history(HistoryQuery(limit=HISTORY_LENGTH))
            if one.state.final
        )
        self._timer.start(self._dispatcher.due)
        # What still runs must be known before the first slot is served.
        await self._reloader.begin(
            memory,
            toggles_at_start(document, database_is_new=not memory.jobs),
            before_serving=lambda: self._recover(memory),
        )
        self._dispatcher.begun()
        if document is None:
            await self._keeper.save()
        else:
            self._keeper.save_soon()
        self._bulletin.publish(StatusChanged("running"))

    async def _recover(self, memory: Memory) -> None:
        await resolve_unfinished(
            memory.unfinished,
            catalogue=self._catalogue,
            runner=self._runner,
            supervisor=self._supervisor,
        )

    async def end(self, reason: str) -> None:
        """Take on no more, stop what runs, put everything on disk."""
        _log.info("stopping: %s", reason)
        self._bulletin.publish(StatusChanged("stopping"))
        await self._dispatcher.stop()
        await self._power.stop()
        await self._timer.stop()
        await self._supervisor.stop(reason)
        await self._keeper.stop()
        await self._runner.close()
        await self._leave_sign_of_life()
        await self._store.close()
        # One turn of the loop for callbacks of what has just been closed.
        await asyncio.sleep(0)

    async def _leave_sign_of_life(self) -> None:
        """Remember until when we were at work: slots after that pass while we are off."""
        try:
            await self._store.record_active(self._clock.now())
        except StorageError as error:
            _log.error("when the daemon ended could not be recorded: %s", error)
