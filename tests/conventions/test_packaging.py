from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import wakeful

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# How a wheel is named that was built here, from source, with a compiler.
BUILT_HERE = re.compile(r"^Tag: .*-linux_\w+$", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built by the back end itself, so without a network and without an environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        env=os.environ | {"PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def metadata(wheel, name):
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def test_the_version_is_written_in_one_place():
    assert "version" in PROJECT["dynamic"]
    owner = ROOT / "src/wakeful/__init__.py"
    files = [ROOT / "pyproject.toml", *(ROOT / "src").rglob("*.py"), *(ROOT / "data").rglob("*")]
    texts = {path: path.read_text() for path in files if path.is_file()}
    assert [path for path, text in texts.items() if wakeful.__version__ in text] == [owner]


def test_the_wheel_has_the_version_of_the_package(wheel):
    assert f"\nVersion: {wakeful.__version__}\n" in metadata(wheel, "METADATA")


def test_the_wheel_is_for_every_machine(wheel):
    assert "\nTag: py3-none-any\n" in metadata(wheel, "WHEEL")


@pytest.mark.parametrize("folder", ["dbus", "systemd"])
def test_the_wheel_carries_the_data(wheel, folder):
    data = ROOT / "data"
    wanted = {str(path.relative_to(data)) for path in data.joinpath(folder).rglob("*.*")}
    assert wanted
    assert wanted <= {name.removeprefix("wakeful/data/") for name in wheel.namelist()}


def test_the_wheel_carries_the_licence_and_the_mark_of_types(wheel):
    names = wheel.namelist()
    assert "wakeful/py.typed" in names
    assert "The Wakeful contributors" in metadata(wheel, "licenses/LICENSE")


def test_the_wheel_carries_nothing_else(wheel):
    roots = {name.partition("/")[0] for name in wheel.namelist()}
    assert roots == {"wakeful", f"wakeful-{wakeful.__version__}.dist-info"}
    assert [name for name in wheel.namelist() if name.endswith(".pyc")] == []


def test_both_commands_exist(wheel):
    points = ConfigParser()
    points.read_string(metadata(wheel, "entry_points.txt"))
    assert points["console_scripts"].keys() == {"wakeful", "wakefuld"}
    for point in importlib.metadata.distribution("wakeful").entry_points.select(
        group="console_scripts"
    ):
        assert callable(point.load())


def applies(requirement, extras):
    marker = requirement.marker
    return not marker or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def closure(requirements):
    """All distributions that come with these, as installed here."""
    found = {}
    waiting = [need for need in map(Requirement, requirements) if applies(need, set())]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            needs = map(Requirement, found[name].requires or ())
            waiting += [need for need in needs if applies(need, requirement.extras)]
    return found


def test_a_plain_installation_needs_no_compiler():
    installed = closure(PROJECT["dependencies"])
    assert {"apscheduler", "click", "pydantic-core"} <= installed.keys()
    assert [
        name for name, found in installed.items() if BUILT_HERE.search(found.read_text("WHEEL"))
    ] == []
