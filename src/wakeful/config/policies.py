"""The keys of a job that may hold an object: what is done about its slots, and in which events.

A word stands for an object with nothing but that word. Loaded only where a job has such a key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError

from wakeful.config.forms import Duration  # noqa: TC001 - pydantic reads the annotations
from wakeful.config.model import Strict
from wakeful.config.report import join, problems_of
from wakeful.core.instant import from_timedelta
from wakeful.core.policy import (
    DEFAULT_CAP,
    AtDeadline,
    Conditions,
    Missed,
    MissedAction,
    Occasion,
    OnSleep,
    SleepPolicy,
    Wake,
)
from wakeful.core.problem import nearest
from wakeful.core.trigger import OccasionTrigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wakeful.config.report import Report

Percent = Annotated[int, Field(ge=0, le=100)]


class OccasionModel(Strict):
    """An event, and what is asked of it."""

    event: Annotated[
        Literal["resume", "before-sleep", "boot", "login", "unlock", "ac", "battery", "network"],
        Field(description="What has to occur."),
    ]
    after: Annotated[
        Duration | None,
        Field(
            description="With resume: only after the machine was asleep for so long.",
            examples=["1h"],
        ),
    ] = None


class MissedModel(Strict):
    """What is done about slots that passed while nobody could serve them."""

    policy: Annotated[
        Literal["run-once", "run-all", "skip", "ask"],
        Field(
            description="run-once: the last is made up for; run-all: each is, one after the other;"
            " skip: none is; ask: a person decides."
        ),
    ] = "run-once"
    within: Annotated[
        Duration | None,
        Field(
            description="How late a slot may be and still be made up for; else until the next one"
            " comes, with run-all without limit.",
            examples=["2d"],
        ),
    ] = None
    cap: Annotated[
        int | None,
        Field(description=f"With run-all, how many at most; else {DEFAULT_CAP}.", ge=1),
    ] = None


class WhenModel(Strict):
    """What has to hold before a slot is served; until then it waits."""

    ac: Annotated[bool | None, Field(description="On mains power; with false: on battery.")] = None
    battery_above: Annotated[
        Percent | None,
        Field(
            description="Charge in percent, at least; holds on mains power anyway.", examples=[30]
        ),
    ] = None
    idle: Annotated[
        Duration | None, Field(description="Nobody used the machine for so long.", examples=["5m"])
    ] = None
    metered: Annotated[
        bool | None, Field(description="Whether the network must be metered, or must not.")
    ] = None
    network: Annotated[bool | None, Field(description="Whether there is a network.")] = None
    load_below: Annotated[
        float | None,
        Field(description="The load average of one minute, less than.", gt=0, examples=[2.0]),
    ] = None
    deadline: Annotated[
        Duration | None,
        Field(
            description="How long after its time a slot waits at most; else until the next one.",
            examples=["4h"],
        ),
    ] = None
    at_deadline: Annotated[
        Literal["run", "miss"], Field(description="What happens to the slot then.")
    ] = "miss"


class WakeModel(Strict):
    """That, and how, a job wakes the machine for its slots."""

    lead: Annotated[
        Duration,
        Field(
            description="How long before the slot the machine is woken.",
            examples=["1m"],
            json_schema_extra={"default": "0s"},
        ),
    ] = timedelta(0)
    battery_above: Annotated[
        Percent,
        Field(
            description="Charge in percent below which it is left asleep, unless on mains power."
        ),
    ] = 20
    lid: Annotated[bool, Field(description="Whether it is woken with its lid closed, too.")] = True


class OnSleepModel(Strict):
    """What happens to running executions when the machine is about to sleep."""

    policy: Annotated[
        Literal["continue", "freeze", "stop", "hold"],
        Field(
            description="continue: nothing; freeze: they are stopped, and go on after the sleep;"
            " stop: they are ended; hold: the machine is kept awake until they have ended."
        ),
    ] = "continue"
    at_most: Annotated[
        Duration | None,
        Field(
            description="With hold: how long sleep is put off at most; else 30 minutes.",
            examples=["30m"],
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """A key that may hold an object.

    Attributes:
        model: The object.
        description: What it is for.
        word: The key of the object that a single word stands for; empty if none does.
        switch: Whether true and false stand for an object, and for none.
        default: What goes without saying; None: nothing does.
        examples: Of what may be written.
    """

    model: type[Strict]
    description: str
    word: str = ""
    switch: bool = False
    default: object = None
    examples: tuple[object, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words that may stand alone."""
        if not self.word:
            return ()
        return get_args(self.model.model_fields[self.word].annotation)

    @property
    def forms(self) -> str:
        """What may be written, in words."""
        words = [f"'{word}'" for word in self.words] or (["true, false"] if self.switch else [])
        return ", ".join([*words, "or an object"]) if words else "an object"


