"""The composition root: the one place where services and adapters meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wakeful.adapters.process import ProcessRunner
from wakeful.adapters.sqlite import SqliteStore
from wakeful.adapters.state_file import JsonStateFile
from wakeful.adapters.system_clock import SystemClock
from wakeful.adapters.timer import ApschedulerTimer
from wakeful.config.check import ConfigurationReader
from wakeful.config.source import FileConfigurationSource
from wakeful.services.agenda import Agenda
from wakeful.services.bulletin import Bulletin
from wakeful.services.catalogue import Catalogue
from wakeful.services.daemon import Daemon
from wakeful.services.dispatcher import Dispatcher
from wakeful.services.messenger import Messenger
from wakeful.services.registry import Registry
from wakeful.services.reloader import Reloader
from wakeful.services.scheduler import Scheduler
from wakeful.services.state_keeper import StateKeeper
from wakeful.services.supervisor import Supervisor
from wakeful.services.switchboard import Switchboard
from wakeful.services.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def wire_adapters(places: Places, written: Callable[[bytes], None]) -> Adapters:
    """Make the adapters.

    Args:
        places: The files.
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
            reader=ConfigurationReader(kinds=kinds, notifiers=notifiers.names()),
            written=written,
        ),
        notifiers=notifiers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the daemon does."""

    bulletin: Bulletin
    catalogue: Catalogue
    agenda: Agenda
    tally: Tally
    messenger: Messenger
    supervisor: Supervisor
    dispatcher: Dispatcher
    keeper: StateKeeper
    switchboard: Switchboard
    reloader: Reloader
    daemon: Daemon

    def front(
        self, adapters: Adapters, *, state_directory: Path, shutdown: Callable[[], None]
    ) -> Scheduler:
        """Make what front ends are given."""
        return Scheduler(
            catalogue=self.catalogue,
            agenda=self.agenda,
            dispatcher=self.dispatcher,
            supervisor=self.supervisor,
            switchboard=self.switchboard,
            reloader=self.reloader,
            keeper=self.keeper,
            tally=self.tally,
            store=adapters.store,
            source=adapters.source,
            clock=adapters.clock,
            state_directory=state_directory,
            shutdown=shutdown,
        )


def wire_services(adapters: Adapters, places: Places) -> Services:
    """Make the services on top of the adapters."""
    store, clock = adapters.store, adapters.clock
    bulletin, catalogue, tally = Bulletin(), Catalogue(), Tally()
    agenda = Agenda(adapters.timer)
    supervisor = Supervisor(
        catalogue=catalogue, runner=adapters.runner, store=store, bulletin=bulletin, clock=clock
    )
    dispatcher = Dispatcher(
        catalogue=catalogue,
        supervisor=supervisor,
        store=store,
        bulletin=bulletin,
        clock=clock,
        logs=places.logs,
    )
    keeper = StateKeeper(
        catalogue=catalogue, agenda=agenda, state_file=adapters.state_file, clock=clock
    )
    switchboard = Switchboard(
        catalogue=catalogue,
        agenda=agenda,
        dispatcher=dispatcher,
        store=store,
        keeper=keeper,
        bulletin=bulletin,
    )
    reloader = Reloader(
        source=adapters.source,
        catalogue=catalogue,
        agenda=agenda,
        dispatcher=dispatcher,
        store=store,
        keeper=keeper,
        bulletin=bulletin,
        clock=clock,
    )
    daemon = Daemon(
        catalogue=catalogue,
        dispatcher=dispatcher,
        supervisor=supervisor,
        reloader=reloader,
        keeper=keeper,
        tally=tally,
        bulletin=bulletin,
        store=store,
        state_file=adapters.state_file,
        runner=adapters.runner,
        timer=adapters.timer,
    )
    return Services(
        bulletin=bulletin,
        catalogue=catalogue,
        agenda=agenda,
        tally=tally,
        messenger=Messenger(catalogue=catalogue, notifiers=adapters.notifiers),
        supervisor=supervisor,
        dispatcher=dispatcher,
        keeper=keeper,
        switchboard=switchboard,
        reloader=reloader,
        daemon=daemon,
    )
