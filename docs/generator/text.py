"""Markdown, as far as the reference pages need it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import Enum


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
    texts: dict[str, str] = {}
    name = ""
    for statement in definition.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            texts.setdefault(name, str(statement.value.value))
        else:
            name = ""
    return [(str(member.value), texts.get(member.name, "")) for member in kind]
