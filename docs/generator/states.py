"""The page of states, causes and reasons: the words that records are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.text import code, members, table
from wakeful.core.execution import Cause, ExecutionState
from wakeful.core.job import Overlap
from wakeful.core.plan import LATEST_WITHOUT_PERIOD, PUNCTUAL, Reason, SlotState
from wakeful.core.problem import Severity
from wakeful.services.state_keeper import original_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum

_UNSAID = {ExecutionState.RUNNING: "Its process exists."}
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND


def page() -> Iterator[str]:
    """Give title and sections."""
    yield "# States and reasons"
    yield "These words are stable: programs may compare them."
    yield "## States of an execution"
    yield "Only `queued` and `running` are followed by another state. A final state never changes."
    yield table(
        ("State", "Meaning", "In `state.json`"),
        [
            (
                code(word),
                meaning or _UNSAID[ExecutionState(word)],
                code(original_word(ExecutionState(word))),
            )
            for word, meaning in members(ExecutionState)
        ],
    )
    yield (
        "The `reason` of an execution is a sentence for people: `exit status 3`,"
        " `killed by signal 9`, `took longer than 2s`."
    )
    yield "## Causes of an execution"
    yield _table("Cause", Cause)
    yield (
        f"A slot counts as punctual for {PUNCTUAL // _SECOND} seconds;"
        " what starts later has the cause `catch-up`."
    )
    yield "## States of a slot that was not executed"
    yield _table("State", SlotState)
    yield "## Reasons why a slot was not executed"
    yield _table("Reason", Reason)
    yield (
        "A slot can be made up for until the next slot of its job comes, or for"
        f" {LATEST_WITHOUT_PERIOD // _HOUR} hours if there is none."
        " After that it is `missed`, for the reason `too-late`."
    )
    yield "## Overlap"
    yield _table("Value", Overlap)
    yield "## Severity of a problem in the configuration"
    yield _table("Severity", Severity)


def _table(head: str, kind: type[Enum]) -> str:
    return table((head, "Meaning"), [(code(word), meaning) for word, meaning in members(kind)])
