"""Forms of values: how durations, sizes, windows and days may be written, for models."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from wakeful.core.duration import parse_duration
from wakeful.core.exclusion import check_exclusion
from wakeful.core.size import parse_size
from wakeful.core.window import Window, parse_window, window_between


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a duration: a text such as 90s or 1h30m, or seconds")  # noqa: TRY004
    return parse_duration(value)


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a size: a text such as 512K or 10M, or bytes")  # noqa: TRY004
    return parse_size(value)


def _window(value: object) -> Window | None:
    if value is None or isinstance(value, Window):
        return value
    if isinstance(value, str):
        return parse_window(value)
    match value:
        case [str(begin), str(end)]:
            return window_between(begin, end)
    raise ValueError("must be two times of the day: a text such as 08:00-18:00, or a list of two")


def _exclusion(text: str) -> str:
    check_exclusion(text)
    return text


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": r"^\s*((\d+(\.\d+)?[smhdwSMHDW])+|\d+(\.\d+)?)\s*$",
                },
                {"type": "number", "minimum": 0},
            ]
        }
    ),
]
Size = Annotated[
    int,
    BeforeValidator(_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*\d+\s*[kmgKMG]?([iI]?[bB])?\s*$"},
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]

_TIME = r"\d{1,2}:[0-5]\d(:[0-5]\d)?"
Between = Annotated[
    Any,
    BeforeValidator(_window),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": rf"^\s*{_TIME}\s*-\s*{_TIME}\s*$"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": rf"^\s*{_TIME}\s*$"},
                    "minItems": 2,
                    "maxItems": 2,
                },
                {"type": "null"},
            ]
        }
    ),
]
_DAY = r"(\d{4}-)?\d{2}-\d{2}"
Exclusion = Annotated[
    str,
    AfterValidator(_exclusion),
    Field(json_schema_extra={"pattern": rf"^\s*{_DAY}\s*(\.\.\s*{_DAY}\s*)?$"}),
]
