"""Kinds, notifiers and faces are found by name, and loaded when first used."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pkgutil import get_importer
from zipfile import ZipFile

import pytest

from wakeful.core.errors import UnavailableError
from wakeful.services import registry as registry_module
from wakeful.services.registry import Registry

MODULE = (
    "loaded = []\nclass Thing:\n    def __init__(self):\n        loaded.append(1)\nTHING = Thing\n"
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that modules can be dropped into."""
    name = "things_of_a_test"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture
def registry(package):
    return Registry(package.name, "THING")


@pytest.fixture
def add_entry_point(monkeypatch, package):
    def add(name, value):
        point = EntryPoint(name=name, value=value, group=package.name)
        monkeypatch.setattr(registry_module, "_entry_points", lambda: {package.name: [point]})

    return add


def test_a_module_that_is_dropped_into_the_package_is_found(package, registry):
    (package / "mine.py").write_text(MODULE)
    (package / "_hidden.py").write_text(MODULE)
    (package / "folder").mkdir()
    (package / "folder" / "__init__.py").write_text(MODULE)
    assert registry.names() == {"mine", "folder"}
    assert type(registry.get("mine")).__name__ == "Thing"
    assert type(registry.get("folder")).__module__ == f"{package.name}.folder"


def test_nothing_is_loaded_before_it_is_used_and_nothing_twice(package, registry):
    (package / "mine.py").write_text(MODULE)
    registry.names()
    assert f"{package.name}.mine" not in sys.modules
    assert registry.get("mine") is registry.get("mine")
    assert sys.modules[f"{package.name}.mine"].loaded == [1]


def test_what_others_installed_is_found_by_its_entry_point(package, registry, add_entry_point):
    (package / "_elsewhere.py").write_text(MODULE)
    add_entry_point("theirs", f"{package.name}._elsewhere:Thing")
    assert registry.names() == {"theirs"}
    assert type(registry.get("theirs")).__name__ == "Thing"


@pytest.mark.parametrize("group", ["wakeful.things", "other.things"])
def test_installed_entry_points_are_read_if_some_are_for_us(tmp_path, monkeypatch, group):
    installed = tmp_path / "theirs-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(f"[{group}]\nmine = theirs:Mine\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none"), str(tmp_path)])
    registry_module._entry_points.cache_clear()
    found = registry_module._entry_points()
    registry_module._entry_points.cache_clear()
    ours = group.startswith("wakeful.")
    assert [point.value for point in found.get(group, ())] == (["theirs:Mine"] if ours else [])


def test_an_archive_may_have_entry_points_too(tmp_path):
    with ZipFile(tmp_path / "theirs.zip", "w") as archive:
        archive.writestr("theirs-1.0.dist-info/METADATA", "")
    assert registry_module._may_add(get_importer(str(tmp_path / "theirs.zip")))
    assert not registry_module._may_add(get_importer(str(tmp_path)))
    assert not registry_module._may_add(get_importer(str(tmp_path / "none")))


def test_what_ships_with_wakeful_cannot_be_replaced(package, registry, add_entry_point):
    (package / "mine.py").write_text(MODULE)
    add_entry_point("mine", "nowhere:nothing")
    assert registry.names() == {"mine"}
    assert type(registry.get("mine")).__module__ == f"{package.name}.mine"


@pytest.mark.parametrize("name", ["unknown", "", "_hidden", "mine.deeper", "../mine"])
def test_what_is_not_there_is_said_to_be_so(package, registry, name):
    (package / "mine.py").write_text(MODULE)
    (package / "_hidden.py").write_text(MODULE)
    with pytest.raises(UnavailableError, match=f"there is no '{name}' in {package.name}"):
        registry.get(name)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("import a_library_nobody_has", "No module named 'a_library_nobody_has'"),
        ("THING_ = 5", "has no attribute 'THING'"),
    ],
)
def test_what_cannot_be_loaded_says_why(package, registry, content, reason):
    (package / "mine.py").write_text(content)
    with pytest.raises(UnavailableError, match=reason) as caught:
        registry.get("mine")
    assert caught.value.hint == "is the extra it belongs to installed?"


@pytest.mark.parametrize("value", ["nowhere:Thing", "json:Thing"])
def test_an_entry_point_that_leads_nowhere_says_why(registry, add_entry_point, value):
    add_entry_point("theirs", value)
    with pytest.raises(UnavailableError, match="'theirs' of things_of_a_test cannot be loaded"):
        registry.get("theirs")


def test_the_kinds_and_notifiers_of_wakeful_are_there():
    assert Registry("wakeful.kinds", "KIND").names() >= {"command", "python", "script"}
    assert "log" in Registry("wakeful.notifiers", "NOTIFIER").names()
    for name in ("command", "python", "script"):
        kind = Registry("wakeful.kinds", "KIND").get(name)
        assert kind.key == name
        assert name in kind.options.model_fields
