"""The reloader: puts a configuration in force, as the difference to the one before."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.event import ConfigurationRejected, ConfigurationReloaded, JobChanged
from wakeful.core.problem import Severity
from wakeful.services.entries import catch_up, changed_entry, first_entry, remembered_entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from wakeful.core.instant import Instant
    from wakeful.core.job import Job
    from wakeful.core.problem import Problem
    from wakeful.services.catalogue import Entry
    from wakeful.services.engine import Engine
    from wakeful.services.external_toggles import ExternalToggles
    from wakeful.services.ports import Configuration, ConfigurationSource, JobRecord, Memory
    from wakeful.services.state_keeper import StateKeeper

_log = logging.getLogger(__name__)
_FORGOTTEN = ""
"""What a removed job's planning is remembered as: like no other."""


class Reloader:
    """Reads the configuration and applies it.

    A job whose definition is as before keeps its next slot, its counts and its executions; one
    whose trigger is as before keeps its slots. What cannot be read changes nothing.

    Args:
        engine: What is changed.
        source: The configuration.
        keeper: Writes ``state.json``.
    """

    def __init__(self, *, engine: Engine, source: ConfigurationSource, keeper: StateKeeper) -> None:
        self._source = source
        self._keeper = keeper
        self._catalogue = engine.catalogue
        self._agenda = engine.agenda
        self._dispatcher = engine.dispatcher
        self._store = engine.store
        self._conductor = engine.power.conductor
        self._bulletin = engine.bulletin
        self._clock = engine.clock
        self._remembered: dict[str, JobRecord] = {}
        self._toggles: ExternalToggles | None = None
        self._before_serving: Callable[[], Awaitable[None]] | None = None
        self.configuration: Configuration | None = None
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the file as it is now, in force or not."""

    async def begin(
        self,
        memory: Memory,
        toggles: ExternalToggles,
        *,
        before_serving: Callable[[], Awaitable[None]],
    ) -> None:
        """Put the configuration in force for the first time, with what is remembered.

        A file that cannot be used leaves the one in force that was last good; without one the
        daemon runs without jobs and says why.

        Args:
            memory: What is remembered.
            toggles: Switches that were set while we did not run.
            before_serving: Awaited when the jobs are known and none has been started yet.
        """
        self._before_serving = before_serving
        self._remembered = dict(memory.jobs)
        self._toggles = toggles
        self._agenda.override = (
            memory.enabled_override if toggles.scheduler is None else toggles.scheduler
        )
        if memory.configured_enabled is not None:
            self._agenda.configured_enabled = memory.configured_enabled
        try:
            configuration = await self._source.load()
        except InvalidConfigurationError as error:
            self._reject(error)
            problems = self.problems
            last_good = await self._source.load_last_good()
            if last_good is None:
                self._before_serving = None
                await before_serving()
            else:
                _log.warning("the configuration that was last good is in force")
                await self._apply(last_good)
                self.problems = problems
        else:
            await self._apply(configuration)

    async def reload(self, *, anew: bool = False) -> ConfigurationReloaded:
        """Read the file and put it in force.

        Args:
            anew: Whether all jobs count as changed, for what their slots follow from has:
                the rules of time zones.

        Raises:
            InvalidConfigurationError: It cannot be used; the one before stays in force.
            StorageError: It could not be remembered; the one before stays in force.
        """
        async with self._catalogue.one_change_at_a_time:
            try:
                configuration = await self._source.load()
            except InvalidConfigurationError as error:
                self._reject(error)
                raise
            return await self._apply(configuration, anew=anew)

    def _reject(self, error: InvalidConfigurationError) -> None:
        self.problems = error.problems
        for problem in error.problems:
            _log.error("configuration not in force: %s: %s", self._source.path, problem)
        self._bulletin.publish(ConfigurationRejected(error.problems))

    async def _apply(
        self, configuration: Configuration, *, anew: bool = False
    ) -> ConfigurationReloaded:
        await self._dispatcher.serve([entry.job.name for entry in self._catalogue])
        now = self._clock.now()
        before = {entry.job.name: entry for entry in self._catalogue}
        entries = [self._entry(job, now, anew=anew) for job in configuration.jobs]
        gone = [entry for name, entry in before.items() if name not in configuration.names]
        await self._remember(configuration, entries, gone)
        for entry in entries:
            catch_up(entry, before.get(entry.job.name))
        self._catalogue.replace(entries)
        if self._before_serving is not None:
            await self._before_serving()
            self._before_serving = None
        self._toggles = None
        self._arm(configuration, before)
        is_first = self.configuration is None
        self.configuration, self.problems = configuration, configuration.problems
        self._keeper.configuration = configuration
        self._conductor.settings = configuration.resume
        if is_first:
            self._conductor.resumed()
        await self._dispatcher.serve([entry.job.name for entry in entries])
        outcome = ConfigurationReloaded(
            added=tuple(entry.job.name for entry in entries if entry.job.name not in before),
            removed=tuple(entry.job.name for entry in gone),
            changed=tuple(
                entry.job.name
                for entry in entries
                if entry.job.name in before and before[entry.job.name] is not entry
            ),
            problems=configuration.problems,
        )
        self._announce(outcome)
        return outcome

    def _entry(self, job: Job, now: Instant, *, anew: bool) -> Entry:
        present = self._catalogue.get(job.name)
        if present is not None:
            unchanged = present.job == job and not anew
            return present if unchanged else changed_entry(job, present, now)
        record = self._remembered.get(job.name)
        entry = remembered_entry(job, record, now) if record else first_entry(job, now)
        if self._toggles is not None:
            entry.override = self._toggles.jobs.get(job.name, entry.override)
        # Taken out while it ran and put back since.
        entry.live = self._dispatcher.live_of(job.name)
        return entry

    async def _remember(
        self, configuration: Configuration, entries: list[Entry], gone: list[Entry]
    ) -> None:
        """Put on disk what is to survive, before anything changes in memory."""
        records = {entry.job.name: entry.record() for entry in entries}
        # Should a removed job come back, nothing is owed to it for the time between.
        records |= {entry.job.name: replace(entry.record(), planning=_FORGOTTEN) for entry in gone}
        news = [record for name, record in records.items() if self._is_news(name, record)]
        if news:
            await self._store.save_jobs(news)
        if self.configuration is None or configuration.enabled != self._agenda.configured_enabled:
            await self._store.save_enabled(
                override=self._override_after(configuration), configured=configuration.enabled
            )
        self._remembered |= records

    def _is_news(self, name: str, record: JobRecord) -> bool:
        """Say whether a record differs from what is on disk in what only we know."""
        known = self._remembered.get(name)
        return known is None or (known.planning, known.configured, known.override) != (
            record.planning,
            record.configured,
            record.override,
        )

    def _override_after(self, configuration: Configuration) -> bool | None:
        """Give the toggle of the whole scheduler that remains.

        Who edits the switch in the file means it: a toggle made before has had its day.
        """
        edited = configuration.enabled != self._agenda.configured_enabled
        return None if edited else self._agenda.override

    def _arm(self, configuration: Configuration, before: Mapping[str, Entry]) -> None:
        """Set the timer for jobs that are not as before; the others stay as they are."""
        was_paused = self._agenda.paused
        self._agenda.override = self._override_after(configuration)
        self._agenda.configured_enabled = configuration.enabled
        for name in before.keys() - configuration.names:
            self._agenda.disarm(name)
        for entry in self._catalogue:
            if before.get(entry.job.name) is not entry or self._agenda.paused is not was_paused:
                self._agenda.arm(entry)

    def _announce(self, outcome: ConfigurationReloaded) -> None:
        _log.info(
            "configuration in force: %s, %d added, %d removed, %d changed",
            "1 job" if len(self._catalogue) == 1 else f"{len(self._catalogue)} jobs",
            len(outcome.added),
            len(outcome.removed),
            len(outcome.changed),
        )
        for problem in outcome.problems:
            level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
            _log.log(level, "%s: %s", self._source.path, problem)
        self._bulletin.publish(outcome)
        for name in (*outcome.added, *outcome.changed, *outcome.removed):
            self._bulletin.publish(JobChanged(name))
