"""The models of the configuration file: what may be written, and of what type.

A definition of a job is read by `JobModel` for what all jobs share and by the ``Options`` of
its kind for the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from wakeful.core.duration import parse_duration
from wakeful.core.job import DEFAULT_OUTPUT_LIMIT
from wakeful.core.names import LONGEST_JOB_NAME
from wakeful.core.size import parse_size

VARIABLE = r"^(?!WAKEFUL_)[A-Za-z_][A-Za-z0-9_]*$"
"""Names of environment variables that a job may set."""


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a duration: a text such as 90s or 1h30m, or seconds")  # noqa: TRY004
    return parse_duration(value)


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a size: a text such as 512K or 10M, or bytes")  # noqa: TRY004
    return parse_size(value)


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": r"^\s*((\d+(\.\d+)?[smhdwSMHDW])+|\d+(\.\d+)?)\s*$",
                },
                {"type": "number", "minimum": 0},
            ]
        }
    ),
]
Size = Annotated[
    int,
    BeforeValidator(_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*\d+\s*[kmgKMG]?([iI]?[bB])?\s*$"},
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]


class Strict(BaseModel):
    """A model that takes things as they are written or not at all."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class JobModel(Strict):
    """A job: one trigger key (or none), one kind key with its options, and any of these."""

    name: Annotated[
        str,
        Field(
            description="Unique name.",
            json_schema_extra={"minLength": 1, "maxLength": LONGEST_JOB_NAME},
        ),
    ]
    description: Annotated[str, Field(description="What it is for, in a sentence.")] = ""
    enabled: Annotated[
        bool, Field(description="Whether it runs by the clock; a toggle at run time overrides it.")
    ] = True
    cron: Annotated[
        str | None,
        Field(
            description="When: a cron expression of five fields, as in crontab(5), or a nickname"
            " such as @daily.",
            examples=["0 9 * * MON-FRI"],
        ),
    ] = None
    every: Annotated[
        Duration | None,
        Field(description="When: again and again at this distance.", examples=["15m"]),
    ] = None
    at: Annotated[
        str | None,
        Field(
            description="When: once, at an instant in ISO 8601; without an offset it is in the"
            " job's time zone.",
            examples=["2027-01-01T03:00:00+01:00"],
        ),
    ] = None
    timezone: Annotated[
        str | None,
        Field(
            description="Time zone of its wall-clock times; else that of the schedules.",
            examples=["Europe/Berlin"],
        ),
    ] = None
    timeout_seconds: Annotated[
        Duration | None,
        Field(
            description="How long it may take, in time the machine is awake; then it is stopped."
        ),
    ] = None
    overlap: Annotated[
        Literal["skip"],
        Field(description="What happens to a run that is due while the job is still running."),
    ] = "skip"
    env: Annotated[
        dict[str, str],
        Field(
            description="Environment variables to add.",
            json_schema_extra={"propertyNames": {"pattern": VARIABLE}},
        ),
    ] = Field(default_factory=dict)
    working_directory: Annotated[
        str | None, Field(description="Folder to run in; else the home directory.")
    ] = None
    inputs: Annotated[
        dict[str, Any],
        Field(description="Parameters: JSON in WAKEFUL_INPUTS, keyword arguments of a function."),
    ] = Field(default_factory=dict)
    persona: Annotated[str, Field(description="A label that the job finds in WAKEFUL_PERSONA.")] = (
        ""
    )
    notify: Annotated[list[str], Field(description="Whom to tell how it ended.")] = Field(
        default_factory=list
    )
    tags: Annotated[list[str], Field(description="Words to find it by.")] = Field(
        default_factory=list
    )
    output_limit: Annotated[
        Size | None,
        Field(description="Bytes of output kept of one execution; else that of the schedules."),
    ] = None


class SchedulesModel(Strict):
    """The section ``schedules``: the jobs, and what they share."""

    enabled: Annotated[bool, Field(description="Whether jobs run by the clock at all.")] = True
    timezone: Annotated[
        str, Field(description="Time zone of jobs that name none.", examples=["Europe/Berlin"])
    ] = "UTC"
    execution_mode: Annotated[
        Literal["claude_cli", "skill_direct", "python_script"],
        Field(description="How jobs with a skill are run."),
    ] = "skill_direct"
    output_limit: Annotated[
        Size, Field(description="Bytes of output kept of one execution.", examples=["10M"])
    ] = DEFAULT_OUTPUT_LIMIT
    cron_scheduler_alias: Annotated[
        bool,
        Field(
            description="Whether to serve the flat bus interface as com.aiworkflow.CronScheduler"
            " too."
        ),
    ] = False
    jobs: Annotated[list[Any], Field(description="The jobs.")] = Field(default_factory=list)


TRIGGER_KEYS = ("cron", "every", "at")

NOT_YET_TRIGGERS = ("calendar", "on")
NOT_YET_KINDS = ("skill", "agent", "http", "maintenance")
NOT_YET_KEYS: dict[str, tuple[object, ...]] = {
    "dst": ("debian",),
    "missed": (),
    "retry": (False, {"max_attempts": 1}),
    "priority": ("normal",),
    "limits": (),
    "requires": ([],),
    "after": ([],),
    "conflicts": ([],),
    "on_success": ([],),
    "on_failure": ([],),
    "when": ({},),
    "wake": (False,),
    "on_sleep": ("continue",),
    "runner": ("auto", "process"),
    "sandbox": ("none",),
    "resources": ({},),
    "secrets": ({},),
    "owner": (),
    "execution_mode": ("claude_cli", "skill_direct", "python_script"),
}
"""Keys of a later release, and the values that ask for nothing but what happens anyway."""
NOT_YET_SECTIONS = ("hypervisor", "notifications")
NOT_YET_SCHEDULES: dict[str, tuple[object, ...]] = {
    "default_retry": (False, {"max_attempts": 1}),
    "limits": (),
    "skills": (),
}


def parse_at(text: str) -> datetime:
    """Read an instant; it may still lack an offset.

    Raises:
        ValueError: It is not ISO 8601.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not an instant; write for example 2027-01-01T03:00:00+01:00"
        ) from error
