"""Names of logind on the bus, see org.freedesktop.login1(5)."""

from __future__ import annotations

from typing import Final

LOGIND: Final = "org.freedesktop.login1"
MANAGER_PATH: Final = "/org/freedesktop/login1"
MANAGER: Final = "org.freedesktop.login1.Manager"
SESSION: Final = "org.freedesktop.login1.Session"
