"""Events: what the daemon tells while it happens, as plain values, in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from wakeful.client.reading import Fields, read_execution, read_reload

if TYPE_CHECKING:
    from wakeful.client.records import ExecutionRecord, ReloadRecord
    from wakeful.core.errors import WakefulError
    from wakeful.core.instant import Instant


class ExecutionStarted(NamedTuple):
    """An execution is on record and its process about to start."""

    execution_id: str
    job: str
    slot: Instant | None
    cause: str


class ExecutionFinished(NamedTuple):
    """An execution has ended."""

    execution: ExecutionRecord


class JobChanged(NamedTuple):
    """Something a listing shows of a job is different now."""

    job: str


class ConfigReloaded(NamedTuple):
    """A configuration is in force."""

    result: ReloadRecord


class ConfigRejected(NamedTuple):
    """A configuration was not put in force."""

    problems: tuple[str, ...]


class SchedulerToggled(NamedTuple):
    """The whole scheduler was paused or resumed."""

    enabled: bool


class Sleeping(NamedTuple):
    """The machine is about to sleep."""


class Resumed(NamedTuple):
    """The machine is awake again.

    Attributes:
        asleep: Microseconds it slept.
        missed: How many slots came meanwhile.
    """

    asleep: int
    missed: int


class ClockStepped(NamedTuple):
    """The clock was set, by so many microseconds."""

    step: int


class DaemonGone(NamedTuple):
    """Nobody owns the daemon's name any more."""


class DaemonBack(NamedTuple):
    """The daemon's name has an owner (again, or another one)."""


Event = (
    ExecutionStarted
    | ExecutionFinished
    | JobChanged
    | ConfigReloaded
    | ConfigRejected
    | SchedulerToggled
    | Sleeping
    | Resumed
    | ClockStepped
    | DaemonGone
    | DaemonBack
)


class EventStream:
    """Events in the order they came; filled by the client that made it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Event | WakefulError] = asyncio.Queue()

    def put(self, event: Event | WakefulError) -> None:
        """Add an event, or the error with which the stream ends."""
        self._waiting.put_nowait(event)

    async def next(self) -> Event:
        """Wait for the next event.

        Raises:
            WakefulError: The stream has ended, for that reason.
        """
        event = await self._waiting.get()
        if isinstance(event, Exception):
            self._waiting.put_nowait(event)
            raise event
        return event


def read_signal(member: str, body: list[Any]) -> Event | None:
    """Read a signal of the Manager; None for one that is not known here."""
    match member, body:
        case "ExecutionStarted", [str(execution_id), str(job), int(slot), str(cause)]:
            return ExecutionStarted(execution_id, job, slot or None, cause)
        case "ExecutionFinished", [str(), str(), str(), dict(details)]:
            return ExecutionFinished(read_execution(details))
        case "JobChanged", [str(job)]:
            return JobChanged(job)
        case "ConfigReloaded", [dict(result)]:
            return ConfigReloaded(read_reload(result))
        case "ConfigRejected", [list(problems)]:
            return ConfigRejected(tuple(map(str, problems)))
        case _:
            return None


def read_power_signal(member: str, body: list[Any]) -> Event | None:
    """Read a signal of the power object; None for one that is not known here."""
    match member, body:
        case "Sleeping", []:
            return Sleeping()
        case "Resumed", [int(asleep), int(missed)]:
            return Resumed(asleep, missed)
        case "ClockStepped", [int(step)]:
            return ClockStepped(step)
        case _:
            return None


def read_property_change(body: list[Any]) -> Event | None:
    """Read PropertiesChanged of the Manager, as far as it is an event."""
    match body:
        case [str(), {"Enabled": _} as changed, list()]:
            return SchedulerToggled(Fields(changed).flag("Enabled", default=True))
        case _:
            return None


def read_owner_change(body: list[Any]) -> Event | None:
    """Read NameOwnerChanged of the daemon's name."""
    match body:
        case [str(), str(), ""]:
            return DaemonGone()
        case [str(), str(), str()]:
            return DaemonBack()
        case _:
            return None
