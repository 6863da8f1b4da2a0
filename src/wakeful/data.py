"""The files in ``data/`` that are needed at run time: shipped in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_PLACES = (_PACKAGE / "data", _PACKAGE.parent.parent / "data")


def data_path(name: str) -> Path:
    """Find a data file by its name below ``data/``.

    Raises:
        FileNotFoundError: It is not installed.
    """
    for place in _PLACES:
        if (path := place / name).exists():
            return path
    raise FileNotFoundError(f"{name} is not installed; looked in {', '.join(map(str, _PLACES))}")


def read_data(name: str) -> str:
    """Read a data file."""
    return data_path(name).read_text(encoding="utf-8")
