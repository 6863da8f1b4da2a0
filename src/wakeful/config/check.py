"""A whole document, from text to a `Configuration`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from wakeful.config.definition import Surroundings, read_definition
from wakeful.config.document import parse_document, read_bytes, rejected, without_comments
from wakeful.config.model import NOT_YET_SCHEDULES, NOT_YET_SECTIONS, ResumeModel, SchedulesModel
from wakeful.config.report import problems_of
from wakeful.config.world import World
from wakeful.config.zone import find_zone, zone_name
from wakeful.core.errors import UnavailableError
from wakeful.core.policy import Resume
from wakeful.core.problem import Problem, Severity, nearest
from wakeful.services.ports import Configuration, Kind
from wakeful.services.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wakeful.config.world import Seen
    from wakeful.core.job import Job

_SECTION = "schedules"


class Checked(NamedTuple):
    """The outcome of reading a document.

    Attributes:
        configuration: What it says.
        seen: What was looked at meanwhile, see `wakeful.config.world`; None if not all of it is
            on record.
    """

    configuration: Configuration
    seen: Seen | None


class ConfigurationReader:
    """Reads configuration documents.

    Args:
        kinds: All kinds of job there are.
        notifiers: Names of the notification targets there are.
    """

    def __init__(self, *, kinds: Registry[Kind], notifiers: Iterable[str]) -> None:
        self._kinds = kinds
        self._notifiers = tuple(notifiers)
        self._known: dict[str, Job] = {}

    def read(self, content: bytes, path: Path) -> Configuration:
        """Read a document.

        Args:
            content: The bytes of the file.
            path: The file, for messages and as the start of relative paths.

        Raises:
            InvalidConfigurationError: It is not JSON, or wrong in a way that leaves open what
                any job is to do; the text lists all there is to say.
        """
        return self.check(content, path).configuration

    def check(self, content: bytes, path: Path) -> Checked:
        """Read a document, and tell what was looked at; see `read`."""
        document = parse_document(content, path)
        world = World()
        try:
            configuration, repeatable = self._build(without_comments(document), path, world)
        except RecursionError as error:
            raise rejected(path, [Problem(path="", message="nested too deeply")]) from error
        return Checked(configuration, world.seen if repeatable else None)

    def recall(self, jobs: Iterable[Job]) -> None:
        """Know jobs that were read in an earlier life, so that fewer are to be read anew."""
        self._known = {job.definition: job for job in jobs if not job.problems}

    def _build(
        self, document: dict[str, Any], path: Path, world: World
    ) -> tuple[Configuration, bool]:
        problems = list(self._unknown_sections(document))
        schedules, more = self._schedules(document.get(_SECTION, {}), path, world)
        problems.extend(more)
        jobs = self._jobs(schedules, path.parent, world)
        for job in jobs:
            problems.extend(job.problems)
        configuration = Configuration(
            enabled=schedules.enabled,
            timezone=zone_name(schedules.timezone, world),
            zone=find_zone(schedules.timezone, world),
            resume=Resume(**dict(schedules.resume)),
            execution_mode=schedules.execution_mode,
            cron_scheduler_alias=schedules.cron_scheduler_alias,
            jobs=tuple(jobs),
            problems=tuple(problems),
        )
        return configuration, all(map(self._is_repeatable, schedules.jobs))

    @staticmethod
    def _unknown_sections(document: dict[str, Any]) -> Iterable[Problem]:
        """Warn of sections that are not ours: the file may serve other programs as well."""
        for key, value in document.items():
            if key in (_SECTION, "$schema") or (key in NOT_YET_SECTIONS and not value):
                continue
            if key in NOT_YET_SECTIONS:
                yield Problem(path=key, message="is not supported yet", severity=Severity.WARNING)
            else:
                hint = nearest(key, [_SECTION, *NOT_YET_SECTIONS])
                yield Problem(
                    path=key,
                    message="unknown section; nothing in it is used",
                    hint=hint,
                    severity=Severity.WARNING,
                )

    @staticmethod
    def _schedules(raw: object, path: Path, world: World) -> tuple[SchedulesModel, list[Problem]]:
        """Read the section, without the jobs in it.

        An unknown key is reported and the rest is in force; anything else that is wrong here
        would leave open when any job runs.
        """
        if not isinstance(raw, dict):
            raise rejected(path, [Problem(path=_SECTION, message="must be an object")])
        problems: list[Problem] = []
        known = {*SchedulesModel.model_fields, *NOT_YET_SCHEDULES}
        for key in raw:
            if key in SchedulesModel.model_fields:
                continue
            if key not in NOT_YET_SCHEDULES:
                where = f"{_SECTION}.{key}"
                problems.append(
                    Problem(path=where, message="unknown key", hint=nearest(key, known))
                )
            elif raw[key] not in NOT_YET_SCHEDULES[key]:
                where = f"{_SECTION}.{key}"
                problems.append(
                    Problem(path=where, message="is not supported yet", severity=Severity.WARNING)
                )
        try:
            schedules = SchedulesModel.model_validate(
                {key: raw[key] for key in SchedulesModel.model_fields.keys() & raw.keys()}
            )
            find_zone(schedules.timezone, world)
        except ValidationError as error:
            inner = {"resume": ResumeModel.model_fields}
            wrong = problems_of(error, _SECTION, known, inner)
            raise rejected(path, [*problems, *wrong]) from error
        except ValueError as error:
            wrong_zone = Problem(path=f"{_SECTION}.timezone", message=str(error))
            raise rejected(path, [*problems, wrong_zone]) from error
        return schedules, problems

    def _jobs(self, schedules: SchedulesModel, folder: Path, world: World) -> list[Job]:
        around = Surroundings(
            kinds=self._kinds,
            notifiers=frozenset(self._notifiers),
            folder=folder,
            timezone=schedules.timezone,
            output_limit=schedules.output_limit,
            world=world,
            known=self._known,
        )
        jobs: list[Job] = []
        taken: dict[str, int] = {}
        for position, raw in enumerate(schedules.jobs):
            job = read_definition(raw, position, taken, around)
            taken.setdefault(job.name, position)
            jobs.append(job)
        self.recall(jobs)
        return jobs

    def _is_repeatable(self, raw: object) -> bool:
        """Say whether the kinds that a definition names look at nothing but what is on record.

        Those that were added from elsewhere may look at anything, and one that cannot be loaded
        may be loaded another time.
        """
        for key in raw.keys() & self._kinds.names() if isinstance(raw, dict) else ():
            try:
                self._kinds.get(key)
            except UnavailableError:
                return False
            if not self._kinds.is_built_in(key):
                return False
        return True


def built_in_reader() -> ConfigurationReader:
    """Give a reader that knows all kinds and notifiers that are installed."""
    kinds: Registry[Kind] = Registry("wakeful.kinds", "KIND")
    notifiers: Registry[object] = Registry("wakeful.notifiers", "NOTIFIER")
    return ConfigurationReader(kinds=kinds, notifiers=notifiers.names())


def check_file(path: Path) -> Configuration:
    """Read a file as the daemon would.

    Raises:
        InvalidConfigurationError: As `ConfigurationReader.read`, or the file cannot be read.
    """
    return built_in_reader().read(read_bytes(path), path)
