"""One definition of a job, from what was written to a `Job`: all mistakes at once."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from wakeful.config.model import (
    NOT_YET_KEYS,
    NOT_YET_KINDS,
    POLICY_KEYS,
    TRIGGER_KEYS,
    JobModel,
)
from wakeful.config.place import Place
from wakeful.config.report import join, problems_of
from wakeful.config.texts import cleaned
from wakeful.config.triggers import TriggerReading
from wakeful.config.world import World
from wakeful.config.zone import find_zone, zone_name
from wakeful.core.errors import UnavailableError
from wakeful.core.job import Job, Overlap
from wakeful.core.launch import Launch
from wakeful.core.names import check_job_name
from wakeful.core.policy import Priority
from wakeful.core.problem import Problem, Severity, nearest
from wakeful.core.trigger import OccasionTrigger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from wakeful.config.policies import PolicyReading
    from wakeful.core.refinement import Refinement
    from wakeful.core.trigger import Trigger
    from wakeful.services.ports import Kind
    from wakeful.services.registry import Registry

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = "WAKEFUL_"
_PLACE = "schedules.jobs["
_READ_ELSEWHERE = frozenset({*NOT_YET_KEYS, *NOT_YET_KINDS, *POLICY_KEYS})
_KNOWN_KEYS = _READ_ELSEWHERE | frozenset(JobModel.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the definitions of one document have in common.

    Attributes:
        kinds: All kinds of job there are.
        notifiers: Names of the notification targets there are.
        folder: Of the configuration file.
        timezone, output_limit: For jobs that name none.
        world: What is looked at for all of them.
        known: Jobs without a problem that were read before, by digest of their definition: of
            these only the world has to be looked at again.
    """

    kinds: Registry[Kind]
    notifiers: frozenset[str]
    folder: Path
    timezone: str
    output_limit: int
    world: World = field(default_factory=World)
    known: dict[str, Job] = field(default_factory=dict)


def read_definition(
    raw: object, position: int, taken: Mapping[str, int], around: Surroundings
) -> Job:
    """Read one definition of a job.

    Args:
        raw: What was written.
        position: Its place in ``schedules.jobs``.
        taken: Names of the definitions before it, and their places.
        around: What it shares with the others.

    Returns:
        A job; with errors among its problems if it cannot run. One without a usable name is
        called by its place.
    """
    base = f"{_PLACE}{position}]"
    if not isinstance(raw, dict):
        problem = Problem(path=base, message="must be an object")
        return Job(
            name=base, definition=_digest(raw), timezone="UTC", zone=UTC, problems=(problem,)
        )
    return _Reading(raw, base, taken, around).job()


