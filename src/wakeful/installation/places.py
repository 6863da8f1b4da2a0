"""Where the files of a user's installation go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wakeful.installation.errors import InstallationError

UNIT = "wakeful.service"
ALIASES = ("bot-cron.service", "cron-scheduler.service")
BUS_NAME = "org.wakeful.Scheduler1"

_SYSTEM_UNITS = (
    "/etc/systemd/user",
    "/run/systemd/user",
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
)


@dataclass(frozen=True, slots=True)
class UserPlaces:
    """The folders of a user, as the XDG Base Directory Specification names them.

    Attributes:
        home: The home directory.
        configuration_home, data_home, state_home: The base directories.
    """

    home: Path
    configuration_home: Path
    data_home: Path
    state_home: Path

    @classmethod
    def from_environment(cls) -> UserPlaces:
        """Find them for who runs this.

        Raises:
            InstallationError: There is no home directory.
        """
        try:
            home = Path.home()
        except RuntimeError as error:
            raise InstallationError("there is no home directory", hint="set HOME") from error
        return cls(
            home=home,
            configuration_home=_base("XDG_CONFIG_HOME", home / ".config"),
            data_home=_base("XDG_DATA_HOME", home / ".local/share"),
            state_home=_base("XDG_STATE_HOME", home / ".local/state"),
        )

    @property
    def configuration(self) -> Path:
        """The configuration of the daemon."""
        return self.configuration_home / "wakeful/config.json"

    @property
    def state(self) -> Path:
        """The state of the daemon."""
        return self.state_home / "wakeful"

    @property
    def unit(self) -> Path:
        """The unit of the service.

        systemd.unit(5) gives this folder to packages installed for a user. The one below
        ~/.config is the user's own, and wins: ``systemctl --user edit --full`` writes there.
        """
        return self.data_home / "systemd/user" / UNIT

    @property
    def own_units(self) -> Path:
        """Where the user keeps units, and ``systemctl --user enable`` its links."""
        return self.configuration_home / "systemd/user"

    @property
    def activation(self) -> Path:
        """What tells the bus how to start the service."""
        return self.data_home / "dbus-1/services" / f"{BUS_NAME}.service"

    def daemon_arguments(self) -> tuple[str, ...]:
        """Give the options that lead the daemon to the same files.

        The service manager does not see what a shell sets, so other places than the usual ones
        are named.
        """
        arguments: list[str] = []
        if self.configuration_home != self.home / ".config":
            arguments += ["--config", str(self.configuration)]
        if self.state_home != self.home / ".local/state":
            arguments += ["--state-dir", str(self.state)]
        return tuple(arguments)

    def find_unit_of_others(self, name: str) -> Path | None:
        """Find a unit of that name which is not a mere link to ours."""
        for folder in (self.own_units, self.unit.parent, *map(Path, _SYSTEM_UNITS)):
            path = folder / name
            if os.path.lexists(path) and not self.is_alias(path):
                return path
        return None

    @staticmethod
    def is_alias(path: Path) -> bool:
        """Say whether a file is a link that gives our unit another name."""
        return path.is_symlink() and path.readlink().name == UNIT


def _base(variable: str, usual: Path) -> Path:
    # The specification: a path that is not absolute is to be ignored.
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else usual
