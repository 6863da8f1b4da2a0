"""Imports APScheduler without what the timer has no use for.

Of its scheduler's module only the base class is wanted. It also brings pools of threads and
processes, finds the time zone of the machine, and reads all that is installed, three times, for
plug-ins: a tenth of the start of the daemon, and 3 MiB.
"""

from __future__ import annotations

import contextlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def without_extras() -> Iterator[None]:
    """Import with stand-ins for what is not used; whoever imports that later gets it."""
    stand_ins: dict[str, dict[str, object]] = {
        "importlib.metadata": {
            "entry_points": lambda group: (),  # noqa: ARG005 - called with that name
            "version": lambda name: "3",  # noqa: ARG005 - one signature
            "PackageNotFoundError": ModuleNotFoundError,
        },
        "apscheduler.executors.pool": {"ThreadPoolExecutor": None},
        "tzlocal": {"get_localzone": None},
    }
    added = [name for name in stand_ins if name not in sys.modules]
    for name in added:
        sys.modules[name] = stand_in = ModuleType(name)
        vars(stand_in).update(stand_ins[name])
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]
