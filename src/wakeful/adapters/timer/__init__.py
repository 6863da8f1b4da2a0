"""Telling which jobs are due, on the wall clock."""

from __future__ import annotations
