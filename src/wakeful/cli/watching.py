"""``wakeful watch``: events as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wakeful.cli import moments
from wakeful.cli.colours import BAD, BUSY, CAUTION, GOOD, state_cell
from wakeful.cli.documents import Document, execution_document, print_document
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note
from wakeful.cli.text import clean, plural
from wakeful.cli.waiting import describe_end
from wakeful.client.events import (
    ClockStepped,
    ConfigRejected,
    ConfigReloaded,
    DaemonBack,
    DaemonGone,
    ExecutionFinished,
    ExecutionStarted,
    JobChanged,
    Resumed,
    SchedulerToggled,
    Sleeping,
)

if TYPE_CHECKING:
    from wakeful.client.events import Event
    from wakeful.client.records import ReloadRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant


@click.command("watch")
@json_option
@click.pass_obj
def watch(settings: Settings) -> None:
    """Print events as they happen, a line each, until interrupted.

    With --json every line is a document of its own. The scheduler may go away and come back
    meanwhile.
    """

    async def question(client: SchedulerClient) -> None:
        async with client.events() as stream:
            note("Watching; Ctrl-C ends it.")
            while True:
                event = await stream.next()
                present = moments.now()
                if settings.json:
                    print_document(event_document(event, present), one_line=True)
                else:
                    click.echo(event_line(event, present))

    ask(settings, question)


def event_document(event: Event, present: Instant) -> Document:  # noqa: PLR0911 - one for each kind of event
    """Describe an event, for programs."""
    at = moments.iso(present)
    match event:
        case ExecutionStarted():
            return {
                "event": "execution-started",
                "at": at,
                "execution_id": event.execution_id,
                "job": event.job,
                "slot": moments.iso(event.slot),
                "cause": event.cause,
            }
        case ExecutionFinished(execution):
            return {"event": "execution-finished", "at": at, **execution_document(execution)}
        case JobChanged(job):
            return {"event": "job-changed", "at": at, "job": job}
        case ConfigReloaded(result):
            return {
                "event": "config-reloaded",
                "at": at,
                "added": list(result.added),
                "removed": list(result.removed),
                "changed": list(result.changed),
                "problems": list(result.problems),
            }
        case ConfigRejected(problems):
            return {"event": "config-rejected", "at": at, "problems": list(problems)}
        case SchedulerToggled(enabled):
            return {"event": "scheduler-toggled", "at": at, "enabled": enabled}
        case Sleeping() | Resumed() | ClockStepped():
            return {**_power_document(event), "at": at}
        case DaemonGone():
            return {"event": "scheduler-gone", "at": at}
        case DaemonBack():
            return {"event": "scheduler-back", "at": at}


def _power_document(event: Sleeping | Resumed | ClockStepped) -> Document:
    match event:
        case Sleeping():
            return {"event": "sleeping"}
        case Resumed(asleep, missed):
            slept = moments.milliseconds(asleep)
            return {"event": "resumed", "asleep_ms": slept, "missed_count": missed}
        case ClockStepped(step):
            return {"event": "clock-stepped", "step_ms": moments.milliseconds(step)}


def event_line(event: Event, present: Instant) -> str:
    """Describe an event in a line, for people."""
    word, colour, text = _described(event)
    time = f"{moments.exact(present)[11:19]}"
    return f"{time}  {click.style(f'{word:<9}', fg=colour or None)}  {clean(text)}".rstrip()


def _described(event: Event) -> tuple[str, str, str]:  # noqa: PLR0911 - one for each kind of event
    match event:
        case ExecutionStarted():
            return "started", BUSY, f"{event.job} ({event.cause}) {event.execution_id}"
        case ExecutionFinished(execution):
            colour = state_cell(execution.state).colour
            return "ended", colour, f"{describe_end(execution)} {execution.execution_id}"
        case JobChanged(job):
            return "changed", "", job
        case ConfigReloaded(result):
            return "reloaded", CAUTION if result.problems else GOOD, reload_text(result)
        case ConfigRejected(problems):
            return "rejected", BAD, "; ".join(problems)
        case SchedulerToggled(enabled):
            text = "jobs run by the clock" if enabled else "no job runs by the clock"
            return ("resumed", GOOD, text) if enabled else ("paused", CAUTION, text)
        case Sleeping() | Resumed() | ClockStepped():
            return _power_described(event)
        case DaemonGone():
            return "gone", BAD, "the scheduler went away"
        case DaemonBack():
            return "back", GOOD, "the scheduler is there"


def _power_described(event: Sleeping | Resumed | ClockStepped) -> tuple[str, str, str]:
    match event:
        case Sleeping():
            return "sleeping", CAUTION, "the machine is about to sleep"
        case Resumed(asleep, missed):
            came = f"; {plural(missed, 'slot')} came meanwhile" if missed else ""
            return "awake", GOOD, f"the machine slept for {moments.lasted(asleep)}{came}"
        case ClockStepped(step):
            return "clock", CAUTION, f"the clock was set {moments.stepped(step)}"


def reload_text(result: ReloadRecord) -> str:
    """Say what a reload changed."""
    parts = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("added", result.added),
            ("removed", result.removed),
            ("changed", result.changed),
        )
        if names
    ]
    return "; ".join(parts) or "nothing changed"
