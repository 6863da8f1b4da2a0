"""Files that we write and others may edit: a seal in the first line tells whether they did."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from wakeful.installation.errors import InstallationError

if TYPE_CHECKING:
    from pathlib import Path

_SEAL = "# Written by 'wakeful install-user'; an edited file is left alone from then on. Seal: "
_MODE = 0o644


class Condition(StrEnum):
    """How a file is found."""

    ABSENT = "absent"
    INTACT = "intact"
    """As some version of us has written it."""
    FOREIGN = "foreign"
    """Edited since, or written by somebody else."""


def seal(text: str) -> str:
    """Give a text with the seal above it; it must be of lines that know ``#`` as a comment."""
    return f"{_SEAL}{_digest(text)}\n{text}"


def examine(path: Path) -> Condition:
    """Say how a file is found.

    A link is never ours: whoever put it there keeps the file elsewhere.

    Raises:
        InstallationError: It is there and cannot be read.
    """
    if path.is_symlink():
        return Condition.FOREIGN
    try:
        first, _, rest = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return Condition.ABSENT
    except OSError as error:
        raise InstallationError(f"{path} cannot be read: {error.strerror}") from error
    intact = first == f"{_SEAL}{_digest(rest)}".encode()
    return Condition.INTACT if intact else Condition.FOREIGN


def write(path: Path, text: str) -> bool:
    """Put a text under its seal into a file, whole or not at all, readable by everybody.

    Returns:
        Whether that changed anything.

    Raises:
        InstallationError: It cannot be written.
    """
    content = seal(text).encode()
    with contextlib.suppress(OSError):
        if not path.is_symlink() and path.read_bytes() == content:
            return False
    try:
        make_folder(path.parent)
        _replace(path, content)
    except OSError as error:
        raise InstallationError(f"{path} cannot be written: {error.strerror}") from error
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, open to nobody else.

    That is what the XDG Base Directory Specification says of folders that are not there yet.
    """
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _replace(path: Path, content: bytes) -> None:
    # In the same folder, so that it can be renamed; with a suffix that is no unit's.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), _MODE)  # whatever the umask
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _digest(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
