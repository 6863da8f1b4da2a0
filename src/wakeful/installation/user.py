"""Installing and removing the service of a user, step by step, each told in a sentence."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from wakeful.installation import sealed
from wakeful.installation.content import activation_text, first_configuration, unit_text
from wakeful.installation.errors import InstallationError
from wakeful.installation.places import ALIASES, BUS_NAME, UNIT, UserPlaces
from wakeful.installation.sealed import Condition
from wakeful.installation.session import Session

if TYPE_CHECKING:
    from pathlib import Path

_RELOAD = "systemctl --user daemon-reload"
_ENABLE = f"systemctl --user enable --now {UNIT}"


def install_user(*, now: bool = False, force: bool = False) -> list[str]:
    """Install the service of this user; doing it again brings it up to date.

    Writes the unit and its other names, the bus activation, and a first configuration if there
    is none; then has the service manager and the bus look, if they can be reached.

    Args:
        now: Start the service as well, now and at every login.
        force: Also overwrite files that were edited.

    Returns:
        What was done and what is left to do, a sentence each.

    Raises:
        InstallationError: A file was edited, something cannot be written, or the service could
            not be started; the text says what to do.
    """
    places = UserPlaces.from_environment()
    _check_owner(places, force=force)
    installation = _Installation(places, force=force)
    installation.write_files()
    installation.write_configuration()
    installation.tell_session(now=now)
    return installation.told


def uninstall_user(*, force: bool = False) -> list[str]:
    """Stop the service of this user and remove what `install_user` wrote.

    Configuration, state and drop-ins of the user stay; so do files that were edited.

    Args:
        force: Also remove files that were edited.

    Returns:
        What was done, a sentence each.

    Raises:
        InstallationError: The service could not be stopped, or a file could not be removed.
    """
    removal = _Removal(UserPlaces.from_environment(), force=force)
    removal.stop()
    removal.remove_files()
    removal.tell_session()
    return removal.told


def _check_owner(places: UserPlaces, *, force: bool) -> None:
    """Keep ``sudo`` from leaving files of root in the home directory of somebody else."""
    with contextlib.suppress(OSError):
        owner = places.home.stat().st_uid
        if os.geteuid() == 0 and owner != 0 and not force:
            raise InstallationError(
                f"{places.home} belongs to user {owner}, but root would write there",
                hint="run it as that user, without sudo",
            )


class _Installation:
    """One run of `install_user`."""

    def __init__(self, places: UserPlaces, *, force: bool) -> None:
        self._places = places
        self._force = force
        self._session = Session()
        self._changed = False
        self.told: list[str] = []

    def write_files(self) -> None:
        """Write the unit, the links that give it other names, and the activation."""
        places = self._places
        # Looked at before the first is written: all or nothing.
        for path in (places.unit, places.activation):
            self._check(path)
        aliases = [name for name in ALIASES if self._is_free(name)]
        arguments = places.daemon_arguments()
        text = unit_text(arguments, aliases, may_wake=self._session.may_wake())
        self._write(places.unit, text, "the service")
        for name in aliases:
            _link(places.unit.with_name(name))
        self._write(places.activation, activation_text(arguments), "its start over the bus")

    def _check(self, path: Path) -> None:
        if sealed.examine(path) is Condition.FOREIGN and not self._force:
            raise InstallationError(
                f"{path} was edited, or written by somebody else, and is left alone",
                hint=f"keep changes in a drop-in (systemctl --user edit {UNIT})"
                " and overwrite the file with --force",
            )

    def _is_free(self, name: str) -> bool:
        other = self._places.find_unit_of_others(name)
        if other is not None:
            self.told.append(f"{name} is left to {other}, which is there already.")
        return other is None

    def _write(self, path: Path, text: str, what: str) -> None:
        if path.is_symlink():
            path.unlink()  # only with --force: what is behind the link is not ours
        if sealed.write(path, text):
            self._changed = True
            self.told.append(f"Wrote {path}, {what}.")
        else:
            self.told.append(f"{path} is up to date.")

    def write_configuration(self) -> None:
        """Write a first configuration if there is none."""
        path = self._places.configuration
        try:
            sealed.make_folder(path.parent)
            # Not readable for others: people will write secrets into it.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return
        except OSError as error:
            raise InstallationError(f"{path} cannot be written: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(first_configuration())
        self.told.append(f"Wrote {path}, without jobs so far.")

    def tell_session(self, *, now: bool) -> None:
        """Make the service manager and the bus look at what is new; start the service."""
        manager = self._session.has_manager()
        if manager.good:
            manager = self._session.control("daemon-reload")
        if not manager.good:
            if now:
                raise InstallationError(
                    f"the service is installed, but cannot be started: {manager.text}",
                    hint=f"in a session of the user: {_RELOAD} && {_ENABLE}",
                )
            self.told.append(
                f"The service manager cannot be reached ({manager.text}); in a session of the"
                f" user: {_RELOAD}"
            )
        if not self._session.reload_bus().good:
            self.told.append("The bus cannot be reached; it will look for itself when it starts.")
        elif not self._session.is_activatable(BUS_NAME):
            self.told.append(
                f"The bus does not look into {self._places.activation.parent}, so it does not"
                " start the service when it is asked for."
            )
        if manager.good:
            self._conclude(now=now)

    def _conclude(self, *, now: bool) -> None:
        known = self._session.properties(UNIT)
        fragment = known.get("FragmentPath", "")
        if known.get("LoadState") == "not-found":
            self.told.append(
                f"The service manager does not look into {self._places.unit.parent}; it needs the"
                " same XDG_DATA_HOME as this shell, see environment.d(5)."
            )
        elif fragment and fragment != str(self._places.unit):
            self.told.append(f"In force is {fragment}, not the unit installed here.")
        was_active = known.get("ActiveState") == "active"
        if now:
            started = self._session.enable_now(UNIT)
            if not started.good:
                raise InstallationError(
                    f"the service is installed, but could not be started: {started.text}",
                    hint=f"see why with: journalctl --user --unit={UNIT}",
                )
            self.told.append("The service runs, and will at every login.")
        elif known.get("UnitFileState") != "enabled":
            self.told.append(f"Start it now and at every login with: {_ENABLE}")
        if was_active and self._changed:
            self.told.append(
                f"It still runs as installed before, until: systemctl --user restart {UNIT}"
            )


def _link(path: Path) -> None:
    """Give the unit in the same folder another name."""
    if UserPlaces.is_alias(path):
        return
    try:
        path.symlink_to(UNIT)
    except OSError as error:
        raise InstallationError(f"{path} cannot be written: {error.strerror}") from error


class _Removal:
    """One run of `uninstall_user`."""

    def __init__(self, places: UserPlaces, *, force: bool) -> None:
        self._places = places
        self._force = force
        self._session = Session()
        self._has_manager = self._session.has_manager().good
        self.told: list[str] = []

    def stop(self) -> None:
        """Stop the service and have it not started again, if it is the one installed here."""
        if not self._has_manager or sealed.examine(self._places.unit) is Condition.ABSENT:
            return
        known = self._session.properties(UNIT)
        if known.get("FragmentPath") != str(self._places.unit):
            return
        stopped = self._session.disable_now(UNIT)
        if not stopped.good:
            raise InstallationError(f"the service could not be stopped: {stopped.text}")
        self.told.append("The service is stopped and disabled.")

    def remove_files(self) -> None:
        """Remove the files that are ours, and every link to them."""
        places = self._places
        if self._remove(places.unit):
            for path in self._links():
                path.unlink(missing_ok=True)
        self._remove(places.activation)

    def _links(self) -> list[Path]:
        """Find the names of our unit, and what enabled it if no service manager was there to ask.

        Links with the same names that lead to a unit of a package are not ours.
        """
        unit = self._places.unit
        own = self._places.own_units
        beside = [unit.with_name(name) for name in ALIASES]
        enabling = [own / "default.target.wants" / UNIT, *(own / name for name in ALIASES)]
        return [path for path in beside if UserPlaces.is_alias(path)] + [
            path for path in enabling if path.is_symlink() and path.readlink() == unit
        ]

    def _remove(self, path: Path) -> bool:
        condition = sealed.examine(path)
        if condition is Condition.ABSENT:
            return False
        if condition is Condition.FOREIGN and not self._force:
            self.told.append(f"{path} was edited, and stays; --force removes it.")
            return False
        try:
            path.unlink()
        except OSError as error:
            raise InstallationError(f"{path} cannot be removed: {error.strerror}") from error
        self.told.append(f"Removed {path}.")
        return True

    def tell_session(self) -> None:
        """Make the service manager and the bus forget; say what stays."""
        if not self.told:
            self.told.append("Nothing is installed for this user.")
            return
        if self._has_manager:
            self._session.control("daemon-reload")
            self._session.control("reset-failed", UNIT)
        self._session.reload_bus()
        for path in (self._places.configuration, self._places.state):
            if path.exists():
                self.told.append(f"{path} stays.")
