"""``wakeful doctor``: what is wrong with the set-up, and what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import colours, machine_checks
from wakeful.cli.daemon_checks import ask_daemon, ask_system_bus, check_daemon, check_power
from wakeful.cli.documents import print_document
from wakeful.cli.exits import FAILED
from wakeful.cli.finding import Finding, Verdict, good, problem
from wakeful.cli.settings import Settings, json_option, note
from wakeful.cli.text import clean, plural
from wakeful.core.errors import InvalidConfigurationError, WakefulError
from wakeful.core.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wakeful.cli.daemon_checks import Answers

_COLOURS: Final = {
    Verdict.OK: colours.GOOD,
    Verdict.WARNING: colours.CAUTION,
    Verdict.PROBLEM: colours.BAD,
}


@click.command("doctor")
@json_option
@click.pass_context
def doctor(context: click.Context) -> None:
    """Look for what is wrong with the set-up, and say what to do.

    Exit 0 if there is no problem, 1 if there is one; warnings do not count.
    """
    settings: Settings = context.obj
    findings = asyncio.run(_examine(settings))
    problems = [one for one in findings if one.verdict is Verdict.PROBLEM]
    if settings.json:
        checks = [one._asdict() | {"advice": one.advice or None} for one in findings]
        print_document({"healthy": not problems, "checks": checks})
    else:
        for finding in findings:
            click.echo(_lines(finding))
        warnings = sum(one.verdict is Verdict.WARNING for one in findings)
        note(f"{plural(len(problems), 'problem')}, {plural(warnings, 'warning')}.")
    if problems:
        context.exit(FAILED)


async def _examine(settings: Settings) -> list[Finding]:
    services = await ask_system_bus()
    try:
        answers = await ask_daemon(settings)
    except WakefulError as error:
        findings = [
            problem("scheduler", error.message, error.hint),
            *_without_daemon(settings),
        ]
        zones = []
    else:
        findings = [
            *check_daemon(settings, answers),
            _check_state(settings, answers),
            *check_power(answers.power, services),
        ]
        zones = [answers.daemon.timezone, *(job.timezone for job in answers.jobs)]
    return [*findings, *_check_machine(settings, zones)]


def _check_state(settings: Settings, answers: Answers) -> Finding:
    folder = answers.daemon.state_directory
    return machine_checks.check_state_directory(folder, own=settings.bus != "system")


def _check_machine(settings: Settings, zones: list[str]) -> Iterator[Finding]:
    if settings.bus == "system":
        yield machine_checks.check_system_unit()
    elif settings.bus == "session":
        yield machine_checks.check_user_unit()
        yield from machine_checks.check_linger()
    yield machine_checks.check_clock()
    yield machine_checks.check_time_zones(zones)


def _without_daemon(settings: Settings) -> Iterator[Finding]:
    """Look at the configuration that a daemon would read here."""
    from wakeful.config.check import check_file  # noqa: PLC0415 - slow, and for this case only
    from wakeful.config.paths import find_places  # noqa: PLC0415 - for this case only

    path = find_places(system=settings.bus == "system").configuration
    advice = settings.command("check-config", str(path))
    try:
        problems = check_file(path).problems
    except InvalidConfigurationError as error:
        problems = error.problems
    except OSError as error:
        yield problem("configuration", f"{path} cannot be read: {error.strerror}")
        return
    errors = [str(one) for one in problems if one.severity is Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        yield problem("configuration", f"{errors[0]}{more}", advice)
    else:
        yield good("configuration", f"{path} is in order")


def _lines(finding: Finding) -> str:
    verdict = click.style(f"{finding.verdict:<8}", fg=_COLOURS[finding.verdict])
    line = f"{verdict} {finding.name}: {clean(finding.text)}"
    return f"{line}\n         → {clean(finding.advice)}" if finding.advice else line