class _Reading:
    """The reading of one definition; collects problems on the way."""

    def __init__(
        self,
        raw: dict[str, Any],
        base: str,
        taken: Mapping[str, int],
        around: Surroundings,
    ) -> None:
        self._written = raw
        self._base = base
        self._taken = taken
        self._around = around
        self._kind_names = around.kinds.names()
        self._problems: list[Problem] = []
        self._raw = {key: cleaned(value, self._report_text, (key,)) for key, value in raw.items()}

    def job(self) -> Job:
        """Read it all, or see that it is as it was."""
        raw, around = self._raw, self._around
        digest = _digest([self._written, around.timezone, around.output_limit])
        known = around.known.get(digest)
        reported = len(self._problems)
        if known is not None and self._still_good(known):
            return known
        del self._problems[reported:]
        kind_key = self._kind_key()
        kinds = self._kinds()
        kind = kinds[0] if kinds and kind_key else None
        options_keys = frozenset(key for one in kinds for key in one.options.model_fields)
        self._later_keys()
        shared_keys = [key for key in raw if key not in options_keys]
        shared = self._validate(JobModel, shared_keys, options_keys)
        options = self._validate(kind.options, options_keys, options_keys) if kind else None
        zone_name, zone = self._zone(shared)
        trigger_key, trigger, refinement = self._trigger(shared, zone)
        policies = self._policies(trigger_key, trigger)
        launch = self._launch(kind, options, shared) if kind and shared else None
        if isinstance(shared, JobModel):
            self._check_environment(shared)
            self._check_notify(shared)
        name = self._name()
        limit = shared.output_limit if shared else None
        job = Job(
            name=name,
            definition=digest,
            kind=kind_key,
            trigger=trigger,
            refinement=refinement,
            trigger_key=trigger_key,
            schedule_text=self._schedule_text(trigger_key, trigger),
            timezone=zone_name,
            zone=zone,
            launch=launch,
            description=shared.description if shared else "",
            enabled=shared.enabled if shared else True,
            persona=shared.persona if shared else "",
            skill=str(raw.get("skill") or "") if kind_key == "skill" else "",
            inputs=shared.inputs if shared else {},
            notify=tuple(shared.notify) if shared else (),
            tags=tuple(shared.tags) if shared else (),
            timeout=shared.timeout_seconds if shared else None,
            overlap=Overlap(shared.overlap) if shared else Overlap.SKIP,
            max_runs=shared.max_runs if shared else None,
            priority=Priority[shared.priority.upper()] if shared else Priority.NORMAL,
            **policies,
            output_limit=around.output_limit if limit is None else limit,
            problems=tuple(self._problems),
        )
        if not self._problems:
            around.known[digest] = job
        return job

    def _still_good(self, job: Job) -> bool:
        """Say whether what was good is so still: its name free, its folder and program there."""
        if job.name in self._taken or job.launch is None:
            return False
        world, folder = self._around.world, job.launch.working_directory
        written = self._raw.get("working_directory")
        if written and str(self._place("", {}).resolve(str(written))) != folder:
            return False
        if folder and not world.is_folder(folder):
            return False
        zone = str(self._raw.get("timezone") or self._around.timezone)
        if zone_name(zone, world) != job.timezone:
            return False
        for name in (job.timezone, job.trigger.zone_name if job.trigger else ""):
            if name:
                world.note_zone(name)
        kind = self._around.kinds.get(job.kind)
        options = {key: self._raw[key] for key in kind.options.model_fields if key in self._raw}
        place = self._place(folder, job.launch.environment)
        launch = kind.check(kind.options.model_validate(options), place)
        same = launch is not None and launch.arguments == job.launch.arguments
        return same and not place.problems

    def _report(self, key: str, message: str, hint: str = "", *, warning: bool = False) -> None:
        severity = Severity.WARNING if warning else Severity.ERROR
        path = join(self._base, [key] if key else [])
        self._problems.append(Problem(path=path, message=message, hint=hint, severity=severity))

    def _report_text(self, place: tuple[str | int, ...], fault: str) -> None:
        self._problems.append(Problem(path=join(self._base, place), message=fault))

    def _name(self) -> str:
        name = self._raw.get("name")
        if not isinstance(name, str):
            return self._base
        try:
            check_job_name(name)
        except ValueError as error:
            self._report("name", str(error))
            return self._base
        if name.startswith(_PLACE):
            self._report("name", f"names beginning with {_PLACE} stand for jobs without one")
            return self._base
        if name in self._taken:
            first = f"{_PLACE}{self._taken[name]}]"
            self._report("name", f"the name '{name}' is already taken by {first}")
            return self._base
        return name

    def _kind_key(self) -> str:
        found = [key for key in self._raw if key in self._kind_names or key in NOT_YET_KINDS]
        if len(found) > 1:
            self._report(
                "", f"has {len(found)} kinds: {', '.join(found)}", "keep one of these keys"
            )
            return ""
        if not found:
            known = ", ".join(sorted(self._kind_names))
            self._report("", "does not say what to do", f"add one of: {known}")
            return ""
        if found[0] not in self._kind_names:
            self._report(found[0], f"jobs of kind '{found[0]}' are not supported yet")
        return found[0]

    def _kinds(self) -> list[Kind]:
        """Give the kinds that are named; where one is too many, their keys are known at least."""
        kinds: list[Kind] = []
        for key in self._raw.keys() & self._kind_names:
            try:
                kinds.append(self._around.kinds.get(key))
            except UnavailableError as error:
                self._report(key, error.message, error.hint)
        return kinds

    def _later_keys(self) -> None:
        for key, harmless in NOT_YET_KEYS.items():
            if key in self._raw and self._raw[key] not in harmless:
                self._report(key, "is not supported yet")

    def _validate(self, model: type[Any], keys: Iterable[str], kind_keys: frozenset[str]) -> Any:  # noqa: ANN401 - an instance of the model
        """Read some keys with a model; None if they are wrong."""
        raw = self._raw
        elsewhere = _READ_ELSEWHERE | self._kind_names if model is JobModel else frozenset[str]()
        part = {key: raw[key] for key in keys if key in raw and key not in elsewhere}
        try:
            return model.model_validate(part)
        except ValidationError as error:
            known = _KNOWN_KEYS | kind_keys | self._kind_names
            self._problems.extend(problems_of(error, self._base, known))
        return self._lenient(model, part)

    @staticmethod
    def _lenient(model: type[BaseModel], part: dict[str, Any]) -> Any:  # noqa: ANN401 - an instance of the model, or None
        """Keep what is right of a wrong definition, so that a listing can show it."""
        if model is not JobModel:
            return None
        kept: dict[str, Any] = {"name": "unnamed"}
        for key in model.model_fields.keys() & part.keys():
            try:
                model.model_validate({"name": "unnamed"} | {key: part[key]})
            except ValidationError:
                continue
            kept[key] = part[key]
        return model.model_validate(kept)

    def _zone(self, shared: JobModel) -> tuple[str, tzinfo]:
        world = self._around.world
        written = self._around.timezone if shared.timezone is None else shared.timezone
        try:
            return zone_name(written, world), find_zone(written, world)
        except ValueError as error:
            self._report("timezone", str(error))
            return "UTC", UTC

    def _trigger(
        self, shared: JobModel, zone: tzinfo
    ) -> tuple[str, Trigger | None, Refinement | None]:
        present = [key for key in TRIGGER_KEYS if key in self._raw]
        if len(present) > 1:
            self._report("", f"has {len(present)} triggers: {', '.join(present)}", "keep one")
            return present[0], None, None
        key = present[0] if present else ""
        if key and self._raw[key] is None:
            self._report(key, "must not be null", "leave it out for a job without trigger")
            return key, None, None
        world = self._around.world
        reading = TriggerReading(shared, zone=zone, world=world, report=self._report)
        trigger: Trigger | None = None
        try:
            trigger = self._policy_reading().occasion() if key == "on" else reading.trigger(key)
        except ValueError as error:
            self._report(key, str(error))
        return key, trigger, reading.refinement(key, trigger)

    def _policies(self, key: str, trigger: Trigger | None) -> dict[str, Any]:
        """Read the keys that are loaded only where they are needed, as fields of a job."""
        if not self._raw.keys() & POLICY_KEYS and "max_runs" not in self._raw:
            return {}
        reading = self._policy_reading()
        reading.check_effects("on" if isinstance(trigger, OccasionTrigger) else key)
        return {
            "missed": reading.missed(),
            "conditions": reading.conditions(),
            "wake": reading.wake(),
            "on_sleep": reading.on_sleep(),
        }

    def _policy_reading(self) -> PolicyReading:
        from wakeful.config.policies import PolicyReading  # noqa: PLC0415 - few jobs need it

        return PolicyReading(self._raw, self._base, self._report)

    def _schedule_text(self, key: str, trigger: Trigger | None) -> str:
        written = self._raw.get(key) if key else None
        if isinstance(written, str):
            return written
        return trigger.text if trigger else ""

    def _launch(self, kind: Kind, options: object, shared: JobModel) -> Launch | None:
        folder = self._working_directory(shared)
        if options is None:
            return None
        place = self._place(folder, shared.env)
        launch = kind.check(options, place)
        self._problems.extend(place.problems)
        if launch is None:
            return None
        environment = {**shared.env, **launch.environment}
        if shared.persona:
            environment["WAKEFUL_PERSONA"] = shared.persona
        if shared.inputs:
            environment["WAKEFUL_INPUTS"] = json.dumps(shared.inputs, ensure_ascii=False)
        return Launch(arguments=launch.arguments, environment=environment, working_directory=folder)

    def _place(self, working_directory: str, environment: Mapping[str, str]) -> Place:
        return Place(
            base=self._base,
            folder=self._around.folder,
            working_directory=working_directory,
            environment=environment,
            world=self._around.world,
        )

    def _working_directory(self, shared: JobModel) -> str:
        if not shared.working_directory:
            return ""
        folder = self._place("", {}).resolve(shared.working_directory)
        if not self._around.world.is_folder(folder):
            self._report("working_directory", f"there is no folder {folder} now", warning=True)
        return str(folder)

    def _check_environment(self, shared: JobModel) -> None:
        for name in shared.env:
            if not _VARIABLE.fullmatch(name):
                self._report(f"env.{name}", "is not the name of an environment variable")
            elif name.startswith(_OURS):
                self._report(f"env.{name}", f"names beginning with {_OURS} are set by Wakeful")

    def _check_notify(self, shared: JobModel) -> None:
        for position, target in enumerate(shared.notify):
            if target not in self._around.notifiers:
                self._report(
                    f"notify[{position}]",
                    f"there is no notification target '{target}' yet; nobody is told there",
                    nearest(target, self._around.notifiers),
                    warning=True,
                )


def _digest(raw: object) -> str:
    """Identify a definition without keeping it: it may hold secrets."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
