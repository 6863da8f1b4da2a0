"""Stand-ins for the world, for tests of Wakeful and of what extends it.

Each implements a port of `wakeful.services.ports` in memory, with the promises of the port, and
lets a test decide what happens: what time it is, when a process ends, when the disk is full.
"""

from __future__ import annotations

from wakeful.testing.clock import FakeClock, FakeTimer
from wakeful.testing.files import MemoryConfigurationSource, MemoryStateFile
from wakeful.testing.runner import FakeProcess, FakeRunner
from wakeful.testing.store import MemoryStore

__all__ = [
    "FakeClock",
    "FakeProcess",
    "FakeRunner",
    "FakeTimer",
    "MemoryConfigurationSource",
    "MemoryStateFile",
    "MemoryStore",
]
