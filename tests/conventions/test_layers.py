from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[2] / "src"
ANY = frozenset(sys.stdlib_module_names)
PURE = frozenset(
    "__future__ abc bisect calendar collections copy dataclasses datetime decimal difflib enum "
    "fractions functools hashlib heapq itertools json math numbers operator re shlex statistics "
    "string textwrap types typing unicodedata zoneinfo".split()
)
ASYNC = PURE | set("asyncio contextlib contextvars importlib inspect logging pathlib".split())


class Layer(NamedTuple):
    """What a package may import: parts of Wakeful, of the standard library, and from elsewhere."""

    own: str
    standard: frozenset[str] = ANY
    foreign: str = ""


# The longest name that fits a module decides; "*" stands for everything, {here} for one adapter.
LAYERS = {
    "wakeful": Layer(own="", standard=PURE),
    "wakeful.core": Layer(own="core", standard=PURE),
    "wakeful.services": Layer(own="core services", standard=ASYNC),
    "wakeful.config": Layer(own="core config", foreign="pydantic pydantic_core platformdirs"),
    "wakeful.kinds": Layer(own="core services.ports kinds", foreign="pydantic"),
    "wakeful.notifiers": Layer(own="core services.ports notifiers", foreign="pydantic notify2"),
    "wakeful.adapters": Layer(own="core services config {here}", foreign="*"),
    "wakeful.client": Layer(own="core config client adapters.dbus"),
    "wakeful.cli": Layer(own="core config client cli", foreign="click"),
    "wakeful.app": Layer(own="*"),
    "wakeful.__main__": Layer(own="*", foreign="click"),
    "wakeful.demo": Layer(own="*"),
}

# What is wrapped once, so that it can be replaced in one place.
WRAPPED = {
    "dbus_next": "adapters/dbus/library.py",
    "dbus_fast": "adapters/dbus/library.py",
    "apscheduler": "adapters/timer/",
    "watchfiles": "adapters/watch/",
    "sqlite3": "adapters/sqlite/",
    "libvirt": "adapters/libvirt/",
    "notify2": "notifiers/",
}

CLOCKS = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today")}
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, parents):
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def allowed(module, target):
    layer = LAYERS[max((name for name in LAYERS if within(module, [name])), key=len)]
    top = target.partition(".")[0]
    if top == "wakeful":
        here = ".".join(module.split(".")[1:3])
        own = [f"wakeful.{name}" for name in layer.own.format(here=here).split()]
        return layer.own == "*" or within(target, ["wakeful.__version__", *own])
    return top in layer.standard if top in ANY else layer.foreign == "*" or top in layer.foreign.split()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module):
    assert [name for name in imports(MODULES[module]) if not allowed(module, name)] == []


@pytest.mark.parametrize("library", WRAPPED)
def test_a_library_is_imported_in_one_place(library):
    users = [path for path in MODULES.values() if within_any(imports(path), library)]
    places = [str(path.relative_to(SOURCE / "wakeful")) for path in users]
    assert [place for place in places if not place.startswith(WRAPPED[library])] == []


def within_any(names, parent):
    return any(within(name, [parent]) for name in names)


@pytest.mark.parametrize("module", [name for name in MODULES if within(name, ["wakeful.core"])])
def test_the_core_never_looks_at_the_clock(module):
    calls = [node.func for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.Call)]
    dotted = {tuple(ast.unparse(call).split(".")[-2:]) for call in calls}
    assert dotted & CLOCKS == set()
