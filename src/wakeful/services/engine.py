"""The engine: what decides on slots and watches over what runs, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.services.agenda import Agenda
    from wakeful.services.bulletin import Bulletin
    from wakeful.services.catalogue import Catalogue
    from wakeful.services.dispatcher import Dispatcher
    from wakeful.services.ports import Clock, Store
    from wakeful.services.power.power import Power
    from wakeful.services.supervisor import Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What all that is built around it needs of it.

    Attributes:
        clock: The time.
        store: What survives.
        bulletin: Where everything that happens is told.
        catalogue, agenda: The jobs, and which of them wait for their slots.
        supervisor: Watches over executions.
        power: Follows the machine through sleep.
        dispatcher: Decides.
    """

    clock: Clock
    store: Store
    bulletin: Bulletin
    catalogue: Catalogue
    agenda: Agenda
    supervisor: Supervisor
    power: Power
    dispatcher: Dispatcher
