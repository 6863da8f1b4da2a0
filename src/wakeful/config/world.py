"""What checking a configuration looks at outside of it: files, programs, variables, time zones.

Each question is asked once, and its answer is put on record. If all of them are answered alike at a
later time, checking would come to the same result then.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from wakeful.core.file import FileFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Seen = Mapping[tuple[str, ...], object]
    """Answers by question: its name and what it is about."""

_LONGEST_SHEBANG = 256
"""Bytes of the first line that the kernel looks at (BINPRM_BUF_SIZE, execve(2))."""


class World:
    """The world, as one reading of a configuration sees it.

    Attributes:
        seen: All that was asked, with the answers.
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[str, ...], object] = {}

    def file(self, path: str | os.PathLike[str]) -> FileFacts:
        """Look at a file."""
        return FileFacts(*self._ask("file", os.fspath(path)))  # type: ignore[misc]  # as in the table

    def is_folder(self, path: str | os.PathLike[str]) -> bool:
        """Say whether a folder is there."""
        return bool(self._ask("folder", os.fspath(path)))

    def is_program(self, path: str) -> bool:
        """Say whether a file is there that can be run."""
        return bool(self._ask("program", path))

    def find_program(self, name: str, search_path: str) -> str | None:
        """Find a program on a search path."""
        return self._ask("program on path", name, search_path)  # type: ignore[return-value]  # as in the table

    def variable(self, name: str) -> str:
        """Give an environment variable; empty if it is not set."""
        return str(self._ask("variable", name))

    def expand_home(self, path: str) -> str:
        """Replace a leading ``~``; a name of an unknown user stays as it is."""
        return str(self._ask("home", path)) if path.startswith("~") else path

    def note_zone(self, name: str) -> None:
        """Take note of which rules of a time zone are there, if any; those of UTC stay."""
        if name.upper() != "UTC":
            self._ask("zone", name)

    def local_zone(self) -> str:
        """Give the name of the system's time zone; empty if it has none."""
        return str(self._ask("local zone"))

    def zone_names(self) -> frozenset[str]:
        """List the time zones there are."""
        return self._ask("zones")  # type: ignore[return-value]  # as in the table

    def _ask(self, *question: str) -> object:
        if question not in self.seen:
            self.seen[question] = _answer(question)
        return self.seen[question]


def is_as_seen(seen: Seen) -> bool:
    """Say whether everything would be answered now as it was."""
    return all(_answer(question) == answer for question, answer in seen.items())


def _answer(question: tuple[str, ...]) -> object:
    name, *subject = question
    return _ANSWERS[name](*subject)


# Not the methods of Path: they raise where we may not look.
def _file(path: str) -> tuple[object, ...]:
    if not os.path.exists(path):  # noqa: PTH110
        return tuple(FileFacts())
    is_file, readable = os.path.isfile(path), os.access(path, os.R_OK)  # noqa: PTH113
    first_line = _first_line(path) if is_file and readable else b""
    return True, is_file, readable, os.access(path, os.X_OK), first_line


def _first_line(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a text
            return file.read(_LONGEST_SHEBANG).partition(b"\n")[0]
    except OSError:
        return b""  # gone since, or on a disk that fails


def _is_program(path: str) -> bool:
    return os.access(path, os.X_OK) and not os.path.isdir(path)  # noqa: PTH112


def _find_program(name: str, search_path: str) -> str | None:
    """Find a program as execvp(3) does, where an empty folder is the present one."""
    for folder in search_path.split(os.pathsep):
        path = os.path.join(folder, name)  # noqa: PTH118 - a text
        if _is_program(path):
            return path
    return None


def _zone(name: str) -> tuple[int, int] | None:
    """Identify the rules of a zone, for local times become instants when they are read."""
    for folder in _zone_folders():
        try:
            status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - a text
        except (OSError, ValueError):
            continue
        return status.st_mtime_ns, status.st_size
    return None


def _zone_folders() -> Iterator[str]:
    """List where `zoneinfo` looks: at the system's folders, then in the package tzdata."""
    import zoneinfo  # noqa: PLC0415 - not needed where all is in UTC

    yield from zoneinfo.TZPATH
    package = importlib.util.find_spec("tzdata")
    for folder in (package and package.submodule_search_locations) or ():
        yield os.path.join(folder, "zoneinfo")  # noqa: PTH118 - a text


def _local_zone() -> str:
    """Read it from the link, as localtime(5) wants it; without the link, it is UTC."""
    try:
        target = os.readlink("/etc/localtime")  # noqa: PTH115 - a text
    except FileNotFoundError:
        return "UTC"
    except OSError:
        return ""  # a file of its own
    name = target.partition("/zoneinfo/")[2]
    return name if _zone(name) else ""


def _zones() -> frozenset[str]:
    import zoneinfo  # noqa: PLC0415 - needed for a mistake only

    return frozenset(zoneinfo.available_timezones())


_ANSWERS: dict[str, Callable[..., object]] = {
    "file": _file,
    "folder": os.path.isdir,
    "program": _is_program,
    "program on path": _find_program,
    "variable": lambda name: os.environ.get(name, ""),
    "home": os.path.expanduser,
    "zone": _zone,
    "local zone": _local_zone,
    "zones": _zones,
}
