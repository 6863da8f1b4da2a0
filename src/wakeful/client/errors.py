"""What can go wrong between a client and the daemon."""

from __future__ import annotations

from wakeful.core.errors import WakefulError


class DaemonUnreachableError(WakefulError):
    """The daemon cannot be reached: no bus, nobody there, or no answer in time."""

    code = "Unreachable"


class RequestRefusedError(WakefulError):
    """The daemon, or the bus on its behalf, refused a request.

    Args:
        message: What it said.
        name: The D-Bus error name.
    """

    code = "Refused"

    def __init__(self, message: str, *, name: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name
