"""Turns what pydantic finds into problems that a person understands.

Values are not repeated: they may be secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wakeful.core.problem import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "missing": "is required",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_pattern_mismatch": "must not contain the character NUL",
}


class Report(Protocol):
    """Takes note of a problem in a definition."""

    def __call__(self, key: str, message: str, hint: str = "", *, warning: bool = False) -> None:
        """Take note.

        Args:
            key: Where, from the top of the definition; empty for all of it.
            message: What is wrong.
            hint: What to do, or what was probably meant.
            warning: Whether the job runs all the same.
        """


def problems_of(
    error: ValidationError,
    base: str,
    known: Iterable[str],
    inner: Mapping[str, Iterable[str]] | None = None,
) -> Iterator[Problem]:
    """List what is wrong.

    Args:
        error: From pydantic.
        base: Where the validated object is: ``schedules.jobs[2]``.
        known: The keys that would have been right, for suggestions.
        inner: The same for objects in the object, by their key.
    """
    known = list(known)
    for detail in error.errors(include_url=False, include_input=True):
        path = join(base, detail["loc"])
        if detail["type"] == "extra_forbidden":
            *outer, key = map(str, detail["loc"])
            right = (inner or {}).get(outer[0], known) if outer else known
            yield Problem(path=path, message="unknown key", hint=nearest(key, list(right)))
        else:
            yield Problem(path=path, message=_sentence(detail))


def join(base: str, location: Iterable[str | int]) -> str:
    """Write a place in the document: ``schedules.jobs[2].env.PATH``."""
    path = base
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":
            path += f".{step}" if path else step
    return path


def _sentence(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}"
    expected = _EXPECTED.get(kind)
    if expected is None:
        message = detail["msg"].replace("Input should be", "must be", 1)
        return message[:1].lower() + message[1:]
    if not kind.endswith("_type"):
        return expected
    return f"{expected}, not {_type_name(detail['input'])}"


def _type_name(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", dict: "an object", type(None): "null"}
    if kind := names.get(type(value)):
        return "empty" if value in ("", [], {}) else kind
    return type(value).__name__
