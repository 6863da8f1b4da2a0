"""What can go wrong when something is installed."""

from __future__ import annotations

from wakeful.core.errors import WakefulError


class InstallationError(WakefulError):
    """The service could not be installed, started or removed."""

    code = "Installation"
