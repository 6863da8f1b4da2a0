"""The page of states, causes and reasons: the words that records are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.text import code, members, table, words
from wakeful.core import condition, decision
from wakeful.core.execution import Cause, ExecutionState
from wakeful.core.job import Overlap
from wakeful.core.period import PeriodKind
from wakeful.core.plan import LATEST_WITHOUT_PERIOD, PUNCTUAL, Reason, SlotState
from wakeful.core.problem import Severity
from wakeful.services.state_keeper import original_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum

_UNSAID = {ExecutionState.RUNNING: "Its process exists."}
_OPEN = [
    ("planned", "It is to come."),
    ("deferred", "It came, and waits."),
]
_CLOSED = [
    ("executed", "There is an execution of it, which has a state of its own."),
]
_UNKNOWN = [
    ("unknown", "Nothing is on record: the job was not in force then."),
]
_WAITING = {
    Reason.ASLEEP: "The machine is about to sleep.",
    Reason.SHUTDOWN: "The daemon is stopping; the next one serves it.",
    Reason.LIMIT: "As many missed slots are being made up for as may be at once.",
    Reason.OVERLAP: "With `run-all`: the one before is still running.",
}
_ONLY_WAITING = {Reason.SHUTDOWN}
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
    yield "## States of a slot"
    yield "The first two are open. The others never change, but for `unknown`, which is none."
    states = [*_OPEN, *_CLOSED, *members(SlotState), *_UNKNOWN]
    yield table(("State", "Meaning"), [(code(word), meaning) for word, meaning in states])
    yield "## Reasons why a slot was not executed"
    yield (
        "Of a slot that is `coalesced`, `skipped` or `missed`. A slot that had been waiting may"
        " also have the reason for which it [waited](#reasons-why-a-slot-waits): then its deadline"
        " came, or the next slot of the job."
    )
    yield table(
        ("Reason", "Meaning"),
        [(code(word), meaning) for word, meaning in members(Reason) if word not in _ONLY_WAITING],
    )
    yield (
        "Unless the job says otherwise with `missed`, a slot can be made up for until the next"
        f" slot of its job comes, or for {LATEST_WITHOUT_PERIOD // _HOUR} hours if there is none."
        " After that it is `missed`, for the reason `too-late`."
    )
    yield "## Reasons why a slot waits"
    yield "Of a slot that is `deferred`. `wakeful why` says the same in a sentence."
    waiting = [
        *words(condition),
        *words(decision),
        *((str(reason), meaning) for reason, meaning in _WAITING.items()),
    ]
    yield table(("Reason", "Meaning"), [(code(word), meaning) for word, meaning in waiting])
    yield (
        "`condition:network` is also the reason of what is not made up for yet because `resume`"
        " waits for a network. With `condition:answer`, a slot may be `skipped`, too: a person"
        " said so."
    )
    yield "## Kinds of periods"
    yield (
        "What `wakeful power` lists, and where the reasons of slots that passed unattended come"
        " from."
    )
    yield _table("Kind", PeriodKind)
    yield "## Overlap"
    yield _table("Value", Overlap)
    yield "## Severity of a problem in the configuration"
    yield _table("Severity", Severity)


def _table(head: str, kind: type[Enum]) -> str:
    return table((head, "Meaning"), [(code(word), meaning) for word, meaning in members(kind)])
