"""``wakeful simulate``: what would run in a time that has not come."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wakeful.cli import moments
from wakeful.cli.absences import DURATION, PERIOD, read_absences, read_duration, read_moment
from wakeful.cli.documents import print_document
from wakeful.cli.settings import Settings, json_option
from wakeful.cli.simulated import is_in_time, print_scenario, scenario_document
from wakeful.config.check import check_file
from wakeful.config.paths import find_places
from wakeful.config.world import World
from wakeful.config.zone import find_zone
from wakeful.core.instant import DAY, SECOND
from wakeful.core.period import PeriodKind
from wakeful.core.problem import nearest
from wakeful.core.scenario import Scenario
from wakeful.core.simulated_count import SlotCounts, counted
from wakeful.core.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from wakeful.core.job import Job
    from wakeful.core.scenario import Happening

WEEK: Final = 7 * DAY


@click.command("simulate")
@click.option(
    "--config",
    "-c",
    "path",
    type=click.Path(path_type=Path),
    help="The configuration; that of this user unless told.",
)
@click.option("--from", "begin", metavar="TIME", help="The beginning; now unless told.")
@click.option("--to", "end", metavar="TIME", help="The end; a week after the beginning.")
@click.option(
    "--asleep",
    metavar=PERIOD,
    multiple=True,
    help="When the machine sleeps: 23:00-07:00 every day, or TIME..TIME once. Repeatable.",
)
@click.option(
    "--off", metavar=PERIOD, multiple=True, help="When it is off, in the same way. Repeatable."
)
@click.option("--tz", "zone", metavar="ZONE", help="The zone of these times, and of the answer.")
@click.option("--job", "names", metavar="JOB", multiple=True, help="Only this job. Repeatable.")
@click.option(
    "--duration",
    "durations",
    metavar=DURATION,
    multiple=True,
    help="How long jobs take: 5m for all, or JOB=5m for one; no time unless told. Repeatable.",
)
@click.option("--brief", is_flag=True, help="Leave out what runs in time.")
@json_option
@click.pass_obj
def simulation(  # noqa: PLR0917 - click's signature
    settings: Settings,
    path: Path | None,
    begin: str | None,
    end: str | None,
    asleep: tuple[str, ...],
    off: tuple[str, ...],
    zone: str | None,
    names: tuple[str, ...],
    durations: tuple[str, ...],
    brief: bool,  # noqa: FBT001 - click's signature
) -> None:
    """Show what would run, when and how late, and what would be missed and why.

    Decides as the scheduler does, on a clock that takes no time; needs no running scheduler. TIME
    is a date or a time in ISO 8601. Jobs are taken to be new at the beginning, conditions on the
    machine (`when`) to hold, and intervals to count from there.
    """
    place = path or find_places(system=settings.bus == "system").configuration
    configuration = check_file(place)
    shown_zone = configuration.zone if zone is None else _zone(zone)
    jobs = _chosen(configuration.jobs, names)
    first = moments.now() // SECOND * SECOND if begin is None else read_moment(begin, shown_zone)
    last = first + WEEK if end is None else read_moment(end, shown_zone)
    if last <= first:
        raise click.UsageError("the end is not after the beginning")
    reading = partial(read_absences, zone=shown_zone, begin=first, end=last)
    for_all, for_some = _durations(durations, jobs)
    scenario = Scenario(
        jobs=jobs,
        begin=first,
        end=last,
        absences=[
            *chain.from_iterable(reading(PeriodKind.ASLEEP, one) for one in asleep),
            *chain.from_iterable(reading(PeriodKind.OFF, one) for one in off),
        ],
        durations=for_some,
        duration=for_all,
        resume=configuration.resume,
    )
    counts: dict[str, SlotCounts] = {job.name: SlotCounts() for job in jobs}
    happenings = counted(simulate(scenario), counts)
    told: Iterable[Happening] = (one for one in happenings if not (brief and is_in_time(one)))
    if settings.json:
        print_document(scenario_document(scenario, told, counts, shown_zone))
    else:
        print_scenario(scenario, list(told), counts, shown_zone)


def _zone(name: str) -> tzinfo:
    try:
        return find_zone(name, World())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--tz") from None


def _chosen(jobs: Sequence[Job], names: tuple[str, ...]) -> list[Job]:
    known = {job.name for job in jobs}
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            text = f"there is no job '{name}'" + (f", {hint}" if hint else "")
            raise click.BadParameter(text, param_hint="--job")
    return [job for job in jobs if not names or job.name in names]


def _durations(written: tuple[str, ...], jobs: Sequence[Job]) -> tuple[int, dict[str, int]]:
    for_all, for_some = 0, {}
    for one in written:
        name, equals, text = one.rpartition("=")
        if not equals:
            for_all = read_duration(text)
        else:
            (job,) = _chosen(jobs, (name,))
            for_some[job.name] = read_duration(text)
    return for_all, for_some
