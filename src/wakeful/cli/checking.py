"""``wakeful check-config``: the configuration as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wakeful.cli.colours import BAD, CAUTION
from wakeful.cli.documents import print_document
from wakeful.cli.exits import FAILED
from wakeful.cli.settings import Settings, json_option, note
from wakeful.cli.text import clean, plural
from wakeful.config.check import check_file
from wakeful.config.paths import find_places
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wakeful.core.problem import Problem


@click.command("check-config")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def check_config(context: click.Context, file: Path | None) -> None:
    """Look for mistakes in FILE, or in the configuration of this user.

    Prints all of them with their place in the document, and needs no running scheduler. Exit 1
    if there is an error, 0 if there are at most warnings.
    """
    settings: Settings = context.obj
    path = file or find_places(system=settings.bus == "system").configuration
    problems: Sequence[Problem]
    job_count: int | None = None
    try:
        configuration = check_file(path)
    except InvalidConfigurationError as error:
        problems = error.problems
    else:
        problems, job_count = configuration.problems, len(configuration.jobs)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if settings.json:
        print_document(
            {
                "file": str(path),
                "valid": errors == 0,
                "job_count": job_count,
                "problems": [
                    {
                        "path": problem.path or None,
                        "message": problem.message,
                        "hint": problem.hint or None,
                        "severity": str(problem.severity),
                    }
                    for problem in problems
                ],
            }
        )
    else:
        for problem in problems:
            click.echo(_line(problem))
        note(_summary(path, len(problems), errors, job_count))
    if errors:
        context.exit(FAILED)


def _line(problem: Problem) -> str:
    colour = BAD if problem.severity is Severity.ERROR else CAUTION
    return f"{click.style(f'{problem.severity}:', fg=colour)} {clean(str(problem))}"


def _summary(path: Path, count: int, errors: int, job_count: int | None) -> str:
    if job_count is None:
        return f"{path} cannot be used."
    if not count:
        return f"{path} is in order: {plural(job_count, 'job')}."
    return f"{path}: {plural(errors, 'error')}, {plural(count - errors, 'warning')}."
