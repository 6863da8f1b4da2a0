"""Wakeful: the job scheduler that knows when the machine sleeps."""

__version__ = "2026.1.0"
