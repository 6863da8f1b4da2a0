from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_harness_measures_and_reports(tmp_path):
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "next-slot"]
    done = subprocess.run(
        [*command, "--json", results], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert "| next slot, daily" in done.stdout
    rows = json.loads(results.read_text())["rows"]
    assert {row["other_name"] for row in rows} == {"APScheduler"}
    assert all(row["ours"]["value"] > 0 and row["ratio"] > 0 for row in rows)


def test_the_store_is_measured_next_to_its_floor(tmp_path):
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "recording"]
    subprocess.run([*command, "--json", results], cwd=ROOT, check=True, capture_output=True)
    rows = json.loads(results.read_text())["rows"]
    assert {row["other_name"] for row in rows} == {"bare SQLite"}
