"""The power object of the typed interface: sleep, wake-ups and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.adapters.dbus.binding import Call, Interface, method, property_getter
from wakeful.adapters.presence.options import read_options
from wakeful.adapters.presence.records import Record, period_record
from wakeful.core.event import ClockStepped, Event, FallingAsleep, WokeUp
from wakeful.data import read_data
from wakeful.services.ports import PeriodQuery

if TYPE_CHECKING:
    from wakeful.adapters.presence.face import Stage
    from wakeful.services.scheduler import Scheduler

PATH = "/org/wakeful/Scheduler1/power"
INTERFACE = "org.wakeful.Scheduler1.Power"
USUAL_PAGE = 100
LARGEST_PAGE = 1000


class Power:
    """The power object: methods and properties as described in the shipped XML."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    @method("ListPeriods")
    async def list_periods(self, call: Call, options: dict[str, Any]) -> list[Record]:  # noqa: ARG002 - every handler is given the call
        """List sleep, absence and steps of the clock."""
        wanted = read_options(options, {"since": "t", "until": "t", "limit": "u"})
        query = PeriodQuery(
            since=wanted.get("since"),
            until=wanted.get("until"),
            limit=min(wanted.get("limit", USUAL_PAGE), LARGEST_PAGE),
        )
        return [period_record(period) for period in await self._scheduler.periods(query)]

    @property_getter("PreparingForSleep")
    def preparing_for_sleep(self) -> bool:
        """Whether the machine is about to sleep."""
        return self._scheduler.power().falling_asleep

    @property_getter("WakeCount")
    def wake_count(self) -> int:
        """How often it woke up."""
        return self._scheduler.power().wake_count

    @property_getter("LastWake")
    def last_wake(self) -> int:
        """When it last woke up."""
        return self._scheduler.power().last_wake or 0

    @property_getter("LastNap")
    def last_nap(self) -> int:
        """How long it slept then."""
        return self._scheduler.power().last_nap

    @property_getter("WakeAt")
    def wake_at(self) -> int:
        """When it is to be woken next."""
        return self._scheduler.power().wake_at or 0

    @property_getter("WakeJob")
    def wake_job(self) -> str:
        """For which job."""
        return self._scheduler.power().wake_job

    @property_getter("Holds")
    def holds(self) -> list[str]:
        """Jobs that keep it awake."""
        return list(self._scheduler.power().holds)

    @property_getter("Missing")
    def missing(self) -> dict[str, str]:
        """What is missing on this machine."""
        return dict(self._scheduler.power().missing)


class PowerFace:
    """Shows the power object on the bus, and tells of sleep."""

    names = ()

    def __init__(self) -> None:
        self._stage: Stage | None = None

    def appear(self, stage: Stage) -> None:
        """Export the object."""
        self._stage = stage
        xml = read_data("dbus/org.wakeful.Scheduler1.Power.xml")
        stage.server.export(PATH, Interface.from_xml(xml, Power(stage.scheduler), INTERFACE))

    def read_event(self, event: Event) -> None:
        """Turn an event into signals."""
        if self._stage is None:
            return
        server = self._stage.server
        if isinstance(event, FallingAsleep):
            server.emit(PATH, INTERFACE, "Sleeping")
            server.properties_changed(PATH, INTERFACE, ("PreparingForSleep",))
        elif isinstance(event, WokeUp):
            server.emit(PATH, INTERFACE, "Resumed", event.period.asleep, event.slots)
            changed = ("PreparingForSleep", "WakeCount", "LastWake", "LastNap")
            server.properties_changed(PATH, INTERFACE, changed)
        elif isinstance(event, ClockStepped):
            server.emit(PATH, INTERFACE, "ClockStepped", event.period.step)


FACE = PowerFace
