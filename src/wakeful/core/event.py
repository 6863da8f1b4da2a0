"""Events: what happened, for everybody who wants to be told. Facts, in the order they occurred."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wakeful.core.execution import Execution
    from wakeful.core.instant import Instant
    from wakeful.core.period import Period
    from wakeful.core.plan import Close
    from wakeful.core.problem import Problem


@dataclass(frozen=True, slots=True)
class ExecutionStarted:
    """An execution has been claimed; its process is about to start."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class ExecutionFinished:
    """An execution has ended, and its outcome is on disk."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class SlotsClosed:
    """Slots of a job will not be executed, and that is on disk."""

    closing: Close


@dataclass(frozen=True, slots=True)
class SlotDeferred:
    """A slot waits, and why; it is decided on again when that may be different."""

    job: str
    slot: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class FallingAsleep:
    """The machine is about to sleep; nothing is started from now on."""

    at: Instant


@dataclass(frozen=True, slots=True)
class WokeUp:
    """The machine is awake again.

    Attributes:
        period: When it slept, and for how long.
        slots: How many slots came meanwhile.
    """

    period: Period
    slots: int


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The clock was set."""

    period: Period


@dataclass(frozen=True, slots=True)
class JobChanged:
    """Something a listing shows of a job is different now."""

    job: str


@dataclass(frozen=True, slots=True)
class JobToggled:
    """A job was enabled or disabled at run time; it is on disk."""

    job: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class SchedulerToggled:
    """The whole scheduler was paused or resumed; it is on disk."""

    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationReloaded:
    """A configuration is in force."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ConfigurationRejected:
    """A configuration could not be used; the one before stays in force."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The daemon's own state: ``running``, ``paused``, ``stopping``."""

    status: str


Event = (
    ExecutionStarted
    | ExecutionFinished
    | SlotsClosed
    | SlotDeferred
    | FallingAsleep
    | WokeUp
    | ClockStepped
    | JobChanged
    | JobToggled
    | SchedulerToggled
    | ConfigurationReloaded
    | ConfigurationRejected
    | StatusChanged
)
