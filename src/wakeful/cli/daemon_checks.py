"""Examining the daemon: what it says of itself, of its jobs and of the machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from wakeful.cli.finding import Finding, good, problem, warning
from wakeful.cli.text import plural
from wakeful.client.buses import services_on
from wakeful.client.scheduler import SchedulerClient
from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wakeful.cli.settings import Settings
    from wakeful.client.records import DaemonRecord, HealthRecord, JobRecord, PowerRecord

FLAT_NAME: Final = "com.aiworkflow.BotCron"
_SYSTEM: Final = "system"
_HELPERS: Final = (
    ("UPower", "org.freedesktop.UPower", "mains power and battery"),
    ("NetworkManager", "org.freedesktop.NetworkManager", "metered networks"),
)


class Answers(NamedTuple):
    """All that a daemon says."""

    daemon: DaemonRecord
    pid: int | None
    jobs: Sequence[JobRecord]
    health: HealthRecord
    power: PowerRecord
    has_flat_name: bool


async def ask_daemon(settings: Settings) -> Answers:
    """Ask the daemon, without starting it.

    Raises:
        DaemonUnreachableError: It is not there.
        WakefulError: It does not answer as it should.
    """
    async with await SchedulerClient.connect(settings.bus, start=False) as client:
        return Answers(
            *await asyncio.gather(
                client.daemon(),
                client.daemon_pid(),
                client.list_jobs(),
                client.health(),
                client.power(),
                client.owns(FLAT_NAME),
            )
        )


async def ask_system_bus() -> frozenset[str] | WakefulError:
    """Ask which services the machine has; the error if it cannot be asked."""
    try:
        return await services_on(_SYSTEM)
    except WakefulError as error:
        return error


def check_daemon(settings: Settings, answers: Answers) -> Iterator[Finding]:
    """See whether the daemon is well."""
    daemon, health = answers.daemon, answers.health
    process = f", process {answers.pid}" if answers.pid else ""
    yield good("scheduler", f"{daemon.version} runs{process}")
    if not daemon.enabled:
        advice = settings.command("resume")
        yield warning("switch", "it is paused; no job runs by the clock", advice)
    if answers.has_flat_name:
        yield good("bus names", f"org.wakeful.Scheduler1 and {FLAT_NAME} are its own")
    else:
        yield problem(
            "bus names",
            f"{FLAT_NAME} is not its own, so programs for the original do not reach it",
            "stop the other program that has this name, and restart the scheduler",
        )
    yield _configuration(settings, answers)
    if health.failing_jobs:
        yield warning(
            "jobs",
            f"failed when they ran last: {', '.join(health.failing_jobs)}",
            settings.command("history", "--state", "failed,timed-out,lost"),
        )
    else:
        yield good("jobs", f"{plural(len(answers.jobs), 'job')}, none failed when it ran last")


def _configuration(settings: Settings, answers: Answers) -> Finding:
    file = answers.daemon.configuration_file
    advice = settings.command("check-config", file)
    errors = answers.health.problems or [job.error for job in answers.jobs if job.error]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return problem("configuration", f"{errors[0]}{more}", advice)
    odd = [job.name for job in answers.jobs if job.problems]
    if odd:
        return warning("configuration", f"there are warnings for {', '.join(odd)}", advice)
    return good("configuration", f"{file} is in order")


def check_power(power: PowerRecord, services: frozenset[str] | WakefulError) -> Iterator[Finding]:
    """See whether the daemon is told of sleep, and can wake the machine."""
    missing = {name: text.rstrip(".") for name, text in power.missing}
    sleep = missing.pop("sleep", "")
    if sleep:
        yield warning("sleep", f"nobody tells when the machine is about to sleep: {sleep}")
    else:
        yield good("sleep", "logind tells when the machine is about to sleep")
    alarm = missing.pop("wake-up alarm", "")
    if alarm:
        yield warning("wake-ups", f"jobs cannot wake the machine: {alarm}")
    else:
        yield good("wake-ups", "jobs can wake the machine")
    for name, text in missing.items():
        yield warning(name, text)
    if isinstance(services, WakefulError):
        if not sleep and not missing:  # else the scheduler has said it
            yield warning("system bus", services.message, services.hint)
        return
    for name, bus_name, subject in _HELPERS:
        if name in missing:
            continue
        if bus_name in services:
            yield good(name, f"tells of {subject}")
        else:
            yield good(name, f"is not there; no job wants to know of {subject}")
