"""The checked configuration, kept for the next start: in an unchanged world it needs no checking.

What is kept is in force again only if all of this is as it was: the file, its place, the code that
checked it, and every answer the world gave meanwhile (see `wakeful.config.world`). Anything else
is no error: the file is checked as ever.

It is safe to read, for the file is ours alone in a folder that is ours alone, has a checksum, and
cannot bring anything but values (see `wakeful.config.pickling`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import wakeful
from wakeful.config.pickling import dump, load
from wakeful.config.replacing import replace_file
from wakeful.config.world import is_as_seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wakeful.config.check import Checked
    from wakeful.services.ports import Configuration

_log = logging.getLogger(__name__)

CHECKING = ("core", "config", "kinds", "services")
"""The packages whose code decides what a configuration comes to."""
_SIZE = 32
"""Bytes of a digest. The file begins with two: of what it belongs to, and of what follows."""
_OTHERS_MAY_WRITE = 0o022


class KeptConfiguration:
    """One checked configuration in a file.

    Args:
        path: The file.
        names: Of all that is installed and that a configuration may name.
    """

    def __init__(self, path: Path, *, names: Iterable[str]) -> None:
        self._path = path
        self._names = tuple(names)

    def find(self, content: bytes, source: Path) -> Configuration | None:
        """Give what a document comes to, if that is kept and nothing has changed.

        Args:
            content: The document.
            source: Its file.
        """
        try:
            key = self.key(content, source)
            kept = self._read()
            body = kept[2 * _SIZE :]
            if kept[: 2 * _SIZE] != key + digest_of(body):
                return None
            configuration: Configuration
            seen, configuration = load(body)
            return configuration if is_as_seen(seen) else None
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the file can be checked anew
            _log.debug("what is kept in %s is of no use: %s", self._path, error)
            return None

    def keep(self, content: bytes, source: Path, checked: Checked) -> None:
        """Keep what a document came to, if it would come to the same another time.

        Args:
            content: The document.
            source: Its file.
            checked: What it came to.
        """
        if checked.seen is None:
            return
        try:
            body = dump((checked.seen, checked.configuration))
            head = self.key(content, source) + digest_of(body)
            replace_file(self._path, head + body, mode=0o600)
        except Exception as error:  # noqa: BLE001 - without it the next start is slower, no more
            _log.debug("the checked configuration is not kept: %s", error)

    def key(self, content: bytes, source: Path) -> bytes:
        """Identify a document, its place, and the code that reads it."""
        return digest_of(self._code, os.fsencode(source), content)

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.getuid() or status.st_mode & _OTHERS_MAY_WRITE:
                raise PermissionError("others may have written it")
            return file.read()

    @cached_property
    def _code(self) -> bytes:
        """Identify the code, as it was when it was first used: an update may come meanwhile."""
        folder = Path(wakeful.__file__).parent
        files = [
            (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
            for package in CHECKING
            for entry in sorted(os.scandir(folder / package), key=lambda entry: entry.name)
            if entry.is_file()
        ]
        models = importlib.util.find_spec("pydantic")
        library = models.origin if models and models.origin else ""
        stamp = (library, Path(library).stat().st_mtime_ns) if library else ()
        python = (sys.version, sys.executable)
        return repr((wakeful.__version__, str(folder), files, stamp, python, self._names)).encode()


def digest_of(*parts: bytes) -> bytes:
    """Give one digest of some texts."""
    digest = hashlib.blake2b(digest_size=_SIZE)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
