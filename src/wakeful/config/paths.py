"""Where things are: systemd's directories win, then the XDG ones (or those of the system)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from platformdirs import PlatformDirs

APPLICATION = "wakeful"


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one instance of the daemon.

    Attributes:
        configuration: ``config.json``.
        state: The folder of ``state.json``, ``wakeful.db`` and ``logs/``.
    """

    configuration: Path
    state: Path

    @property
    def state_file(self) -> Path:
        """The state for people and programs to read."""
        return self.state / "state.json"

    @property
    def database(self) -> Path:
        """The state that counts."""
        return self.state / "wakeful.db"

    @property
    def logs(self) -> Path:
        """The folder of the executions' output."""
        return self.state / "logs"

    @property
    def last_good(self) -> Path:
        """A copy of the configuration that was last in force."""
        return self.state / "config.last-good.json"

    @property
    def checked(self) -> Path:
        """What checking the configuration came to, for the next start."""
        return self.state / "config.checked"


def find_places(
    *, configuration: Path | None = None, state: Path | None = None, system: bool = False
) -> Places:
    """Find the files of an instance.

    Args:
        configuration: Use this file.
        state: Use this folder.
        system: Use the places of the system instance, ``/etc`` and ``/var/lib``.

    ``CONFIGURATION_DIRECTORY`` and ``STATE_DIRECTORY`` (systemd.exec(5)) win over the
    defaults; where they name several folders, the first counts.
    """
    if configuration is None:
        folder = _from_systemd("CONFIGURATION_DIRECTORY") or (
            Path("/etc") / APPLICATION if system else _user_folders().user_config_path
        )
        configuration = folder / "config.json"
    if state is None:
        state = _from_systemd("STATE_DIRECTORY") or (
            Path("/var/lib") / APPLICATION if system else _user_folders().user_state_path
        )
    return Places(_absolute(configuration), _absolute(state))


def _from_systemd(variable: str) -> Path | None:
    value = os.environ.get(variable, "").partition(":")[0]
    if not value:
        return None
    path = Path(value)
    if not path.is_absolute():
        raise InvalidArgumentError(f"{variable} is not an absolute path: {value}")
    return path


def _user_folders() -> PlatformDirs:
    """Give the folders of the user, as the XDG Base Directory Specification has them."""
    from platformdirs import PlatformDirs  # noqa: PLC0415 - under systemd they are given

    return PlatformDirs(APPLICATION)


def _absolute(path: Path) -> Path:
    """Make a path absolute without following links, which may change later."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() follows links
