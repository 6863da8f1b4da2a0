"""Stand-ins for the world, for tests of Wakeful and of what extends it.

Each implements a port of the services (`wakeful.services.ports`, `wakeful.services.power.ports`)
in memory, with the promises of the port, and lets a test decide what happens: what time it is,
when a process ends, when the disk is full, when the machine sleeps.
"""

from __future__ import annotations

from wakeful.testing.clock import FakeClock, FakeTimer
from wakeful.testing.files import MemoryConfigurationSource, MemoryStateFile
from wakeful.testing.power import (
    FakeClocks,
    FakeSleepLock,
    FakeSleepManager,
    FakeSurroundings,
    FakeWakeAlarm,
)
from wakeful.testing.runner import FakeProcess, FakeRunner
from wakeful.testing.store import MemoryStore

__all__ = [
    "FakeClock",
    "FakeClocks",
    "FakeProcess",
    "FakeRunner",
    "FakeSleepLock",
    "FakeSleepManager",
    "FakeSurroundings",
    "FakeTimer",
    "FakeWakeAlarm",
    "MemoryConfigurationSource",
    "MemoryStateFile",
    "MemoryStore",
]
