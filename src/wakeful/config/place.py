"""What a kind may ask while it checks a definition: files and programs, as the job sees them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful.config.report import join
from wakeful.core.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.config.world import World
    from wakeful.core.file import FileFacts

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class Place:
    """The surroundings of one definition. Implements `wakeful.services.ports.KindContext`.

    Args:
        base: Where the definition is in the document.
        folder: Of the configuration file.
        working_directory: Of the job; programs named with a slash are found from there.
        environment: What the definition adds.
        world: Shared by all definitions of a document, for a thousand jobs ask for the same few
            programs.
    """

    def __init__(
        self,
        *,
        base: str,
        folder: Path,
        working_directory: str,
        environment: Mapping[str, str],
        world: World,
    ) -> None:
        self.problems: list[Problem] = []
        self._base = base
        self._folder = folder
        self._working_directory = working_directory
        self._path = environment.get("PATH") or world.variable("PATH") or DEFAULT_PATH
        self._world = world

    def resolve(self, path: str) -> Path:
        """Make a path absolute: from home (``~``), or from the configuration's folder."""
        return self._folder / self._world.expand_home(path)

    def file(self, path: Path) -> FileFacts:
        """Look at a file."""
        return self._world.file(path)

    def program(self, name: str) -> str | None:
        """Find a program as the job would: on its PATH, or from its working directory."""
        expanded = self._world.expand_home(name)
        if "/" in expanded:
            base = self._working_directory or self._world.expand_home("~")
            path = os.path.normpath(Path(base) / expanded)
            return path if self._world.is_program(path) else None
        return self._world.find_program(name, self._path)

    def problem(self, key: str, message: str, *, hint: str = "", warning: bool = False) -> None:
        """Report a mistake in one key of the definition."""
        severity = Severity.WARNING if warning else Severity.ERROR
        self.problems.append(
            Problem(path=join(self._base, [key]), message=message, hint=hint, severity=severity)
        )
