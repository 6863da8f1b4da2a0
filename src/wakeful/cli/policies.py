"""What a job wants done about slots that cannot simply be served, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.cli import moments
from wakeful.cli.documents import DURATIONS
from wakeful.cli.table import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wakeful.client.records import Policies

_USUAL = "normal"


def policy_facts(policies: Policies) -> Iterator[tuple[str, Cell]]:
    """Give labels and values of what applies to a job and does not go without saying."""
    if policies.priority != _USUAL:
        yield "Priority", Cell(policies.priority)
    yield "Clock change", Cell(policies.dst)
    missed = dict(policies.missed)
    if missed.get("policy") != "run-all":
        missed.pop("cap", None)
    yield "If missed", Cell(_text(missed))
    yield "Only when", Cell(_text(policies.when))
    yield "Wakes", Cell(_text(policies.wake))
    on_sleep = dict(policies.on_sleep)
    if on_sleep.get("policy") != "hold":
        on_sleep.pop("at_most", None)
    yield "On sleep", Cell(_text(on_sleep))


def _text(values: Mapping[str, object]) -> str:
    """Write keys and values as one line; the word that stands for the whole comes first."""
    parts = [str(values["policy"])] if "policy" in values else []
    parts += [
        f"{key.replace('_', ' ')} {_value(key, value)}"
        for key, value in values.items()
        if key != "policy"
    ]
    return ", ".join(parts)


def _value(key: str, value: object) -> str:
    if key in DURATIONS and isinstance(value, int):
        return moments.lasted(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
