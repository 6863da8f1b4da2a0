"""The schema for editors says what the reader says, as far as the file alone can tell."""

from __future__ import annotations

import json

import jsonschema
import pytest

from wakeful.config.model import JobModel
from wakeful.config.schema import DIALECT, json_schema
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Severity
from wakeful.kinds import python

JOB = {"name": "j", "command": ["true"]}


@pytest.fixture(scope="module")
def schema():
    return json_schema()


@pytest.fixture(scope="module")
def complaints(schema):
    validator = jsonschema.Draft202012Validator(schema)

    def complaints_(document):
        return [error.message for error in validator.iter_errors(document)]

    return complaints_


def document(*jobs, **schedules):
    return {"schedules": {"jobs": list(jobs), **schedules}}


GOOD = [
    {},
    {"$schema": "x", "schedules": {}, "slack": {"of": "another program"}},
    {"hypervisor": {"uri": "qemu:///system"}, "notifications": {"slack": {}}},
    document(
        enabled=False, timezone="Europe/Berlin", execution_mode="claude_cli", output_limit="1M"
    ),
    document(default_retry={"max_attempts": 1}, cron_scheduler_alias=True, output_limit=0),
    document(JOB, {"name": "k", "script": "x.sh", "args": ["-v"]}),
    document({"name": "p", "python": "a:b", "args": ["-v"], "interpreter": "python3"}),
    document(
        {**JOB, "cron": "@daily", "timezone": "Europe/Berlin", "tags": ["a"], "notify": ["log"]}
    ),
    document({**JOB, "every": "1h30m"}, {**JOB, "name": "k", "every": 90}),
    document({**JOB, "every": " 1H "}, {**JOB, "name": "k", "every": "90.5"}),
    document({**JOB, "at": "2027-01-01T03:00:00+01:00", "enabled": False}),
    document({**JOB, "timeout_seconds": 3600, "env": {"LANG": "C"}, "inputs": {"a": [1, None]}}),
    document({**JOB, "output_limit": "10 MiB", "overlap": "skip", "persona": "x"}),
    document({**JOB, "working_directory": None, "timezone": None, "timeout_seconds": None}),
    document({**JOB, "retry": {"max_attempts": 1}, "priority": "high", "wake": True}),
    document({**JOB, "$comment": "why", "//wake": "how", "wake": {"//": "x"}}, **{"//": "a"}),
    document({**JOB, "calendar": "Mon..Fri 09:00"}),
    document({**JOB, "on": "resume"}, {**JOB, "name": "k", "on": {"event": "boot"}}),
    document({**JOB, "on": {"event": "resume", "after": "1h"}, "max_runs": 3}),
    document({**JOB, "cron": "@daily", "dst": "skip", "jitter": "5m", "between": "22:00-6:00"}),
    document({**JOB, "every": "5m", "between": ["08:00", "24:00"], "not_before": "2027-01-01"}),
    document({**JOB, "every": "5m", "exclude": ["2027-01-01", "12-24 .. 12-31", "01-06"]}),
    document({**JOB, "every": "5m", "missed": "skip", "on_sleep": "freeze", "wake": False}),
    document({**JOB, "every": "5m", "missed": {"policy": "run-all", "within": "2d", "cap": 3}}),
    document({**JOB, "every": "5m", "on_sleep": {"policy": "hold", "at_most": "30m"}}),
    document({**JOB, "every": "5m", "wake": {"lead": 60, "battery_above": 50, "lid": False}}),
    document({**JOB, "every": "5m", "when": {"ac": True, "load_below": 2, "at_deadline": "run"}}),
    document({**JOB, "every": "5m", "when": {}}),
    document(resume={"settle": "20s", "network": True, "at_once": 1, "spacing": 5}),
    document(timezone="local", resume={}),
]
BAD = [
    [],
    {"schedules": []},
    document(enabled="yes"),
    document(execution_mode="magic"),
    document(output_limit="huge"),
    document(enabeld=True),
    document("backup"),
    document({"command": ["true"]}),
    document({"name": "j"}),
    document({**JOB, "name": ""}),
    document({**JOB, "name": "x" * 129}),
    document({**JOB, "name": 5}),
    document({**JOB, "tiemout": 5}),
    document({**JOB, "script": "x"}),
    document({**JOB, "args": ["x"]}),
    document({**JOB, "interpreter": "x"}),
    document({"name": "j", "script": "x", "interpreter": "y"}),
    document({"name": "j", "script": ""}),
    document({"name": "j", "command": []}),
    document({"name": "j", "command": "true"}),
    document({"name": "j", "skill": "coffee"}),
    document({**JOB, "cron": "@daily", "every": "5m"}),
    document({**JOB, "cron": "@daily", "at": "2027-01-01"}),
    document({**JOB, "every": "5m", "at": "2027-01-01"}),
    document({**JOB, "cron": 5}),
    document({**JOB, "cron": None}),
    document({**JOB, "every": None}),
    document({**JOB, "every": "soon"}),
    document({**JOB, "every": -1}),
    document({**JOB, "every": True}),
    document({**JOB, "timeout_seconds": "1h 30m"}),
    document({**JOB, "enabled": 1}),
    document({**JOB, "overlap": "queue"}),
    document({**JOB, "env": {"A": 1}}),
    document({**JOB, "env": {"A-B": "x"}}),
    document({**JOB, "env": {"WAKEFUL_JOB": "x"}}),
    document({**JOB, "notify": "log"}),
    document({**JOB, "output_limit": "1.5M"}),
    document({**JOB, "output_limit": -1}),
    document({**JOB, "retry": {"max_attempts": 3}}),
    document({**JOB, "calendar": 5}),
    document({**JOB, "on": "sunrise"}),
    document({**JOB, "on": None}),
    document({**JOB, "on": {"after": "1h"}}),
    document({**JOB, "on": "resume", "every": "5m"}),
    document({**JOB, "cron": "@daily", "dst": "never"}),
    document({**JOB, "every": "5m", "between": "8-18"}),
    document({**JOB, "every": "5m", "between": ["08:00"]}),
    document({**JOB, "every": "5m", "exclude": "12-24"}),
    document({**JOB, "every": "5m", "exclude": ["sat"]}),
    document({**JOB, "every": "5m", "jitter": -1}),
    document({**JOB, "every": "5m", "max_runs": 0}),
    document({**JOB, "every": "5m", "missed": "always"}),
    document({**JOB, "every": "5m", "missed": {"cap": 0}}),
    document({**JOB, "every": "5m", "missed": {"wihtin": "2d"}}),
    document({**JOB, "every": "5m", "when": {"battery_above": 101}}),
    document({**JOB, "every": "5m", "when": {"load_below": 0}}),
    document({**JOB, "every": "5m", "when": True}),
    document({**JOB, "every": "5m", "wake": "yes"}),
    document({**JOB, "every": "5m", "wake": {"lid": 1}}),
    document({**JOB, "every": "5m", "on_sleep": "explode"}),
    document({**JOB, "priority": "urgent"}),
    document(resume={"settel": "1s"}),
    document(resume={"at_once": 0}),
]


