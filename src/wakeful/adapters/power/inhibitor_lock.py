"""A lock of logind: it is held as long as its file is open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class InhibitorLock:
    """Implements `services.power.ports.SleepLock`.

    Args:
        descriptor: What logind gave out; owned from now on.
        released: Called once when it was given back.
    """

    def __init__(self, descriptor: int, released: Callable[[InhibitorLock], None]) -> None:
        self._descriptor: int | None = descriptor
        self._released = released

    def release(self) -> None:
        """See `services.power.ports.SleepLock`."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
            self._released(self)
