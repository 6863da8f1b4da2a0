#!/usr/bin/env python3
"""Writes the reference pages below ``docs/reference`` from the code; ``--check`` only compares.

What a page says of a key, a member or an option stands in the code beside it, and nowhere else.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FOLDER = Path(__file__).parent
REFERENCE = FOLDER / "reference"
COMMAND = "python docs/generate.py"
NOTICE = f"<!-- Written by `{COMMAND}` from the code. Change the code, and run it again. -->"


def pages() -> dict[Path, str]:
    """Give the text of every generated page."""
    return {
        REFERENCE / f"{name.replace('_', '-')}.md": _page(name)
        for name in ("configuration", "d_bus", "command_line", "states")
    }


def _page(name: str) -> str:
    module = importlib.import_module(f"generator.{name}")
    compose: Callable[[], Iterable[str]] = module.page
    title, *parts = compose()
    return "\n\n".join([title, NOTICE, *parts]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or say which of them are not up to date."""
    outdated = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in outdated:
        sys.stdout.write(f"{path.relative_to(FOLDER.parent)}\n")
    if "--check" in arguments:
        if outdated:
            sys.stdout.write(f"not up to date; run: {COMMAND}\n")
        return 1 if outdated else 0
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
