"""Telling which jobs are due, on the wall clock."""

from __future__ import annotations

from wakeful.adapters.timer.apscheduler_timer import ApschedulerTimer

__all__ = ["ApschedulerTimer"]
