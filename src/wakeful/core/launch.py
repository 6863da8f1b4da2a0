"""What is started for an execution: a program with its arguments, environment and folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A process to be.

    Attributes:
        arguments: The program, absolute where it could be found already, and its arguments.
            Never passed through a shell.
        environment: What the definition adds to the daemon's own environment.
        working_directory: Absolute; empty for the home directory.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = ""
