"""A file, as a kind of job looks at it while it checks a definition."""

from __future__ import annotations

from typing import NamedTuple


class FileFacts(NamedTuple):
    """What is known of one path. Where we may not look, nothing is there.

    Attributes:
        exists: Whether anything is there.
        is_file: Whether it is a regular file, or a link to one.
        readable, executable: Whether we may read it, and run it.
        first_line: Of a readable file, as much as the kernel looks at to find the interpreter.
    """

    exists: bool = False
    is_file: bool = False
    readable: bool = False
    executable: bool = False
    first_line: bytes = b""
