"""The JSON Schema of the configuration file, made of the models that read it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from wakeful.config.model import (
    NOT_YET_KEYS,
    NOT_YET_SCHEDULES,
    NOT_YET_SECTIONS,
    TRIGGER_KEYS,
    JobModel,
    SchedulesModel,
)
from wakeful.config.policies import POLICIES, PolicyKey
from wakeful.core.errors import UnavailableError
from wakeful.services.registry import Registry

if TYPE_CHECKING:
    from wakeful.services.ports import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "https://wakeful.readthedocs.io/config.schema.json"
_LATER = "Not supported yet."
_COMMENTS = {r"^(\$comment$|//)": {"description": "For people; ignored."}}
"""Keys that `document.without_comments` leaves out, wherever they stand."""

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Describe the whole file; with the kinds of job that are installed.

    What needs more than the file to judge (does the script exist, can the cron expression ever
    fire) is left to ``wakeful check-config``.
    """
    definitions: Schema = {}
    schedules = _of_model(SchedulesModel, "schedules", definitions)
    schedules["properties"]["resume"] = definitions.pop("schedules-ResumeModel")
    schedules["properties"]["jobs"]["items"] = {"$ref": "#/$defs/job"}
    schedules["properties"] |= {key: {"description": _LATER} for key in NOT_YET_SCHEDULES}
    definitions["job"] = _job(definitions)
    for described in (schedules, definitions):
        _allow_comments(described)
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "Configuration of Wakeful",
        "description": "The file config.json; sections of other programs may stand beside ours.",
        "type": "object",
        "properties": {
            "$schema": {"type": "string", "description": "Where editors find this description."},
            "schedules": schedules,
            **{section: {"description": _LATER} for section in NOT_YET_SECTIONS},
        },
        "$defs": definitions,
    }


def _job(definitions: Schema) -> Schema:
    job = _of_model(JobModel, "job", definitions)
    for key in TRIGGER_KEYS:
        if key in job["properties"]:
            job["properties"][key] = _without_null(job["properties"][key])
    job["properties"] |= {
        key: _policy(key, policy, definitions) for key, policy in POLICIES.items()
    }
    job["properties"] |= {
        key: {
            "description": f"{_LATER} These values ask for nothing else than what happens now.",
            "enum": list(harmless),
        }
        for key, harmless in NOT_YET_KEYS.items()
        if harmless
    }
    # The keys of a kind are known only with the key that names the kind.
    del job["additionalProperties"]
    job["oneOf"] = _kinds(definitions)
    job["allOf"] = [{"not": {"required": list(pair)}} for pair in combinations(TRIGGER_KEYS, 2)]
    job["unevaluatedProperties"] = False
    return job


def _policy(key: str, policy: PolicyKey, definitions: Schema) -> Schema:
    """Describe a key that may hold a word instead of an object."""
    forms = [_of_model(policy.model, key, definitions)]
    if policy.words:
        forms.insert(0, {"enum": list(policy.words)})
    elif policy.switch:
        forms.insert(0, {"type": "boolean"})
    described: Schema = {"description": policy.description, "anyOf": forms}
    if policy.examples:
        described["examples"] = list(policy.examples)
    if policy.default is not None:
        described["default"] = policy.default
    return described


def _kinds(definitions: Schema) -> list[Schema]:
    registry: Registry[Kind] = Registry("wakeful.kinds", "KIND")
    found: list[Schema] = []
    for name in sorted(registry.names()):
        try:
            kind = registry.get(name)
        except UnavailableError:
            continue
        options = _of_model(kind.options, name, definitions)
        found.append(
            {
                "title": name,
                "properties": options["properties"],
                "required": sorted({name, *options.get("required", ())}),
            }
        )
    return found


def _of_model(model: type[Any], name: str, definitions: Schema) -> Schema:
    """Describe one model; the models in it become definitions of the whole."""
    schema: Schema = model.model_json_schema(ref_template=f"#/$defs/{name}-{{model}}")
    for inner, described in schema.pop("$defs", {}).items():
        definitions[f"{name}-{inner}"] = _without_titles(described)
    described = _without_titles(schema)
    assert isinstance(described, dict)  # noqa: S101 - as it came
    return described


def _without_titles(schema: object) -> object:
    """Leave out the titles that pydantic makes of the names."""
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [_without_titles(value) for value in schema]
    return schema


def _allow_comments(schema: object) -> None:
    """Allow keys for people in every object that allows no other keys than its own."""
    if isinstance(schema, dict):
        for inner in list(schema.values()):
            _allow_comments(inner)
        if False in (schema.get("additionalProperties"), schema.get("unevaluatedProperties")):
            schema["patternProperties"] = _COMMENTS
    elif isinstance(schema, list):
        for inner in schema:
            _allow_comments(inner)


def _without_null(schema: Schema) -> Schema:
    """Leave out null: it is what the model has for a key that is not there."""
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    choices = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    return {**kept, **(choices[0] if len(choices) == 1 else {"anyOf": choices})}
