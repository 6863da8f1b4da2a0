"""A whole document, from text to a `Configuration`."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from wakeful.config.definition import (
    Surroundings,
    find_zone,
    read_definition,
)
from wakeful.config.model import NOT_YET_SCHEDULES, NOT_YET_SECTIONS, SchedulesModel
from wakeful.config.report import problems_of
from wakeful.config.texts import fault_of
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Problem, Severity, nearest
from wakeful.services.ports import Configuration, Kind
from wakeful.services.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wakeful.core.job import Job

LARGEST_DOCUMENT = 16 * 1024 * 1024
_SECTION = "schedules"


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
        document = parse_document(content, path)
        try:
            return self.build(document, path, digest=digest_of(content))
        except RecursionError as error:
            raise rejected(path, [Problem(path="", message="nested too deeply")]) from error

    def build(self, document: dict[str, Any], path: Path, *, digest: str) -> Configuration:
        """Read a document that is parsed already; see `read`."""
        document = without_comments(document)
        problems = list(self._unknown_sections(document))
        schedules, more = self._schedules(document.get(_SECTION, {}), path)
        problems.extend(more)
        jobs = self._jobs(schedules, path.parent)
        for job in jobs:
            problems.extend(job.problems)
        return Configuration(
            enabled=schedules.enabled,
            timezone=schedules.timezone,
            zone=find_zone(schedules.timezone),
            execution_mode=schedules.execution_mode,
            cron_scheduler_alias=schedules.cron_scheduler_alias,
            jobs=tuple(jobs),
            problems=tuple(problems),
            digest=digest,
        )

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
    def _schedules(raw: object, path: Path) -> tuple[SchedulesModel, list[Problem]]:
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
            find_zone(schedules.timezone)
        except ValidationError as error:
            wrong = problems_of(error, _SECTION, known)
            raise rejected(path, [*problems, *wrong]) from error
        except ValueError as error:
            wrong_zone = Problem(path=f"{_SECTION}.timezone", message=str(error))
            raise rejected(path, [*problems, wrong_zone]) from error
        return schedules, problems

    def _jobs(self, schedules: SchedulesModel, folder: Path) -> list[Job]:
        around = Surroundings(
            kinds=self._kinds,
            notifiers=frozenset(self._notifiers),
            folder=folder,
            timezone=schedules.timezone,
            output_limit=schedules.output_limit,
            known=self._known,
        )
        jobs: list[Job] = []
        taken: dict[str, int] = {}
        for position, raw in enumerate(schedules.jobs):
            job = read_definition(raw, position, taken, around)
            taken.setdefault(job.name, position)
            jobs.append(job)
        self._known = {job.definition: job for job in jobs if not job.problems}
        return jobs


def parse_document(content: bytes, path: Path) -> dict[str, Any]:
    """Parse a document as far as JSON goes.

    Raises:
        InvalidConfigurationError: It is too large, not JSON, not an object, or has a key twice.
    """
    if len(content) > LARGEST_DOCUMENT:
        raise rejected(path, [Problem(path="", message="the file is larger than 16 MiB")])
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_without_duplicates, parse_constant=_no
        )
    except UnicodeDecodeError as error:
        raise rejected(path, [Problem(path="", message="the file is not UTF-8 text")]) from error
    except json.JSONDecodeError as error:
        text = f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise rejected(path, [Problem(path="", message=text)]) from error
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise rejected(path, [Problem(path="", message=message)]) from error
    if not isinstance(document, dict):
        raise rejected(path, [Problem(path="", message="the file must hold a JSON object")])
    return document


def without_comments(value: Any) -> Any:  # noqa: ANN401 - any JSON value, and the same without
    """Leave out what is for people: keys that are ``$comment`` or begin with ``//``."""
    if isinstance(value, dict):
        return {
            key: without_comments(inner)
            for key, inner in value.items()
            if key != "$comment" and not key.startswith("//")
        }
    return [without_comments(inner) for inner in value] if isinstance(value, list) else value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key '{key}' stands twice in one object")
            seen.add(key)
    for key in found:
        if fault := fault_of(key):
            raise ValueError(f"the key {key!r} {fault}")
    return found


def _no(constant: str) -> object:
    raise ValueError(f"not JSON: {constant} is not a number in JSON")


def rejected(path: Path, problems: list[Problem]) -> InvalidConfigurationError:
    """Make the error for a document that cannot be used."""
    return InvalidConfigurationError(path=str(path), problems=tuple(problems))


def digest_of(content: bytes) -> str:
    """Identify a document by its content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


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


def read_bytes(path: Path) -> bytes:
    """Read a file, never more than is acceptable.

    Raises:
        InvalidConfigurationError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_DOCUMENT + 1)
    except FileNotFoundError as error:
        raise rejected(path, [Problem(path="", message="the file does not exist")]) from error
    except OSError as error:
        text = f"the file cannot be read: {error.strerror}"
        raise rejected(path, [Problem(path="", message=text)]) from error
