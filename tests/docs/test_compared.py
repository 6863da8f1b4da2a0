"""The table that compares Wakeful with its peers says what the code does."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fixtures.documents import ROOT, prose_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs/explanation/compared.md"
SEEN = ROOT / "benchmarks/comparison/seen.json"
WAKEFUL = "Wakeful"
NEED_A_DAEMON = {17, 18}
"""These take a real daemon, seconds and root; tests of the daemon are elsewhere."""


def rows() -> dict[int, list[str]]:
    """Give the cells of the table by the number of the situation, from the third column on."""
    found = {}
    for _, line in prose_of(PAGE):
        first, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
        if first.isdecimal():
            found[int(first)] = cells[1:]
    return found


@pytest.fixture(scope="module")
def seen_now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What Wakeful does now, as the comparison itself finds out."""
    kept: Path = tmp_path_factory.mktemp("compared") / "seen.json"
    numbers = [str(number) for number in rows() if number not in NEED_A_DAEMON]
    options = [option for number in numbers for option in ("--row", number)]
    command = [sys.executable, "-m", "benchmarks.comparison", "--only", "wakeful", *options]
    done = subprocess.run(
        [*command, "--seen", kept], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    cells: dict[str, dict[str, object]] = json.loads(kept.read_text())[WAKEFUL]["cells"]
    return cells


def test_the_column_of_wakeful_says_what_it_does(seen_now):
    said = {number: cells[-1] for number, cells in rows().items()}
    assert len(said) == 20
    done = {int(number): f"{cell['text']} (M)" for number, cell in seen_now.items()}
    assert done == {number: cell for number, cell in said.items() if number not in NEED_A_DAEMON}


def test_the_table_is_what_was_seen():
    letters = {True: "M", False: "D"}
    peers = [peer["cells"] for peer in json.loads(SEEN.read_text()).values()]
    cells = {
        number: [peer[str(number)] for peer in peers if str(number) in peer]
        for number in range(1, 21)
    }
    assert rows() == {
        number: [f"{cell['text']} ({letters[cell['measured']]})" for cell in row]
        for number, row in cells.items()
    }
