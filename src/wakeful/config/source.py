"""The configuration file: read, kept as last good, and changed in place."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wakeful.config.document import parse_document, read_bytes
from wakeful.config.replacing import replace_file
from wakeful.core.errors import (
    InvalidArgumentError,
    InvalidConfigurationError,
    StorageError,
)
from wakeful.core.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wakeful.config.check import Checked, ConfigurationReader
    from wakeful.config.kept import KeptConfiguration
    from wakeful.core.job import Job
    from wakeful.services.ports import Configuration

CHANGEABLE_SECTION = "schedules"


class FileConfigurationSource:
    """Implements `wakeful.services.ports.ConfigurationSource` on ``config.json``.

    Args:
        path: The file.
        last_good: Where a copy of what was last in force is kept.
        kept: What was checked in an earlier life.
        make_reader: Makes what turns documents into configurations; called when it is needed.
        written: Told the content of the file after we changed it ourselves.
    """

    def __init__(
        self,
        *,
        path: Path,
        last_good: Path,
        kept: KeptConfiguration,
        make_reader: Callable[[], ConfigurationReader],
        written: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._last_good = last_good
        self._kept = kept
        self._make_reader = make_reader
        self._written = written
        self._one_change_at_a_time = asyncio.Lock()
        self._restored: tuple[Job, ...] = ()
        self._to_keep: tuple[bytes, Checked] | None = None
        self.last_read: bytes | None = None
        """The content of the file when it was last loaded, good or bad."""

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    async def load(self) -> Configuration:
        """Read and check the file; keep a copy of it if it can be used.

        Raises:
            InvalidConfigurationError: It is missing, not JSON, or wrong as a whole.
        """
        return await asyncio.to_thread(self._load)

    def _load(self) -> Configuration:
        self.last_read = content = read_bytes(self._path)
        configuration = self._kept.find(content, self._path)
        if configuration is None:
            checked = self._reader.check(content, self._path)
            configuration, self._to_keep = checked.configuration, (content, checked)
            self._restored = ()
        else:
            self._restored, self._to_keep = configuration.jobs, None
        # Without the copy only the comfort after the next bad edit is lost.
        with contextlib.suppress(OSError):
            if not self._last_good.exists() or self._last_good.read_bytes() != content:
                replace_file(self._last_good, content, mode=0o600)
        return configuration

    @cached_property
    def _reader(self) -> ConfigurationReader:
        reader = self._make_reader()
        reader.recall(self._restored)
        return reader

    def forget(self) -> None:
        """Read everything anew next time, also what the file says as before."""
        self.__dict__.pop("_reader", None)
        self._restored = ()

    async def keep(self) -> None:
        """Keep what was checked last, so that the next start does not have to check it."""
        fresh, self._to_keep = self._to_keep, None
        if fresh is not None:
            content, checked = fresh
            await asyncio.to_thread(self._kept.keep, content, self._path, checked)

    async def load_last_good(self) -> Configuration | None:
        """Give the configuration that was last in force, if it was kept and still reads."""
        try:
            content = await asyncio.to_thread(read_bytes, self._last_good)
            return await asyncio.to_thread(self._read, content)
        except InvalidConfigurationError:
            return None

    def _read(self, content: bytes) -> Configuration:
        return self._reader.read(content, self._path)

    async def section(self, name: str, key: str | None) -> object:
        """Give the section ``schedules``, or one of its keys; dots go deeper.

        Raises:
            InvalidArgumentError: Another section, or no such key.
        """
        _check_section(name)
        content = await asyncio.to_thread(read_bytes, self._path)
        value: Any = parse_document(content, self._path).get(name, {})
        for step in key.split(".") if key else []:
            if not isinstance(value, dict) or step not in value:
                raise InvalidArgumentError(f"there is no '{key}' in '{name}'")
            value = value[step]
        return value

    async def update(self, name: str, key: str, value: object) -> None:
        """Change one key in the file; dots go deeper, and make objects on the way.

        The result must be no worse than what was there: it may not have an error that the
        file does not have already.

        Raises:
            InvalidArgumentError: Another section, the key cannot be set, or the result would have
                errors that the file has not.
            InvalidConfigurationError: The file cannot be read as it is.
            StorageError: The file could not be written.
        """
        _check_section(name)
        async with self._one_change_at_a_time:
            content = await asyncio.to_thread(self._update, name, key, value)
        self._written(content)

    def _update(self, name: str, key: str, value: object) -> bytes:
        before = read_bytes(self._path)
        document = parse_document(before, self._path)
        _set(document, [name, *key.split(".")], value)
        try:
            content = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgumentError(f"'{key}' cannot be set to that: {error}") from error
        new_errors = self._errors(content) - self._errors(before)
        if new_errors:
            raise InvalidArgumentError(
                f"'{key}' is not changed, for that would be wrong: {'; '.join(sorted(new_errors))}"
            )
        try:
            replace_file(self._path, content, mode=self._path.stat().st_mode & 0o777)
        except OSError as error:
            raise StorageError(f"{self._path} could not be written: {error.strerror}") from error
        return content

    def _errors(self, content: bytes) -> set[str]:
        try:
            configuration = self._read(content)
        except InvalidConfigurationError as error:
            return {str(problem) for problem in error.problems}
        return {str(one) for one in configuration.problems if one.severity is Severity.ERROR}


def _check_section(name: str) -> None:
    if name != CHANGEABLE_SECTION:
        raise InvalidArgumentError(
            f"the section '{name}' is not to be had here, only '{CHANGEABLE_SECTION}'"
        )


def _set(document: dict[str, Any], steps: list[str], value: object) -> None:
    if not all(steps):
        raise InvalidArgumentError("the key is empty, or has an empty part")
    place = document
    for step in steps[:-1]:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            raise InvalidArgumentError(f"'{step}' is not an object; nothing can be set in it")
        place = inner
    place[steps[-1]] = value
