"""What a kind may ask while it checks a definition: files and programs, as the job sees them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.config.report import join
from wakeful.core.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class ProgramFinder:
    """Finds programs; remembers, for a thousand jobs ask for the same few."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str | None] = {}

    def find(self, name: str, path: str) -> str | None:
        """Find a program on a search path."""
        key = name, path
        if key not in self._found:
            self._found[key] = shutil.which(name, path=path)
        return self._found[key]


class Place:
    """The surroundings of one definition. Implements `wakeful.services.ports.KindContext`.

    Args:
        base: Where the definition is in the document.
        folder: Of the configuration file.
        working_directory: Of the job; programs named with a slash are found from there.
        environment: What the definition adds.
        finder: Shared by all definitions of a document.
    """

    def __init__(
        self,
        *,
        base: str,
        folder: Path,
        working_directory: str,
        environment: Mapping[str, str],
        finder: ProgramFinder,
    ) -> None:
        self.problems: list[Problem] = []
        self._base = base
        self._folder = folder
        self._working_directory = working_directory
        self._path = environment.get("PATH") or os.environ.get("PATH") or DEFAULT_PATH
        self._finder = finder

    def resolve(self, path: str) -> Path:
        """Make a path absolute: from home (``~``), or from the configuration's folder."""
        return self._folder / _expand_home(path)

    def program(self, name: str) -> str | None:
        """Find a program as the job would: on its PATH, or from its working directory."""
        expanded = _expand_home(name)
        if "/" in expanded:
            base = self._working_directory or Path.home()
            path = os.path.normpath(base / Path(expanded))
            return path if os.access(path, os.X_OK) and not os.path.isdir(path) else None  # noqa: PTH112 - a text
        return self._finder.find(name, self._path)

    def problem(self, key: str, message: str, *, hint: str = "", warning: bool = False) -> None:
        """Report a mistake in one key of the definition."""
        severity = Severity.WARNING if warning else Severity.ERROR
        self.problems.append(
            Problem(path=join(self._base, [key]), message=message, hint=hint, severity=severity)
        )


def _expand_home(path: str) -> str:
    """Replace a leading ``~``; a name of an unknown user stays as it is."""
    return os.path.expanduser(path)  # noqa: PTH111 - Path.expanduser() raises
