"""Files that exist in memory only: the state, and the configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wakeful.core.errors import InvalidArgumentError, StorageError
from wakeful.services.ports import Configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.core.errors import InvalidConfigurationError


class MemoryStateFile:
    """Implements `wakeful.services.ports.StateFile`.

    Attributes:
        content: The file as text; None if there is none.
        writes: How often it was written.
        failure: If set, writing raises `StorageError` with this text and changes nothing.
    """

    def __init__(self, document: Mapping[str, object] | None = None) -> None:
        self.content = None if document is None else json.dumps(document)
        self.writes = 0
        self.failure = ""

    @property
    def document(self) -> dict[str, Any]:
        """What the file holds."""
        found: dict[str, Any] = json.loads(self.content or "{}")
        return found

    async def read(self) -> Mapping[str, object] | None:
        """See `wakeful.services.ports.StateFile`."""
        return None if self.content is None else self.document

    async def write(self, document: Mapping[str, object]) -> None:
        """See `wakeful.services.ports.StateFile`."""
        if self.failure:
            raise StorageError(self.failure)
        self.content = json.dumps(document)
        self.writes += 1


class MemoryConfigurationSource:
    """Implements `wakeful.services.ports.ConfigurationSource`.

    Attributes:
        configuration: What is loaded; set it to edit the file.
        error: If set, the file cannot be used.
        last_good: What was last loaded without error; None: nothing was, or it was not kept.
        document: What `section` and `update` work on.
    """

    def __init__(self, configuration: Configuration | None = None) -> None:
        self.configuration = configuration or Configuration()
        self.error: InvalidConfigurationError | None = None
        self.last_good: Configuration | None = None
        self.document: dict[str, Any] = {"schedules": {}}

    @property
    def path(self) -> Path:
        """See `wakeful.services.ports.ConfigurationSource`."""
        return Path("/nowhere/config.json")

    async def load(self) -> Configuration:
        """See `wakeful.services.ports.ConfigurationSource`."""
        if self.error is not None:
            raise self.error
        self.last_good = self.configuration
        return self.configuration

    async def load_last_good(self) -> Configuration | None:
        """See `wakeful.services.ports.ConfigurationSource`."""
        return self.last_good

    async def section(self, name: str, key: str | None) -> object:
        """See `wakeful.services.ports.ConfigurationSource`."""
        value: Any = self.document
        for step in [name, *(key.split(".") if key else [])]:
            if not isinstance(value, dict) or step not in value:
                raise InvalidArgumentError(f"there is no '{step}'")
            value = value[step]
        return value

    async def update(self, name: str, key: str, value: object) -> None:
        """See `wakeful.services.ports.ConfigurationSource`; nothing is checked."""
        *steps, last = [name, *key.split(".")]
        place = self.document
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
