"""The application: one daemon, from its first to its last moment."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.adapters.dbus.address import SYSTEM
from wakeful.adapters.presence.service import BusService
from wakeful.adapters.systemd.notify import ServiceManager
from wakeful.adapters.systemd.status import StatusLine
from wakeful.adapters.time_zones import TimeZoneWatch, forget_zones
from wakeful.adapters.watch import FileWatcher
from wakeful.core.errors import (
    InvalidConfigurationError,
    NameTakenError,
    StorageError,
    UnavailableError,
)
from wakeful.core.event import ConfigurationReloaded
from wakeful.core.instant import to_datetime
from wakeful.services import chronicle
from wakeful.services.external_toggles import find_external_toggles
from wakeful.services.registry import Registry
from wakeful.services.watchdog import Watchdog
from wakeful.wiring import wire_adapters, wire_engine, wire_scheduler, wire_services

if TYPE_CHECKING:
    from pathlib import Path

    from wakeful.adapters.presence.face import Face
    from wakeful.config.paths import Places
    from wakeful.core.event import Event

_log = logging.getLogger(__name__)

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BUS_GONE = 69
"""EX_UNAVAILABLE of sysexits.h: the service manager starts us again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a daemon is to run.

    Attributes:
        places: Its files.
        bus: ``session``, ``system``, or the address of a bus.
    """

    places: Places
    bus: str


async def serve(options: Options) -> int:
    """Run a daemon until it is told to stop.

    Returns:
        The exit status of the process.
    """
    # Before there is any thread: one that does not block this signal would be given it, and
    # the reaper, which waits for it, would not.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    faces: Registry[Face] = Registry("wakeful.adapters.presence.faces", "FACE")
    try:
        bus = await BusService.connect(options.bus, faces)
    except NameTakenError as error:
        _log.warning("%s", error)
        return EXIT_DONE
    except UnavailableError as error:
        _log.error("%s", error)
        return EXIT_FAILED
    try:
        return await Application(options, bus).run()
    except StorageError as error:
        _log.error("%s", error)
        return EXIT_FAILED
    finally:
        await bus.close()


class Application:
    """A daemon from its first to its last moment, with everything wired together."""

    def __init__(self, options: Options, bus: BusService) -> None:
        self._places = options.places
        self._bus = bus
        self._stop_reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._exit_status = EXIT_DONE
        self._ready = asyncio.Event()
        self._manager = ServiceManager.from_environment()
        self._status_line = StatusLine(compose=self._status, send=self._manager.status)
        self._tasks: set[asyncio.Task[None]] = set()
        self._adapters = wire_adapters(
            options.places,
            user=None if options.bus == SYSTEM else os.getuid(),
            written=self._configuration_written,
        )
        self._engine = engine = wire_engine(self._adapters, options.places.logs)
        self._services = services = wire_services(self._adapters, engine)
        self._scheduler = wire_scheduler(
            self._adapters,
            engine,
            services,
            state_directory=options.places.state,
            shutdown=lambda: self._ask_to_stop("asked to over the bus"),
        )
        # The record first, then the world, then people: the order in which they hear of things.
        for reader in (
            chronicle.read_event,
            services.tally.read_event,
            services.keeper.read_event,
            engine.dispatcher.read_event,
            engine.power.read_event,
            bus.read_event,
            services.messenger.read_event,
            self._read_event,
        ):
            engine.bulletin.subscribe(reader)
        if self._manager.listens:
            engine.bulletin.subscribe(self._status_line.read_event)
        self._watcher = FileWatcher(
            {
                self._places.configuration: self._configuration_changed,
                self._places.state_file: self._state_changed,
            },
            complete=_is_json,
        )
        # Made before any zone is used: what changes after this is noticed.
        self._zones = TimeZoneWatch(self._zones_changed)
        self._watchdog = Watchdog(
            agenda=engine.agenda,
            clock=self._adapters.clock,
            alive=self._manager.alive,
            period=self._manager.watchdog or 0,
        )

    async def run(self) -> int:
        """Work until told to stop; returns the exit status."""
        for folder in (self._places.state, self._places.logs):
            _make_private(folder)
        self._handle_signals()
        await self._services.daemon.begin()
        self._ready.set()
        self._manager.ready(self._status_line.take())
        # Calls that came already are answered now: who started us by one finds us started.
        self._bus.appear(self._scheduler)
        self._engine.power.start()
        await self._tell_of_boot()
        # What is there after this stays: no collection needs to look at it again.
        gc.collect()
        gc.freeze()
        gc.enable()
        if self._manager.watchdog:
            self._watchdog.start()
        bus_gone = asyncio.get_running_loop().create_task(self._await_bus(), name="bus")
        await self._watch()
        self._keep_soon()
        reason = await self._stop_reason
        self._status_line.stop()
        self._manager.stopping(f"stopping: {reason}")
        self._watchdog.stop()
        bus_gone.cancel()
        await asyncio.gather(bus_gone, *self._tasks, return_exceptions=True)
        self._zones.stop()
        await self._watcher.stop()
        await self._services.daemon.end(reason)
        await self._services.messenger.stop()
        return self._exit_status

    async def _tell_of_boot(self) -> None:
        try:
            await self._engine.power.tell_of_boot()
        except StorageError as error:
            _log.error("jobs that run at boot are not run: %s", error)

    async def _watch(self) -> None:
        """Begin to watch; what was edited since we read it comes as a change."""
        state = self._adapters.state_file.last_written
        if state:
            self._watcher.acknowledge(self._places.state_file, state)
        configuration = self._adapters.source.last_read
        if configuration is not None:
            self._watcher.acknowledge(self._places.configuration, configuration)
        await self._watcher.start()
        self._zones.start()

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            name = signal.Signals(number).name
            loop.add_signal_handler(number, self._ask_to_stop, f"received {name}")
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)

    def _ask_to_stop(self, reason: str, exit_status: int = EXIT_DONE) -> None:
        if not self._stop_reason.done():
            self._exit_status = exit_status
            self._stop_reason.set_result(reason)

    async def _await_bus(self) -> None:
        reason = await self._bus.gone()
        # Without its bus a user session is over; what is still to be saved is saved.
        self._ask_to_stop(f"the bus is gone: {reason}", EXIT_BUS_GONE)

    def _reload_soon(self, *, anew: bool = False) -> None:
        task = asyncio.get_running_loop().create_task(self._reload(anew=anew), name="reload")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read_event(self, event: Event) -> None:
        if isinstance(event, ConfigurationReloaded) and self._ready.is_set():
            self._keep_soon()

    def _keep_soon(self) -> None:
        task = asyncio.get_running_loop().create_task(self._adapters.source.keep(), name="keep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reload(self, *, anew: bool = False) -> None:
        await self._ready.wait()  # for the end of a reload is told by saying "ready"
        self._manager.reloading(time.monotonic_ns() // 1000)
        try:
            await self._services.reloader.reload(anew=anew)
        except (InvalidConfigurationError, StorageError) as error:
            _log.debug("not reloaded: %s", error)  # the reloader has said it
        finally:
            self._manager.ready(self._status_line.take())

    def _status(self) -> str:
        earliest = self._engine.agenda.earliest()
        count = self._scheduler.job_count
        jobs = "1 job" if count == 1 else f"{count} jobs"
        if not self._scheduler.enabled:
            return f"{jobs}, paused"
        if earliest is None:
            return f"{jobs}, none waits for the clock"
        moment = to_datetime(earliest[1]).astimezone()
        return f"{jobs}, next {earliest[0]} at {moment:%Y-%m-%d %H:%M:%S %Z}"

    async def _configuration_changed(self, content: bytes | None) -> None:
        if content is None:
            _log.warning("%s is gone; what was in force stays so", self._places.configuration)
        await self._reload()

    def _configuration_written(self, content: bytes) -> None:
        self._watcher.acknowledge(self._places.configuration, content)

    def _zones_changed(self) -> None:
        _log.warning("the time zone of the system, or the rules of zones, changed")
        forget_zones()
        self._adapters.source.forget()
        self._reload_soon(anew=True)

    async def _state_changed(self, content: bytes | None) -> None:
        if content is None or content == self._adapters.state_file.last_written:
            return
        try:
            document = json.loads(content)
        except ValueError:
            _log.warning("%s was damaged by somebody; it is written anew", self._places.state_file)
            document = None
        if isinstance(document, dict):
            await self._services.switchboard.follow(find_external_toggles(document))
        await self._scheduler.write_state()


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _make_private(folder: Path) -> None:
    """Make a folder that only we can look into.

    Raises:
        StorageError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid == os.getuid():
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"the folder {folder} cannot be used: {error.strerror}",
            hint="choose another with --state-dir",
        ) from error
