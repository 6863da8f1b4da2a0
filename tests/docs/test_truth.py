"""Tables that are written by hand, held against what they are about."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from fixtures.daemon import until
from fixtures.documents import ROOT, prose_of
from wakeful.core.cron import parse_cron
from wakeful.core.cron_schedule import CronSchedule
from wakeful.core.instant import from_datetime, to_datetime

if TYPE_CHECKING:
    from fixtures.daemon import Daemon

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 29, tzinfo=UTC).date()
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC).date()


def table(document: str, head: str) -> list[list[str]]:
    """Give the rows of the table whose first line begins like this, without the marks of code."""
    rows: list[list[str]] = []
    inside = False
    for _, line in prose_of(ROOT / document):
        if line.startswith(f"| {head} |"):
            inside = True
        elif inside and line.startswith("| ---"):
            continue
        elif inside and line.startswith("| "):
            rows.append([cell.strip().strip("`") for cell in line.strip("| ").split(" | ")])
        else:
            inside = False
    assert rows, f"no table {head} in {document}"
    return rows


def first_column(document: str, head: str) -> list[str]:
    return [row[0] for row in table(document, head)]


@pytest.fixture
def ran(daemon: Daemon) -> Daemon:
    """A daemon that has run a job with everything that shows."""
    job = {"name": "shown", "command": ["env"], "inputs": {"a": 1}, "persona": "somebody"}
    daemon.configure(job)
    daemon.start()
    daemon.outcome(daemon.run("shown"))
    return daemon


def test_the_variables_of_a_job_are_those_in_the_table(ran: Daemon) -> None:
    (record,) = ran.history()
    names = re.findall(rb"(?m)^(WAKEFUL_\w+)=", ran.output(record))
    named = first_column("docs/reference/job-environment.md", "Variable")
    assert sorted(named) == sorted(name.decode() for name in names)


def test_the_fields_of_the_state_are_those_in_the_tables(ran: Daemon) -> None:
    until(lambda: ran.state_document["history"], "the history in state.json")
    state = ran.state_document
    page = "docs/reference/files.md"
    assert first_column(page, "Field") == list(state)
    assert first_column(page, "Field of a job") == list(state["jobs"][0])
    assert first_column(page, "Field of an execution") == list(state["history"][0])


def test_the_files_are_those_in_the_table(ran: Daemon) -> None:
    cells = first_column("docs/reference/files.md", "In the folder of the state")
    named = {name for cell in cells for name in cell.split("`, `")}
    present = {f"{path.name}/" if path.is_dir() else path.name for path in ran.state.iterdir()}
    assert present <= named


def slots(expression: str, day: object) -> list[str]:
    schedule = CronSchedule(parse_cron(expression), BERLIN)
    instant = from_datetime(datetime(day.year, day.month, day.day, tzinfo=BERLIN)) - 1
    found: list[str] = []
    while (moment := to_datetime(instant := schedule.next_after(instant), BERLIN)).date() == day:
        found.append(f"{moment:%H:%M}")
    return found


def test_daylight_saving_is_as_the_table_says() -> None:
    assert first_column("docs/explanation/time.md", "Expression") == [
        "30 2 * * *",
        "0 3 * * *",
        "30 * * * *",
        "*/20 2 * * *",
    ]
    assert (slots("30 2 * * *", SPRING), slots("30 2 * * *", AUTUMN)) == (["03:00"], ["02:30"])
    assert (slots("0 3 * * *", SPRING), slots("0 3 * * *", AUTUMN)) == (["03:00"], ["03:00"])
    assert (len(slots("30 * * * *", SPRING)), len(slots("30 * * * *", AUTUMN))) == (23, 25)
    assert (slots("*/20 2 * * *", SPRING), len(slots("*/20 2 * * *", AUTUMN))) == ([], 6)
