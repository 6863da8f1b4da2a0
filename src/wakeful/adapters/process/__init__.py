"""Processes of executions: started, watched over, kept within their output limit, stopped."""

from __future__ import annotations

from wakeful.adapters.process.runner import ProcessRunner

__all__ = ["ProcessRunner"]
