"""Which library is used, and what importing it costs others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LIBRARY = "wakeful.adapters.dbus.library"
PACKAGES = {"dbus-fast": "dbus_fast", "dbus-next": "dbus_next"}


def run(code, choice=None):
    environment = {key: value for key, value in os.environ.items() if "WAKEFUL" not in key}
    if choice is not None:
        environment["WAKEFUL_DBUS_LIBRARY"] = choice
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_without_a_choice_the_faster_library_is_used():
    assert run(f"from {LIBRARY} import NAME; print(NAME)").stdout == "dbus-fast\n"


@pytest.mark.parametrize("choice", PACKAGES)
def test_a_library_can_be_chosen(choice):
    done = run(f"from {LIBRARY} import NAME, Variant; print(NAME, Variant.__module__)", choice)
    assert (done.stdout, done.stderr) == (f"{choice} {PACKAGES[choice]}.signature\n", "")


def test_an_unknown_choice_is_refused_by_name():
    done = run(f"import {LIBRARY}", "dbus-slow")
    assert "must be dbus-fast or dbus-next, not 'dbus-slow'" in done.stderr


def test_the_other_library_is_used_when_the_first_is_missing():
    code = f"import sys; sys.modules['dbus_fast'] = None; from {LIBRARY} import NAME; print(NAME)"
    assert run(code).stdout == "dbus-next\n"


def test_without_any_library_the_error_says_what_to_install():
    code = f"import sys; sys.modules.update(dbus_fast=None, dbus_next=None); import {LIBRARY}"
    assert "install dbus-fast or dbus-next" in run(code).stderr


@pytest.mark.parametrize("choice", [None, "dbus-next"])
def test_a_python_that_removed_what_dbus_next_needs_gets_a_clear_error(choice):
    code = (
        "import sys; sys.version_info = (3, 15, 0, 'final', 0); "
        f"sys.modules['dbus_fast'] = None; import {LIBRARY}"
    )
    assert "Python 3.15 needs dbus-fast" in run(code, choice).stderr


@pytest.mark.parametrize("choice", PACKAGES)
def test_only_the_wire_format_is_imported(choice):
    code = (
        f"import sys, {LIBRARY}; "
        "print(sorted(n for n in sys.modules if n.startswith('dbus_') and n.count('.') < 2))"
    )
    imported = run(code, choice).stdout
    for part in ("aio", "message_bus", "service", "introspection", "proxy_object"):
        assert f"{PACKAGES[choice]}.{part}'" not in imported


@pytest.mark.parametrize("choice", PACKAGES)
def test_the_ordinary_package_can_be_imported_afterwards(choice):
    package = PACKAGES[choice]
    code = (
        f"from {LIBRARY} import Variant; import {package}; import {package}.aio; "
        f"print({package}.Variant is Variant, {package}.aio.MessageBus.__name__)"
    )
    environment_free = run(code.replace("-W error", ""), choice)
    assert environment_free.stdout == "True MessageBus\n"


@pytest.mark.parametrize("choice", PACKAGES)
def test_a_package_that_is_already_imported_is_left_alone(choice):
    package = PACKAGES[choice]
    code = (
        f"import sys, {package}; before = sys.modules['{package}']; import {LIBRARY}; "
        f"print(sys.modules['{package}'] is before)"
    )
    assert run(code, choice).stdout == "True\n"
