"""Examining the machine: what can be seen without the daemon."""

from __future__ import annotations

import ctypes
import os
import pwd
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from wakeful.cli.finding import Finding, good, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LINGER: Final = Path("/var/lib/systemd/linger")
_BOOTED: Final = Path("/run/systemd/system")
"""There if systemd runs the machine; sd_booted(3)."""
_SYSTEM_UNITS: Final = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
_ENABLED: Final = Path("/etc/systemd/system/multi-user.target.wants/wakeful.service")
_TIMEX_BYTES: Final = 512
"""More than struct timex takes; adjtimex(2)."""
_TIME_ERROR: Final = 5
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ANY_ZONE: Final = "Europe/Paris"


def check_state_directory(folder: str, *, own: bool) -> Finding:
    """See whether only the daemon's user can look into its state.

    Args:
        folder: The state directory.
        own: Whether the daemon is one of the user who asks.
    """
    name = "state directory"
    try:
        status = Path(folder).stat()
    except OSError as error:
        return problem(name, f"{folder} cannot be looked at: {error.strerror}")
    if own and status.st_uid != os.getuid():
        return problem(
            name,
            f"{folder} belongs to {_user(status.st_uid)}",
            f"chown -R {_user(os.getuid())} {folder}",
        )
    if status.st_mode & _OTHERS:
        return problem(
            name,
            f"others than {_user(status.st_uid)} may look into {folder}"
            f" (mode {stat.S_IMODE(status.st_mode):04o})",
            f"chmod 700 {folder}",
        )
    return good(name, f"{folder}, for {_user(status.st_uid)} only")


def check_time_zones(zones: Iterable[str]) -> Finding:
    """See whether the time zone database is there, and knows some zones."""
    unknown = [zone for zone in dict.fromkeys((*zones, _ANY_ZONE)) if zone and not _known(zone)]
    if not unknown:
        return good("time zones", "the time zone database is there")
    return problem(
        "time zones",
        f"unknown on this machine: {', '.join(unknown)}",
        "install the time zone database (package tzdata)",
    )


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def check_clock() -> Finding:
    """See whether something keeps the clock right; the kernel knows (adjtimex(2))."""
    name = "clock"
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zero: nothing is to be changed
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        state = -1
    if state < 0:
        return warning(name, "whether it is synchronised cannot be found out")
    if state == _TIME_ERROR:
        return warning(
            name,
            "nothing keeps it synchronised, so jobs may run at the wrong time",
            "timedatectl set-ntp true",
        )
    return good(name, "synchronised")


def check_linger() -> Iterator[Finding]:
    """See whether services of this user run while the user is not logged in."""
    if not _BOOTED.is_dir():
        return
    user = _user(os.getuid())
    if (_LINGER / user).exists():
        yield good("without a session", f"services of {user} run without a session, too")
    else:
        yield warning(
            "without a session",
            f"jobs run only while {user} is logged in",
            f"loginctl enable-linger {user}",
        )


def check_user_unit() -> Finding:
    """See whether the service of this user is installed, and started at every login."""
    from wakeful.installation.places import UNIT  # noqa: PLC0415 - for this check only
    from wakeful.installation.session import Session  # noqa: PLC0415 - for this check only

    name = "service"
    session = Session()
    manager = session.has_manager()
    if not manager.good:
        return warning(name, f"the service manager of the user cannot be asked: {manager.text}")
    known = session.properties(UNIT)
    if known.get("LoadState") != "loaded":
        return warning(name, f"{UNIT} is not installed", "wakeful install-user --now")
    if known.get("UnitFileState") != "enabled":
        return warning(
            name,
            f"{UNIT} is installed, but not started at login",
            f"systemctl --user enable {UNIT}",
        )
    return good(name, f"{UNIT} is installed and enabled, and {known.get('ActiveState')}")


def check_system_unit() -> Finding:
    """See whether the service of the machine is installed, and started at boot."""
    name = "service"
    if not any(Path(folder, "wakeful.service").exists() for folder in _SYSTEM_UNITS):
        return warning(name, "wakeful.service is not installed for the system")
    if not os.path.lexists(_ENABLED):
        return warning(
            name,
            "wakeful.service is installed, but not started at boot",
            "systemctl enable wakeful.service",
        )
    return good(name, "wakeful.service is installed and enabled")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
