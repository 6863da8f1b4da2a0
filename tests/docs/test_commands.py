from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fixtures.desk import Desk, Disappointment
from fixtures.documents import ROOT, Block, blocks_of, documents, name_of
from wakeful.config.check import built_in_reader
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Severity

if TYPE_CHECKING:
    from pathlib import Path

NOT_FOR_A_SANDBOX = {
    ROOT / "docs/how-to/run-under-systemd.md",
    ROOT / "docs/explanation/performance.md",
    ROOT / "docs/explanation/compared.md",
}
"""Documents all of whose commands need a service manager of a user, or minutes."""
SHOWN_ONLY = {"", "text", "ini", "mermaid"}

SYSTEMD = "tests/acceptance/systemd/test_user_service.py"
MANAGER = "tests/acceptance/systemd/conftest.py"
FIRST_STEPS = "tests/docs/test_first_steps.py"
BENCHMARKS = "tests/conventions/test_benchmarks.py"
COMPARISON = "tests/docs/test_compared.py"
EXECUTION = "01m7yzhsm5b49e7vsy2mqyyh0s"
PIP = "~/.local/lib/wakeful/bin/pip install ."
LINK = "ln -sf ~/.local/lib/wakeful/bin/wakeful ~/.local/lib/wakeful/bin/wakefuld ~/.local/bin"
ELSEWHERE = {
    "./script/demo": (FIRST_STEPS, "script/demo"),
    "./script/test": (".ci/run", "./script/test"),
    "python3 -m venv ~/.local/lib/wakeful": (FIRST_STEPS, "commands_of_installation"),
    PIP: (FIRST_STEPS, "commands_of_installation"),
    "mkdir -p ~/.local/bin": (FIRST_STEPS, "commands_of_installation"),
    LINK: (FIRST_STEPS, "commands_of_installation"),
    "wakeful install-user --now": (SYSTEMD, '"install-user", "--now"'),
    "wakeful uninstall-user": (SYSTEMD, '"uninstall-user"'),
    "systemctl --user status wakeful": (SYSTEMD, 'systemctl("status"'),
    "systemctl --user reload wakeful": (SYSTEMD, 'systemctl("reload", UNIT'),
    "systemctl --user edit wakeful.service": (MANAGER, "def drop_in"),
    "journalctl --user --unit=wakeful --follow": (MANAGER, "def journal"),
    "journalctl --user WAKEFUL_JOB=backup": (SYSTEMD, '["WAKEFUL_JOB"]'),
    f"journalctl --user WAKEFUL_EXECUTION={EXECUTION}": (SYSTEMD, "WAKEFUL_EXECUTION={"),
    "python -m benchmarks": (BENCHMARKS, "benchmarks"),
    "python -m benchmarks --quick": (BENCHMARKS, "--quick"),
    "python -m benchmarks --only lateness --only idle": (BENCHMARKS, "--only"),
    "python -m benchmarks --long": (BENCHMARKS, "benchmarks"),
    "python -m benchmarks.comparison": (COMPARISON, "benchmarks.comparison"),
    "python -m benchmarks.comparison --only wakeful --only apscheduler": (COMPARISON, "--only"),
    "python -m benchmarks.comparison --only systemd --row 11 --row 12": (COMPARISON, "--row"),
    "python -m benchmarks.comparison --write": (COMPARISON, "benchmarks.comparison"),
}
"""Commands that no sandbox can run, and what does: a file, and what must stand there."""


def runnable() -> list[Path]:
    return [path for path in documents() if path.name not in {"CONTRIBUTING.md", "CHANGELOG.md"}]


@pytest.mark.parametrize("path", runnable(), ids=name_of)
def test_what_a_document_says_happens(
    path: Path, reader: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(reader.home))
    for block in blocks_of(path):
        try:
            follow(block, reader, in_sandbox=path not in NOT_FOR_A_SANDBOX)
        except AssertionError as error:
            pytest.fail(f"{name_of(path)}:{block.line}\n{error}", pytrace=False)
    try:
        reader.get_up()
    except Disappointment as error:
        pytest.fail(f"{name_of(path)}\n{error}", pytrace=False)


def follow(block: Block, reader: Desk, *, in_sandbox: bool) -> None:
    """Do what a block tells a reader to do."""
    if block.language == "json":
        check_configuration(block, reader)
    if "file" in block.marks:
        reader.write(block.marks["file"], block.text)
    elif block.language in {"console", "sh"}:
        commands = list(block.commands())
        assert commands, "there is neither a command nor the name of a file"
        for command in commands:
            if in_sandbox and "needs" not in block.marks:
                reader.type(command)
    elif block.language == "python":
        snippet = reader.write("snippet.py", block.text)
        status, output = reader.run(f"python {snippet}")
        assert status == 0, output
    else:
        assert block.language in {*SHOWN_ONLY, "json"}, f"a block of {block.language}"


def check_configuration(block: Block, reader: Desk) -> None:
    """Have the daemon's own reader look at a configuration, or at a job in one."""
    place = reader.home / ".config/wakeful/config.json"
    content = block.text
    if '"schedules"' not in content:
        content = f'{{"schedules": {{"jobs": [{content}]}}}}'
    try:
        found = built_in_reader().read(content.encode(), place).problems
    except InvalidConfigurationError as error:
        found = error.problems
    errors = [str(one) for one in found if one.severity is Severity.ERROR]
    assert bool(errors) == ("has mistakes" in block.marks), "\n".join(errors) or "it is good"


def test_what_no_sandbox_can_run_is_run_elsewhere() -> None:
    commands = {
        re.sub(r"\s+# .*", "", command.text)
        for path in runnable()
        for block in blocks_of(path)
        if "needs" in block.marks or path in NOT_FOR_A_SANDBOX
        for command in block.commands()
    }
    assert commands == ELSEWHERE.keys()
    absent = {
        command: (file, what)
        for command, (file, what) in ELSEWHERE.items()
        if what not in (ROOT / file).read_text()
    }
    assert absent == {}


def test_little_is_left_out_of_the_sandbox() -> None:
    marked = [
        (name_of(path), block.marks["needs"], len(list(block.commands())))
        for path in documents()
        for block in blocks_of(path)
        if "needs" in block.marks
    ]
    assert marked == [
        ("README.md", "fresh machine", 2),
        ("README.md", "fresh machine", 4),
        ("README.md", "systemd", 1),
        ("docs/tutorial.md", "systemd", 2),
    ]
