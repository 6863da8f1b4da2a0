"""The models of the configuration file: what may be written, and of what type.

A definition of a job is read by `JobModel` for what all jobs share and by the ``Options`` of
its kind for the rest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from wakeful.config.forms import (  # noqa: TC001 - pydantic reads the annotations
    Between,
    Duration,
    Exclusion,
    Size,
)
from wakeful.core.job import DEFAULT_OUTPUT_LIMIT
from wakeful.core.names import LONGEST_JOB_NAME
from wakeful.core.policy import DEFAULT_AT_ONCE

VARIABLE = r"^(?!WAKEFUL_)[A-Za-z_][A-Za-z0-9_]*$"
"""Names of environment variables that a job may set."""


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
            description="When: a cron expression of five fields, as in crontab(5), or of six, the"
            " first for seconds, or a nickname such as @daily.",
            examples=["0 9 * * MON-FRI"],
        ),
    ] = None
    calendar: Annotated[
        str | None,
        Field(
            description="When: a calendar event of systemd, as in systemd.time(7). A time zone in"
            " it comes before that of the job.",
            examples=["Mon..Fri 09:00", "*-*~01 18:00"],
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
            description="Time zone of its wall-clock times; local is that of the system. Else"
            " that of the schedules.",
            examples=["Europe/Berlin"],
        ),
    ] = None
    dst: Annotated[
        Literal["debian", "skip", "twice", "systemd"] | None,
        Field(
            description="What cron does about hours that are missing, and hours that come twice;"
            " else debian. A calendar event knows systemd only.",
            examples=["skip"],
        ),
    ] = None
    between: Annotated[
        Between,
        Field(
            description="Only slots at which the clock shows a time of this part of the day count;"
            " the end does not belong to it. It may go over midnight.",
            examples=["08:00-18:00", ["22:00", "06:00"]],
        ),
    ] = None
    exclude: Annotated[
        list[Exclusion],
        Field(
            description="Days on which no slot counts: dates, days of every year, and ranges of"
            " either.",
            examples=[["2026-12-24..2027-01-02", "05-01"]],
        ),
    ] = Field(default_factory=list)
    not_before: Annotated[
        str | None,
        Field(
            description="Slots before this instant do not count.",
            examples=["2027-01-01T00:00:00+01:00"],
        ),
    ] = None
    not_after: Annotated[
        str | None,
        Field(
            description="Slots after this instant do not count. A date alone means all of it.",
            examples=["2027-12-31"],
        ),
    ] = None
    max_runs: Annotated[
        int | None,
        Field(description="After so many executions there are no more slots.", ge=1),
    ] = None
    jitter: Annotated[
        Duration | None,
        Field(
            description="Each slot is late by up to this much: always the same for one slot, and"
            " different for each.",
            examples=["5m"],
        ),
    ] = None
    priority: Annotated[
        Literal["low", "normal", "high", "critical"],
        Field(description="Which of several slots is served first."),
    ] = "normal"
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


class ResumeModel(Strict):
    """How missed slots are made up for after the machine woke up."""

    settle: Annotated[
        Duration,
        Field(
            description="How long nothing is made up for after a wake-up.",
            examples=["20s"],
            json_schema_extra={"default": "0s"},
        ),
    ] = timedelta(0)
    network: Annotated[
        bool,
        Field(description="Whether a network is waited for first, for 60 seconds at most."),
    ] = False
    at_once: Annotated[
        int,
        Field(
            description="How many executions that make up for something run at the same time, at"
            " most.",
            ge=1,
        ),
    ] = DEFAULT_AT_ONCE
    spacing: Annotated[
        Duration,
        Field(
            description="The pause between the starts of two of them.",
            examples=["5s"],
            json_schema_extra={"default": "0s"},
        ),
    ] = timedelta(0)


class SchedulesModel(Strict):
    """The section ``schedules``: the jobs, and what they share."""

    enabled: Annotated[bool, Field(description="Whether jobs run by the clock at all.")] = True
    timezone: Annotated[
        str,
        Field(
            description="Time zone of jobs that name none; local is that of the system.",
            examples=["Europe/Berlin"],
        ),
    ] = "UTC"
    resume: Annotated[
        ResumeModel,
        Field(description="How missed slots are made up for after the machine woke up."),
    ] = Field(default_factory=ResumeModel)
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


TRIGGER_KEYS = ("cron", "calendar", "every", "at", "on")
POLICY_KEYS = ("on", "missed", "when", "wake", "on_sleep")
"""Keys with objects in them: `wakeful.config.policies` reads them, where a job has them."""

NOT_YET_KINDS = ("skill", "agent", "http", "maintenance")
NOT_YET_KEYS: dict[str, tuple[object, ...]] = {
    "retry": (False, {"max_attempts": 1}),
    "limits": (),
    "requires": ([],),
    "after": ([],),
    "conflicts": ([],),
    "on_success": ([],),
    "on_failure": ([],),
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
