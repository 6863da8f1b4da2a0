"""A document, from a file to its JSON; what it says is for others to check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wakeful.config.texts import fault_of
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_DOCUMENT = 16 * 1024 * 1024


def parse_document(content: bytes, path: Path) -> dict[str, Any]:
    """Parse a document as far as JSON goes.

    Raises:
        InvalidConfigurationError: It is too large, not JSON, not an object, or has a key twice.
    """
    if len(content) > LARGEST_DOCUMENT:
        raise rejected(path, [Problem(path="", message="the file is larger than 16 MiB")])
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_without_duplicates, parse_constant=_no
        )
    except UnicodeDecodeError as error:
        raise rejected(path, [Problem(path="", message="the file is not UTF-8 text")]) from error
    except json.JSONDecodeError as error:
        text = f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise rejected(path, [Problem(path="", message=text)]) from error
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise rejected(path, [Problem(path="", message=message)]) from error
    if not isinstance(document, dict):
        raise rejected(path, [Problem(path="", message="the file must hold a JSON object")])
    return document


def without_comments(value: Any) -> Any:  # noqa: ANN401 - any JSON value, and the same without
    """Leave out what is for people: keys that are ``$comment`` or begin with ``//``."""
    if isinstance(value, dict):
        return {
            key: without_comments(inner)
            for key, inner in value.items()
            if key != "$comment" and not key.startswith("//")
        }
    return [without_comments(inner) for inner in value] if isinstance(value, list) else value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key '{key}' stands twice in one object")
            seen.add(key)
    for key in found:
        if fault := fault_of(key):
            raise ValueError(f"the key {key!r} {fault}")
    return found


def _no(constant: str) -> object:
    raise ValueError(f"not JSON: {constant} is not a number in JSON")


def rejected(path: Path, problems: list[Problem]) -> InvalidConfigurationError:
    """Make the error for a document that cannot be used."""
    return InvalidConfigurationError(path=str(path), problems=tuple(problems))


def read_bytes(path: Path) -> bytes:
    """Read a file, never more than is acceptable.

    Raises:
        InvalidConfigurationError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_DOCUMENT + 1)
    except FileNotFoundError as error:
        raise rejected(path, [Problem(path="", message="the file does not exist")]) from error
    except OSError as error:
        text = f"the file cannot be read: {error.strerror}"
        raise rejected(path, [Problem(path="", message=text)]) from error
