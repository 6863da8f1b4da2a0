"""Markdown, as far as the reference pages need it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from enum import Enum
    from types import ModuleType


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table."""
    lines = [head, ["---"] * len(head), *([_cell(one) for one in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def code(text: str) -> str:
    """Mark a text as code."""
    return f"`{text}`"


def prose(text: str) -> str:
    """Take the indentation and the markup of a docstring off a text."""
    return inspect.cleandoc(text).replace("``", "`")


def first_sentence(text: str | None) -> str:
    """Give what a docstring says in its first line."""
    return prose(text or "").partition("\n")[0]


def members(kind: type[Enum]) -> list[tuple[str, str]]:
    """Give the values of an enumeration, and what is written below each."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    (definition,) = tree.body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class
    texts = dict(_documented(definition.body))
    return [(str(member.value), texts.get(member.name, "")) for member in kind]


def words(module: ModuleType) -> list[tuple[str, str]]:
    """Give the texts that a module names, and what is written below each."""
    named = ((getattr(module, name), text) for name, text in _documented(_body(module)))
    return [(value, text) for value, text in named if isinstance(value, str)]


def _body(module: ModuleType) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(module)).body


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Give the names that are assigned to and have a text below, with that text."""
    name = ""
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            continue
        if name and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            yield name, str(statement.value.value)
        name = ""
