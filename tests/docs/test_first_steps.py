from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

import wakeful
from fixtures.documents import ROOT, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE = ("NewConnectionError", "Temporary failure in name resolution", "Network is unreachable")


def commands_of_installation() -> list[str]:
    (block,) = (
        block
        for block in blocks_of(ROOT / "README.md")
        if "needs" in block.marks and "pip install" in block.text
    )
    return [command.text for command in block.commands()]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_installation_as_the_readme_says(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for command in commands_of_installation():
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        if done.returncode and any(word in said for word in OFFLINE):
            pytest.skip("the package index cannot be reached")
        assert done.returncode == 0, said
    for program in ("wakeful", "wakefuld"):
        version = subprocess.run(
            [tmp_path / ".local/bin" / program, "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert wakeful.__version__ in version.stdout


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demonstration_shows_what_it_says_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "script/demo"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in ("greeting succeeded", "fails failed: exit status 3", "heartbeat is disabled."):
        assert shown in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
