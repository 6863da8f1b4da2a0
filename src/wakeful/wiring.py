"""The composition root: the one place where services and adapters meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.adapters.power.clocks import SystemClocks
from wakeful.adapters.power.sleep_manager import LogindSleepManager
from wakeful.adapters.power.surroundings import MachineSurroundings
from wakeful.adapters.power.wake_alarm import KernelWakeAlarm
from wakeful.adapters.process import ProcessRunner
from wakeful.adapters.sqlite import SqliteStore
from wakeful.adapters.state_file import JsonStateFile
from wakeful.adapters.system_clock import SystemClock, boot_identifier
from wakeful.adapters.timer import ApschedulerTimer
from wakeful.config.kept import KeptConfiguration
from wakeful.config.source import FileConfigurationSource
from wakeful.services.agenda import Agenda
from wakeful.services.bulletin import Bulletin
from wakeful.services.catalogue import Catalogue
from wakeful.services.daemon import Daemon
from wakeful.services.dispatcher import Dispatcher
from wakeful.services.engine import Engine
from wakeful.services.explanation import Explainer
from wakeful.services.messenger import Messenger
from wakeful.services.power.ports import Machine
from wakeful.services.power.power import Power
from wakeful.services.registrar import Registrar
from wakeful.services.registry import Registry
from wakeful.services.reloader import Reloader
from wakeful.services.scheduler import Scheduler
from wakeful.services.state_keeper import StateKeeper
from wakeful.services.supervisor import GRACE_SECONDS, Supervisor
from wakeful.services.switchboard import Switchboard
from wakeful.services.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wakeful.config.check import ConfigurationReader
    from wakeful.config.paths import Places
    from wakeful.services.ports import Kind, Notifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What knows the world."""

    clock: SystemClock
    store: SqliteStore
    state_file: JsonStateFile
    runner: ProcessRunner
    timer: ApschedulerTimer
    source: FileConfigurationSource
    notifiers: Registry[Notifier]
    machine: Machine


def wire_adapters(
    places: Places, *, user: int | None, written: Callable[[bytes], None]
) -> Adapters:
    """Make the adapters.

    Args:
        places: The files.
        user: Whose daemon it is, by number; None: that of the system.
        written: Told the content of the configuration file after we changed it ourselves.
    """
    kinds: Registry[Kind] = Registry("wakeful.kinds", "KIND")
    notifiers: Registry[Notifier] = Registry("wakeful.notifiers", "NOTIFIER")
    return Adapters(
        clock=SystemClock(),
        store=SqliteStore(places.database),
        state_file=JsonStateFile(places.state_file),
        runner=ProcessRunner(),
        timer=ApschedulerTimer(),
        source=FileConfigurationSource(
            path=places.configuration,
            last_good=places.last_good,
            kept=KeptConfiguration(
                places.checked, names=(*sorted(kinds.names()), "", *sorted(notifiers.names()))
            ),
            make_reader=lambda: _make_reader(kinds, notifiers),
            written=written,
        ),
        notifiers=notifiers,
        machine=Machine(
            clocks=SystemClocks(),
            sleep=LogindSleepManager(),
            surroundings=MachineSurroundings(user=user),
            alarm=KernelWakeAlarm(),
            boot=boot_identifier(),
        ),
    )


def _make_reader(kinds: Registry[Kind], notifiers: Registry[Notifier]) -> ConfigurationReader:
    # Off the event loop, and not at all where the configuration was checked in an earlier life:
    # pydantic and the models are a good part of what the daemon would load.
    from wakeful.config.check import ConfigurationReader  # noqa: PLC0415 - as said

    return ConfigurationReader(kinds=kinds, notifiers=notifiers.names())


def wire_engine(adapters: Adapters, logs: Path, *, grace: float = GRACE_SECONDS) -> Engine:
    """Make what decides, and what watches over what runs.

    Args:
        adapters: What knows the world.
        logs: The folder for the output of executions.
        grace: Seconds between SIGTERM and SIGKILL.
    """
    store, clock = adapters.store, adapters.clock
    bulletin, catalogue, agenda = Bulletin(), Catalogue(), Agenda(adapters.timer)
    supervisor = Supervisor(
        catalogue=catalogue,
        runner=adapters.runner,
        store=store,
        bulletin=bulletin,
        clock=clock,
        grace=grace,
    )
    power = Power(
        catalogue=catalogue,
        agenda=agenda,
        supervisor=supervisor,
        store=store,
        bulletin=bulletin,
        clock=clock,
        machine=adapters.machine,
    )
    registrar = Registrar(
        catalogue=catalogue,
        supervisor=supervisor,
        store=store,
        conductor=power.conductor,
        bulletin=bulletin,
        logs=logs,
    )
    dispatcher = Dispatcher(
        catalogue=catalogue,
        agenda=agenda,
        situation=power.situation,
        registrar=registrar,
        supervisor=supervisor,
        bulletin=bulletin,
        clock=clock,
    )
    return Engine(
        clock=clock,
        store=store,
        bulletin=bulletin,
        catalogue=catalogue,
        agenda=agenda,
        supervisor=supervisor,
        power=power,
        dispatcher=dispatcher,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the daemon does, around its engine."""

    tally: Tally
    messenger: Messenger
    keeper: StateKeeper
    switchboard: Switchboard
    reloader: Reloader
    daemon: Daemon


def wire_services(adapters: Adapters, engine: Engine) -> Services:
    """Make the services around the engine."""
    tally = Tally()
    keeper = StateKeeper(
        catalogue=engine.catalogue,
        agenda=engine.agenda,
        state_file=adapters.state_file,
        clock=engine.clock,
    )
    engine.power.attach(dispatcher=engine.dispatcher, keeper=keeper)
    reloader = Reloader(engine=engine, source=adapters.source, keeper=keeper)
    daemon = Daemon(
        engine=engine,
        reloader=reloader,
        keeper=keeper,
        tally=tally,
        state_file=adapters.state_file,
        runner=adapters.runner,
        timer=adapters.timer,
    )
    return Services(
        tally=tally,
        messenger=Messenger(catalogue=engine.catalogue, notifiers=adapters.notifiers),
        keeper=keeper,
        switchboard=Switchboard(engine=engine, keeper=keeper),
        reloader=reloader,
        daemon=daemon,
    )


def wire_scheduler(
    adapters: Adapters,
    engine: Engine,
    services: Services,
    *,
    state_directory: Path,
    shutdown: Callable[[], None],
) -> Scheduler:
    """Make what front ends are given.

    Args:
        adapters: What knows the world.
        engine: What decides.
        services: What else there is.
        state_directory: For who wants to know.
        shutdown: Called when somebody asks for the end.
    """
    return Scheduler(
        engine=engine,
        switchboard=services.switchboard,
        reloader=services.reloader,
        keeper=services.keeper,
        tally=services.tally,
        explainer=Explainer(engine),
        source=adapters.source,
        state_directory=state_directory,
        shutdown=shutdown,
    )
