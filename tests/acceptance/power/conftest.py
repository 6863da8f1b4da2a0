"""The machine of a test."""

from fixtures.clocks import clock_library, clocks
from fixtures.logind import desktop
from fixtures.machine import machine

__all__ = ["clock_library", "clocks", "desktop", "machine"]
