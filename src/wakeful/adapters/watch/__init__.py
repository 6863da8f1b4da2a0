"""Noticing that a configuration file has changed, whoever changed it and however.

The only package that knows watchfiles. `FileWatcher` is its whole interface.
"""

from __future__ import annotations

from wakeful.adapters.watch.watcher import Changed, FileWatcher

__all__ = ["Changed", "FileWatcher"]