def errors(read, document):
    try:
        configuration = read(document)
    except InvalidConfigurationError as error:
        return error.problems
    return [one for one in configuration.problems if one.severity is Severity.ERROR]


def test_the_schema_is_one(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"].startswith("https://")
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("good", GOOD, ids=json.dumps)
def test_what_the_reader_accepts_the_schema_accepts(complaints, read, path, good):
    (path.parent / "x.sh").write_text("#!/bin/sh\n")
    assert complaints(good) == []
    assert list(errors(read, good)) == []


@pytest.mark.parametrize("bad", BAD, ids=json.dumps)
def test_what_the_schema_refuses_the_reader_refuses(complaints, read, path, bad):
    (path.parent / "x").write_text("#!/bin/sh\n")
    assert complaints(bad)
    assert errors(read, bad)


def test_every_key_of_a_job_is_described(schema):
    job = schema["$defs"]["job"]
    for key in JobModel.model_fields:
        assert job["properties"][key]["description"], key
    for kind in job["oneOf"]:
        for key, described in kind["properties"].items():
            assert described["description"], key
    assert [kind["title"] for kind in job["oneOf"]] == ["command", "python", "script"]


def test_examples_in_the_schema_are_right(schema):
    validator = jsonschema.Draft202012Validator
    job = schema["$defs"]["job"]
    described = {**job["properties"], **schema["properties"]["schedules"]["properties"]}
    for kind in job["oneOf"]:
        described |= kind["properties"]
    examples = [(one, example) for one in described.values() for example in one.get("examples", ())]
    assert len(examples) >= 7
    for one, example in examples:
        validator(one).validate(example)


def test_a_kind_that_cannot_be_loaded_is_left_out(monkeypatch):
    monkeypatch.delattr(python, "KIND")
    kinds = json_schema()["$defs"]["job"]["oneOf"]
    assert [kind["title"] for kind in kinds] == ["command", "script"]


def test_models_in_models_become_definitions_of_the_whole(monkeypatch):
    class Inner(JobModel):
        pass

    class Options(python.Options):
        inner: Inner

    monkeypatch.setattr(python.Python, "options", Options)
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "python-Inner" in schema["$defs"]
    (kind,) = [one for one in schema["$defs"]["job"]["oneOf"] if one["title"] == "python"]
    assert kind["properties"]["inner"] == {"$ref": "#/$defs/python-Inner"}
