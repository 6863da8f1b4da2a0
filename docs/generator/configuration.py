"""The page of the configuration file, from the schema that its models give."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from generator.text import code, first_sentence, table
from wakeful.config.model import POLICY_KEYS, TRIGGER_KEYS
from wakeful.config.schema import json_schema
from wakeful.services.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wakeful.services.ports import Kind, Notifier

Schema = dict[str, Any]

_LATER = "Not supported yet"
_WITHOUT_EFFECT = ("execution_mode",)
"""Kept for clients of the flat bus interface, who read it."""
_REFINING_KEYS = ("between", "exclude", "not_before", "not_after", "max_runs", "jitter", "dst")
_INTRODUCTION = """\
One JSON document, `config.json`. The daemon notices within a second when it changes, and puts it in
force. `wakeful check-config` looks for mistakes; `wakeful schema` prints the JSON Schema.

- A key named `$comment`, or beginning with `//`, is for people and ignored.
- `$schema` tells an editor where the schema is. Other sections are left alone, with a warning.
- A mistake in one job keeps that job from running, and no other. It is listed with its error.
- A file that is not JSON, or wrong where it concerns all jobs, changes nothing: what was in force
  stays in force."""
_FORMS = """\
- A **duration** is a text such as `90s`, `15m`, `2h`, `3d`, `1w`, a sum of these such as `1h30m`,
  or a number of seconds.
- A **size** is a text such as `512K`, `10M`, `1G`, in powers of 1024, or a number of bytes.
- An **instant** is ISO 8601, such as `2027-01-01T03:00:00+01:00`. Without an offset it is in the
  time zone of the job.
- A **path** may begin with `~`. One that is not absolute starts in the folder of the
  configuration."""


def page() -> Iterator[str]:
    """Give title and sections."""
    schema = json_schema()
    job = schema["$defs"]["job"]
    yield "# Configuration"
    yield _INTRODUCTION
    yield "## Forms of values"
    yield _FORMS
    yield "## `schedules`"
    yield _keys(schema["properties"]["schedules"], leave_out=_WITHOUT_EFFECT)
    yield "### `resume`"
    yield _keys(schema["properties"]["schedules"]["properties"]["resume"])
    yield "## A job"
    yield (
        "An object in the list `jobs`. It has a name, one [kind](#kinds) with its keys,"
        " at most one [trigger](#triggers), and any of the keys below."
    )
    yield _keys(job, leave_out=(*TRIGGER_KEYS, *_REFINING_KEYS))
    for key in (key for key in POLICY_KEYS if key not in TRIGGER_KEYS):
        yield f"### `{key}`"
        yield _keys(_object_in(job["properties"][key]))
    yield "## Triggers"
    yield (
        "A job without one runs when somebody asks."
        " How to choose: [Pick a trigger](../how-to/pick-a-trigger.md)."
    )
    yield _keys(job, only=TRIGGER_KEYS)
    yield "### `on`"
    yield _keys(_object_in(job["properties"]["on"]))
    yield "### Which slots count"
    yield "With `cron`, `calendar` and `every`; `max_runs` with `on`, too."
    yield _keys(job, only=_REFINING_KEYS)
    yield "## Kinds"
    yield (
        "The key that says what a job does. How to write each:"
        " [Write a job of each kind](../how-to/write-a-job.md)."
    )
    kinds: Registry[Kind] = Registry("wakeful.kinds", "KIND")
    for kind in job["oneOf"]:
        name = kind["title"]
        yield f"### `{name}`"
        yield first_sentence(type(kinds.get(name)).__doc__)
        yield _keys(kind)
    yield "## Targets of `notify`"
    yield _notifiers()


def _object_in(schema: Schema) -> Schema:
    """Give the object among the forms of a value."""
    return next(one for one in schema["anyOf"] if one.get("type") == "object")


def _notifiers() -> str:
    notifiers: Registry[Notifier] = Registry("wakeful.notifiers", "NOTIFIER")
    return table(
        ("Target", "What happens there"),
        [
            (code(name), _what_module_says(notifiers.get(name)))
            for name in sorted(notifiers.names())
        ],
    )


def _what_module_says(thing: object) -> str:
    module = inspect.getmodule(type(thing))
    text = first_sentence(module.__doc__ if module else "").partition(": ")[2]
    return text[:1].upper() + text[1:]


def _keys(schema: Schema, *, only: Iterable[str] = (), leave_out: Iterable[str] = ()) -> str:
    properties: Mapping[str, Schema] = schema["properties"]
    required = schema.get("required", ())
    return table(
        ("Key", "Value", "Default", "Meaning"),
        [
            (
                code(name),
                _form(one),
                "required" if name in required else _default(one),
                _meaning(one),
            )
            for name, one in properties.items()
            if not one.get("description", "").startswith(_LATER)
            and name not in leave_out
            and (not only or name in only)
        ],
    )


def _meaning(schema: Schema) -> str:
    text = str(schema.get("description", ""))
    for example in schema.get("examples", ())[:2]:
        text += f" `{json.dumps(example)}`"
    return text


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value in (None, ""):
        return ""
    if _form(schema) == "size" and isinstance(value, int):
        return code(json.dumps(f"{value // 1024**2}M"))
    return code(json.dumps(value))


def _form(schema: Schema) -> str:
    """Say in words what a value is."""
    if "anyOf" in schema:
        return _form_of_choices(schema["anyOf"])
    for key in ("enum", "const"):
        if key in schema:
            values = schema[key] if key == "enum" else [schema[key]]
            return " or ".join(code(json.dumps(value)) for value in values)
    match schema.get("type"):
        case "array":
            inner = schema.get("items", {})
            return "list of texts" if inner.get("type") == "string" else "list of objects"
        case "object":
            inner = schema.get("additionalProperties")
            return "object of texts" if isinstance(inner, dict) else "object"
        case kind:
            words = {"string": "text", "boolean": "`true` or `false`", "integer": "number"}
            return words.get(str(kind), str(kind))


def _form_of_choices(choices: list[Schema]) -> str:
    pattern = next((one["pattern"] for one in choices if "pattern" in one), "")
    if "smhdw" in pattern:
        return "duration"
    if "KMG" in pattern:
        return "size"
    if any("anyOf" in one for one in choices):
        return " or ".join(_form(one) for one in choices if one.get("type") != "null")
    return " or ".join(dict.fromkeys(_form(one) for one in choices if one.get("type") != "null"))
