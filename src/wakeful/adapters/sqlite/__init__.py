"""Durable memory in one SQLite file.

The only package that knows sqlite3. `SqliteStore` is its whole interface.
"""

from __future__ import annotations

from wakeful.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
