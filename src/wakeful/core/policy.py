"""Policies: what a job wants done about slots that cannot simply be served when they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class DaylightSaving(StrEnum):
    """What a wall-clock schedule does about hours that are missing, and hours that come twice.

    Cron jobs with a wildcard in second, minute or hour follow the wall clock: nothing is made up
    for in a gap, and both passes of a repeated hour count, but with ``systemd``.
    """

    DEBIAN = "debian"
    """A time that does not exist runs right after the gap; one that comes twice, the first time.
    A shift of three hours or more counts as a correction of the clock: what it leaves out is
    not made up for (cron(8); its manual does not name the limit)."""
    SKIP = "skip"
    """A time that does not exist is not served; of one that comes twice, the first."""
    TWICE = "twice"
    """A time that does not exist runs right after the gap; one that comes twice runs twice."""
    SYSTEMD = "systemd"
    """As systemd's calendar timers: nothing in a gap, and nothing in the second pass of a
    repeated hour, not even with a wildcard."""


class MissedAction(StrEnum):
    """What is done about slots that passed while nobody could serve them."""

    RUN_ONCE = "run-once"
    """The last of them is made up for; it stands for the others."""
    RUN_ALL = "run-all"
    """Each of them is made up for, one after the other, the oldest first."""
    SKIP = "skip"
    """None is."""
    ASK = "ask"
    """A person decides; until then the last of them waits."""


DEFAULT_CAP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What is done about slots that passed while nobody could serve them.

    Attributes:
        action: What.
        within: How late a slot may be and still be made up for; None: until the next one comes,
            with ``run-all`` without limit.
        cap: With ``run-all``, how many slots at most; the latest count.
    """

    action: MissedAction = MissedAction.RUN_ONCE
    within: timedelta | None = None
    cap: int = DEFAULT_CAP


class AtDeadline(StrEnum):
    """What happens to a slot that waited for a condition until its deadline."""

    RUN = "run"
    MISS = "miss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What has to hold before a slot is served; until then it waits. None: does not matter.

    Attributes:
        ac: On mains power (True), or on battery (False).
        battery_above: Charge in percent, at least; holds on mains power.
        idle: Nobody used the machine for so long.
        metered: Whether the network may be (True: must be) metered.
        online: Whether there is a network.
        load_below: The load average of one minute, less than.
        deadline: How long after its time a slot waits at most; None: until the next one comes.
        at_deadline: What happens then.
    """

    ac: bool | None = None
    battery_above: int | None = None
    idle: timedelta | None = None
    metered: bool | None = None
    online: bool | None = None
    load_below: float | None = None
    deadline: timedelta | None = None
    at_deadline: AtDeadline = AtDeadline.MISS


class OnSleep(StrEnum):
    """What happens to a running execution when the machine is about to sleep."""

    CONTINUE = "continue"
    """Nothing: it stands still with the machine and goes on with it."""
    FREEZE = "freeze"
    """All its processes are stopped before, and go on when the machine is awake again."""
    STOP = "stop"
    """It is ended, as by a cancellation."""
    HOLD = "hold"
    """The machine is kept from sleeping until it has ended, or for so long at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepPolicy:
    """What happens to running executions when the machine is about to sleep.

    Attributes:
        action: What.
        at_most: With ``hold``, how long sleep is put off at most.
    """

    action: OnSleep = OnSleep.CONTINUE
    at_most: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """That, and how, a job wakes the machine for its slots.

    Attributes:
        lead: How long before the slot the machine is woken.
        battery_above: Charge in percent below which it is left asleep, unless on mains power.
        lid: Whether it is woken with its lid closed, too.
    """

    lead: timedelta = timedelta(0)
    battery_above: int = 20
    lid: bool = True


DEFAULT_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """How missed slots are made up for after the machine woke up.

    Attributes:
        settle: How long nothing is made up for, so that the machine comes to itself.
        network: Whether a network is waited for first; not for ever.
        at_once: How many executions that make up for something run at the same time, at most.
        spacing: The pause between the starts of two of them.
    """

    settle: timedelta = timedelta(0)
    network: bool = False
    at_once: int = DEFAULT_AT_ONCE
    spacing: timedelta = timedelta(0)


class Priority(IntEnum):
    """Which of several slots is served first; numbers as in DebVisor."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    CRITICAL = 3


class Occasion(StrEnum):
    """Events that can trigger a job."""

    RESUME = "resume"
    BEFORE_SLEEP = "before-sleep"
    BOOT = "boot"
    LOGIN = "login"
    UNLOCK = "unlock"
    AC = "ac"
    """Mains power came."""
    BATTERY = "battery"
    """Mains power went."""
    NETWORK = "network"
    """A network came."""
