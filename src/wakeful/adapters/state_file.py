"""``state.json``: written whole or not at all, read with distrust."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.adapters.aside import name_aside
from wakeful.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST: Final = 64 * 1024 * 1024
"""Bytes: a larger file is nothing we wrote."""

logger = logging.getLogger(__name__)


class JsonStateFile:
    """A JSON document in one file, replaced atomically and durably; implements `StateFile`.

    The disk is touched in worker threads only. Writes take place one after the other; one that
    has been overtaken by a newer one is not carried out, for its content is outdated.

    Args:
        path: Of the file. If it is a symbolic link, what it points to is replaced. Its directory
            is created with mode 0700 if it is not there.

    Attributes:
        last_written: The content written last, so that a watcher can tell our changes from those
            of others. Set just before the file changes.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self.last_written = b""
        self._turn: Final = threading.Lock()
        self._asked = 0
        self._written = 0

    async def read(self) -> Mapping[str, object] | None:
        """Do what `StateFile.read` says; also removes what a crash left half written.

        A file that is damaged is renamed to ``state.json.damaged-<time>``: not JSON, not an
        object, without a list ``jobs`` of objects with a name, or larger than 64 MiB.

        Raises:
            StorageError: It is there and cannot be read.
        """
        return await asyncio.to_thread(self._read)

    async def write(self, document: Mapping[str, object]) -> None:
        """Do what `StateFile.write` says.

        Args:
            document: Taken as it is at the moment of the call.

        Raises:
            StorageError: It could not be written; the file is as it was.
            TypeError, ValueError: The document cannot be expressed in JSON.
        """
        content = encode(document)
        self._asked += 1
        await asyncio.to_thread(self._write, content, self._asked)

    def _read(self) -> Mapping[str, object] | None:
        with self._turn, _told(self._path, "read"):
            target = _target(self._path)
            _unfinished(target).unlink(missing_ok=True)
            try:
                return _checked(_content(target))
            except FileNotFoundError:
                return None
            except _DamagedError as damage:
                aside = target.rename(name_aside(target))
                logger.warning("%s is damaged (%s): set aside as %s", target, damage, aside.name)
                return None

    def _write(self, content: bytes, number: int) -> None:
        with self._turn:
            if number < self._written:
                return
            before = self.last_written
            with _told(self._path, "written"):
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target = _target(self._path)
                unfinished = _unfinished(target)
                try:
                    _create(unfinished, content)
                    self.last_written = content
                    unfinished.replace(target)
                    self._written = number
                except BaseException:
                    self.last_written = before
                    with contextlib.suppress(OSError):
                        unfinished.unlink(missing_ok=True)
                    raise
                _sync_directory(target.parent)


def encode(document: Mapping[str, object]) -> bytes:
    """Write a document with one line for each element of its lists: good to read and compare.

    Bytes of paths that are no UTF-8 become escapes of JSON.
    """
    lines = []
    for key, value in document.items():
        if isinstance(value, list | tuple) and value:
            elements = ",\n    ".join(map(_ENCODER.encode, value))
            text = f"[\n    {elements}\n  ]"
        else:
            text = _ENCODER.encode(value)
        lines.append(f"  {_ENCODER.encode(key)}: {text}")
    body = ",\n".join(lines)
    return f"{{\n{body}\n}}\n".encode("utf-8", "backslashreplace")


# The encoder in C does not indent, and the one in Python takes ten times as long.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class _DamagedError(Exception):
    """The file is not what we write."""


def _content(target: Path) -> bytes:
    # Not blocking: a named pipe in its place must not hold us.
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _DamagedError("it is not a regular file")
        if status.st_size > LARGEST:
            raise _DamagedError(f"it is larger than {LARGEST} bytes")
        return file.read(LARGEST)


def _checked(content: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _DamagedError(f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _DamagedError("it is not an object")
    jobs = document.get("jobs")
    if not isinstance(jobs, list):
        raise _DamagedError("'jobs' is not a list")
    for number, job in enumerate(jobs):
        if not isinstance(job, dict) or not isinstance(job.get("name"), str):
            raise _DamagedError(f"'jobs[{number}]' is not an object with a name")
    return document


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _unfinished(target: Path) -> Path:
    """Name the temporary file: always the same, so that a crash leaves one at most."""
    return target.with_name(f".{target.name}.unfinished")


def _create(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as stream:
        rest = memoryview(content)
        while rest:
            rest = rest[stream.write(rest) :]
        os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"the disk holding {path} is full", hint="free some space on it"
            ) from error
        raise StorageError(
            f"{path} cannot be {done}: {error.strerror or error}",
            hint="check the permissions of it and its directory",
        ) from error
