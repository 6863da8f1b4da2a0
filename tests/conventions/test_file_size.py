from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "benchmarks", "script", ".ci", "data")
PYTHON = sorted(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))
SOURCE = [path for path in PYTHON if not path.is_relative_to(ROOT / "tests")]

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 80
SAYS_NOTHING = {"common", "helper", "helpers", "misc", "util", "utils"}
LEFT_FOR_LATER = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")


def name(path):
    return str(path.relative_to(ROOT))


def lines(path):
    return sum(1 for line in path.read_text().splitlines() if line.strip())


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def test_a_file_fits_into_a_head():
    assert {name(path): lines(path) for path in SOURCE if lines(path) > MOST_LINES} == {}


def test_a_function_fits_onto_a_screen():
    long = {
        f"{name(path)}: {function}": length
        for path in SOURCE
        for function, length in functions(path)
        if length > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_a_name_says_what_is_inside():
    assert [name(path) for path in PYTHON if SAYS_NOTHING & {path.stem, path.parent.name}] == []


def test_nothing_is_left_for_later():
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    texts = {path: path.read_bytes().decode(errors="replace") for path in files if not cached(path)}
    assert [name(path) for path, text in texts.items() if LEFT_FOR_LATER.search(text)] == []


def cached(path):
    return any(part == "__pycache__" or part.endswith("_cache") for part in path.parts)


@pytest.mark.parametrize("path", [*sorted((ROOT / "script").iterdir()), ROOT / ".ci/run"], ids=name)
def test_a_script_can_be_run_and_read(path):
    assert path.stat().st_mode & 0o111
    done = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
