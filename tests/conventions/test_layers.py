from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[2] / "src"
ANY = "*"
PURE = (
    "__future__ abc bisect calendar collections copy dataclasses datetime decimal difflib enum "
    "fractions functools hashlib heapq itertools json math numbers operator re shlex statistics "
    "string textwrap types typing unicodedata zoneinfo"
)
ASYNC = PURE + (
    " asyncio contextlib contextvars importlib inspect logging pathlib pkgutil secrets signal"
)


class Layer(NamedTuple):
    """What a package may import: parts of Wakeful, of the standard library, and from elsewhere."""

    own: str
    standard: str = ANY
    foreign: str = ""


# The longest name that fits a module decides; {here} stands for the adapter itself.
LAYERS = {
    "wakeful": Layer(own="", standard=PURE),
    "wakeful.core": Layer(own="core", standard=PURE),
    "wakeful.cron": Layer(own="core", standard=PURE),
    "wakeful.calendar": Layer(own="core", standard=PURE),
    "wakeful.services": Layer(own="core services", standard=ASYNC),
    # Provides the port `Configuration`, and asks the registry which kinds there are.
    "wakeful.config": Layer(
        own="core config services.ports services.registry",
        foreign="pydantic pydantic_core platformdirs",
    ),
    "wakeful.kinds": Layer(own="core services.ports kinds", foreign="pydantic"),
    "wakeful.notifiers": Layer(own="core services.ports notifiers", foreign="pydantic notify2"),
    "wakeful.data": Layer(own=""),
    "wakeful.adapters": Layer(
        own="core services config data adapters.aside adapters.libc adapters.inotify {here}",
        foreign="*",
    ),
    "wakeful.adapters.aside": Layer(own=""),
    "wakeful.adapters.libc": Layer(own=""),
    "wakeful.adapters.inotify": Layer(own=""),
    "wakeful.adapters.timerfd": Layer(own="core"),
    "wakeful.adapters.timer": Layer(own="core services adapters.timerfd {here}", foreign="*"),
    "wakeful.adapters.presence": Layer(own="core services data adapters.dbus {here}"),
    "wakeful.adapters.power": Layer(own="core services adapters.dbus adapters.timerfd {here}"),
    "wakeful.client": Layer(own="core config client adapters.dbus"),
    "wakeful.installation": Layer(own="core config data installation"),
    "wakeful.cli": Layer(own="core config client installation cli", foreign="click"),
    "wakeful.testing": Layer(own="core services.ports services.power.ports testing"),
    "wakeful.app": Layer(own="*"),
    "wakeful.wiring": Layer(own="*"),
    "wakeful.__main__": Layer(own="*", foreign="click"),
    "wakeful.demo": Layer(own="*", foreign="click"),
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


def within(name, parent):
    return name == parent or name.startswith(parent + ".")


def permits(words, name):
    return words == ANY or any(within(name, word) for word in words.split())


def allowed(module, target):
    layer = LAYERS[max((name for name in LAYERS if within(module, name)), key=len)]
    top, _, rest = target.partition(".")
    if top == "wakeful":
        here = ".".join(module.split(".")[1:3])
        return rest in {"", "__version__"} or permits(layer.own.format(here=here), rest)
    return permits(layer.standard if top in sys.stdlib_module_names else layer.foreign, top)


def test_imports_point_downwards():
    wrong = {
        module: [name for name in imports(path) if not allowed(module, name)]
        for module, path in MODULES.items()
    }
    assert {module: names for module, names in wrong.items() if names} == {}


def test_every_part_of_wakeful_has_a_row():
    parts = {".".join(name.split(".")[:2]) for name in MODULES}
    assert parts - LAYERS.keys() == set()


@pytest.mark.parametrize("library", WRAPPED)
def test_a_library_is_imported_in_one_place(library):
    users = [
        str(path.relative_to(SOURCE / "wakeful"))
        for path in MODULES.values()
        if any(within(name, library) for name in imports(path))
    ]
    assert [user for user in users if not user.startswith(WRAPPED[library])] == []


def test_the_core_never_looks_at_the_clock():
    core = [path for name, path in MODULES.items() if within(name, "wakeful.core")]
    nodes = [node for path in core for node in ast.walk(ast.parse(path.read_text()))]
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    assert {tuple(call.split(".")[-2:]) for call in calls} & CLOCKS == set()
