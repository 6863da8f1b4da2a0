"""The example configurations are right, and do what their comments say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from click.testing import CliRunner

from fixtures.documents import ROOT
from wakeful.cli.root import root
from wakeful.config.check import built_in_reader
from wakeful.config.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLES = sorted((ROOT / "data/examples").glob("*.json"))
LAPTOP = ROOT / "data/examples/laptop.json"
FRIDAY, SATURDAY, SUNDAY = "2027-06-04", "2027-06-05", "2027-06-06"
NAPS = (
    f"{FRIDAY}T20:00..{SATURDAY}T08:00",
    f"{SATURDAY}T11:00..{SATURDAY}T11:20",
    f"{SATURDAY}T23:00..{SUNDAY}T09:00",
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_has_no_mistakes(path: Path) -> None:
    content = path.read_bytes()
    assert [str(one) for one in built_in_reader().read(content, path).problems] == []
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(json.loads(content))) == []


@pytest.fixture
def weekend(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """Say what becomes of a job from Friday noon on, on a laptop that sleeps a lot."""
    place = tmp_path / "config.json"
    place.write_text(LAPTOP.read_text().replace('"local"', '"UTC"'))
    span = ["--from", f"{FRIDAY}T12:00", "--to", f"{SUNDAY}T12:00", "--tz", "UTC"]
    asleep = [word for nap in NAPS for word in ("--asleep", nap)]
    command = ["simulate", "--config", str(place), *span, *asleep, "--json", "--job"]

    def of(job: str) -> list[tuple[str, str]]:
        done = CliRunner().invoke(root, [*command, job])
        assert done.exit_code == 0, done.output
        events = json.loads(done.stdout)["events"]
        return [(one["time"].removesuffix("+00:00"), one["outcome"]) for one in events]

    return of


def test_the_backup_of_the_laptop_is_made_up_for_after_the_wake_up(
    weekend: Callable[[str], list[tuple[str, str]]],
) -> None:
    assert weekend("backup") == [
        (f"{SATURDAY}T08:00:00", "waits"),
        (f"{SATURDAY}T08:00:20", "made-up"),
        (f"{SATURDAY}T21:00:00", "runs"),
    ]


def test_the_laptop_fetches_mail_after_long_sleep_only(
    weekend: Callable[[str], list[tuple[str, str]]],
) -> None:
    assert weekend("fetch-mail") == [
        (f"{SATURDAY}T08:00:00", "runs"),
        (f"{SUNDAY}T09:00:00", "runs"),
    ]


def test_the_laptop_wakes_up_for_the_radio(
    weekend: Callable[[str], list[tuple[str, str]]],
) -> None:
    assert weekend("radio") == [(f"{SUNDAY}T06:30:00", "runs")]


def test_the_laptop_is_cleaned_up_once_a_week(
    weekend: Callable[[str], list[tuple[str, str]]],
) -> None:
    (run,) = weekend("clean-up")
    assert f"{SATURDAY}T12:00:00" <= run[0] <= f"{SATURDAY}T12:30:00"