POLICIES: Mapping[str, PolicyKey] = {
    "on": PolicyKey(
        OccasionModel,
        "When: at each such event.",
        word="event",
        examples=("resume", {"event": "resume", "after": "1h"}),
    ),
    "missed": PolicyKey(
        MissedModel,
        "What is done about slots that passed while nobody could serve them.",
        word="policy",
        default="run-once",
        examples=("skip", {"policy": "run-once", "within": "2d"}),
    ),
    "when": PolicyKey(
        WhenModel,
        "What has to hold before a slot is served; until then it waits.",
        examples=({"ac": True, "idle": "5m", "deadline": "4h"},),
    ),
    "wake": PolicyKey(
        WakeModel,
        "Whether the machine is woken for its slots, and how.",
        switch=True,
        default=False,
        examples=(True, {"lead": "1m", "battery_above": 50}),
    ),
    "on_sleep": PolicyKey(
        OnSleepModel,
        "What happens to running executions when the machine is about to sleep.",
        word="policy",
        default="continue",
        examples=("freeze", {"policy": "hold", "at_most": "30m"}),
    ),
}


class PolicyReading:
    """Reads these keys of one definition.

    Args:
        raw: The definition.
        base: Its place in the document.
        report: Takes note of problems.
    """

    def __init__(self, raw: Mapping[str, Any], base: str, report: Report) -> None:
        self._raw = raw
        self._base = base
        self._report = report

    def check_effects(self, trigger_key: str) -> None:
        """Warn of keys that have no effect with such a trigger, or without one."""
        if trigger_key not in ("on", ""):
            return
        found = [key for key in ("missed", "wake") if self._raw.get(key, False) is not False]
        why = "only what is planned can be missed, or woken for"
        if not trigger_key:
            found += [key for key in ("when", "max_runs") if self._raw.get(key)]
            why = "without a trigger, nothing is planned"
        for key in found:
            self._report(key, f"has no effect: {why}", warning=True)

    def occasion(self) -> OccasionTrigger | None:
        """Read ``on``; None if it is wrong."""
        found = self._read("on")
        if not isinstance(found, OccasionModel):
            return None
        occasion = Occasion(found.event)
        if found.after is None:
            return OccasionTrigger(occasion)
        if occasion is not Occasion.RESUME:
            self._report("on.after", "is for the event 'resume' only")
            return None
        return OccasionTrigger(occasion, from_timedelta(found.after))

    def missed(self) -> Missed:
        """Read ``missed``."""
        found = self._read("missed")
        if not isinstance(found, MissedModel):
            return Missed()
        action = MissedAction(found.policy)
        if found.cap is not None and action is not MissedAction.RUN_ALL:
            self._report("missed.cap", "has no effect without 'run-all'", warning=True)
        if found.within is not None and action is MissedAction.SKIP:
            self._report("missed.within", "has no effect with 'skip'", warning=True)
        return Missed(action=action, within=found.within, cap=found.cap or DEFAULT_CAP)

    def conditions(self) -> Conditions | None:
        """Read ``when``; None if there is nothing to wait for."""
        found = self._read("when")
        if not isinstance(found, WhenModel):
            return None
        conditions = Conditions(
            ac=found.ac,
            battery_above=found.battery_above,
            idle=found.idle,
            metered=found.metered,
            online=found.network,
            load_below=found.load_below,
        )
        if conditions == Conditions():
            for key in sorted(found.model_fields_set & {"deadline", "at_deadline"}):
                message = "has no effect: there is nothing to wait for"
                self._report(f"when.{key}", message, warning=True)
            return None
        at_deadline = AtDeadline(found.at_deadline)
        return replace(conditions, deadline=found.deadline, at_deadline=at_deadline)

    def wake(self) -> Wake | None:
        """Read ``wake``; None if the machine is not woken."""
        found = self._read("wake")
        if not isinstance(found, WakeModel):
            return None
        return Wake(lead=found.lead, battery_above=found.battery_above, lid=found.lid)

    def on_sleep(self) -> SleepPolicy:
        """Read ``on_sleep``."""
        found = self._read("on_sleep")
        if not isinstance(found, OnSleepModel):
            return SleepPolicy()
        action = OnSleep(found.policy)
        if found.at_most is None:
            return SleepPolicy(action=action)
        if action is not OnSleep.HOLD:
            self._report("on_sleep.at_most", "has no effect without 'hold'", warning=True)
        return SleepPolicy(action=action, at_most=found.at_most)

    def _read(self, key: str) -> Strict | None:
        """Read one key; None if it is not there, switched off, or wrong."""
        if key not in self._raw:
            return None
        value, policy = self._raw[key], POLICIES[key]
        if policy.switch and isinstance(value, bool):
            value = {} if value else None
            if value is None:
                return None
        if policy.word and isinstance(value, str):
            if value not in policy.words:
                hint = nearest(value, policy.words)
                self._report(key, f"must be {policy.forms}", hint)
                return None
            value = {policy.word: value}
        if not isinstance(value, dict):
            self._report(key, f"must be {policy.forms}")
            return None
        try:
            return policy.model.model_validate(value)
        except ValidationError as error:
            place = join(self._base, [key])
            for problem in problems_of(error, place, policy.model.model_fields):
                self._report(
                    problem.path.removeprefix(self._base).lstrip("."), problem.message, problem.hint
                )
            return None
