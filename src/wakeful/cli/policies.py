"""What a job wants done about slots that cannot simply be served, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.cli import moments
from wakeful.cli.documents import DURATIONS
from wakeful.cli.table import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wakeful.client.records import Policies

_USUAL: Final = {
    "priority": "normal",
    "dst": "debian",
    "missed": "run-once",
    "on_sleep": "continue",
}


def policy_facts(policies: Policies) -> Iterator[tuple[str, Cell]]:
    """Give labels and values of what applies to a job and does not go without saying."""
    missed, on_sleep = dict(policies.missed), dict(policies.on_sleep)
    if missed.get("policy") != "run-all":
        missed.pop("cap", None)
    if on_sleep.get("policy") != "hold":
        on_sleep.pop("at_most", None)
    for label, key, text in (
        ("Priority", "priority", policies.priority),
        ("Clock change", "dst", policies.dst),
        ("If missed", "missed", _text(missed)),
        ("Only when", "when", _text(policies.when)),
        ("Wakes", "wake", _text(policies.wake)),
        ("On sleep", "on_sleep", _text(on_sleep)),
    ):
        if text != _USUAL.get(key):
            yield label, Cell(text)


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
