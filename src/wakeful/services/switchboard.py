"""The switchboard: jobs are enabled and disabled, the whole is paused and resumed, durably."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wakeful.core.errors import NoSuchJobError, StorageError
from wakeful.core.event import JobChanged, JobToggled, SchedulerToggled, StatusChanged

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wakeful.services.catalogue import Entry
    from wakeful.services.engine import Engine
    from wakeful.services.external_toggles import ExternalToggles
    from wakeful.services.state_keeper import StateKeeper

_log = logging.getLogger(__name__)


class Switchboard:
    """Sets switches: first in force, then in the database and in ``state.json``, then answered.

    Args:
        engine: What is switched, and where that is remembered.
        keeper: Writes ``state.json``.
    """

    def __init__(self, *, engine: Engine, keeper: StateKeeper) -> None:
        self._catalogue = engine.catalogue
        self._agenda = engine.agenda
        self._dispatcher = engine.dispatcher
        self._store = engine.store
        self._bulletin = engine.bulletin
        self._keeper = keeper

    async def set_job(self, name: str, *, enabled: bool) -> None:
        """Enable or disable a job. When this returns it survives a crash.

        Raises:
            NoSuchJobError: There is no such job.
            StorageError: It could not be remembered; nothing has changed.
        """
        async with self._catalogue.one_change_at_a_time:
            entry = self._catalogue.get(name)
            if entry is None:
                raise NoSuchJobError(f"there is no job '{name}'")
            await self._dispatcher.serve([name])
            before = entry.override
            try:
                await self._set_override(entry, enabled)
                await self._keeper.save()
            except StorageError:
                await self._undo(self._set_override(entry, before))
                raise
        _log.info("job %s %s", name, "enabled" if enabled else "disabled", extra={"job": name})
        self._bulletin.publish(JobToggled(name, enabled))
        self._bulletin.publish(JobChanged(name))

    async def _set_override(self, entry: Entry, override: bool | None) -> None:  # noqa: FBT001 - a value, not a flag
        entry.override = override
        self._agenda.arm(entry)
        await self._store.save_jobs([entry.record()])

    async def set_scheduler(self, *, enabled: bool) -> None:
        """Resume or pause all jobs. When this returns it survives a crash.

        Raises:
            StorageError: It could not be remembered; nothing has changed.
        """
        async with self._catalogue.one_change_at_a_time:
            await self._dispatcher.serve([entry.job.name for entry in self._catalogue])
            before = self._agenda.override
            try:
                await self._set_scheduler_override(enabled)
                await self._keeper.save()
            except StorageError:
                await self._undo(self._set_scheduler_override(before))
                raise
        _log.info("the scheduler is %s", "resumed" if enabled else "paused")
        self._bulletin.publish(SchedulerToggled(enabled))
        self._bulletin.publish(StatusChanged("running" if enabled else "paused"))

    async def _set_scheduler_override(self, override: bool | None) -> None:  # noqa: FBT001 - a value, not a flag
        self._agenda.override = override
        for entry in self._catalogue:
            self._agenda.arm(entry)
        await self._store.save_enabled(
            override=override, configured=self._agenda.configured_enabled
        )

    @staticmethod
    async def _undo(change: Coroutine[None, None, None]) -> None:
        """Go back to what was; where even that cannot be written, memory is right at least."""
        try:
            await change
        except StorageError as error:
            _log.error("the switch before could not be restored on disk: %s", error)

    async def follow(self, toggles: ExternalToggles) -> None:
        """Set what somebody set in ``state.json``; unknown jobs are reported and left."""
        for name, enabled in toggles.jobs.items():
            entry = self._catalogue.get(name)
            if entry is None:
                _log.warning("state.json switches job '%s', which there is not", name)
            elif entry.enabled != enabled:
                await self.set_job(name, enabled=enabled)
        if toggles.scheduler is not None and toggles.scheduler is self._agenda.paused:
            await self.set_scheduler(enabled=toggles.scheduler)
