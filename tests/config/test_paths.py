from __future__ import annotations

from pathlib import Path

import pytest

from wakeful.config.paths import find_places
from wakeful.core.errors import InvalidArgumentError

VARIABLES = ("CONFIGURATION_DIRECTORY", "STATE_DIRECTORY", "XDG_CONFIG_HOME", "XDG_STATE_HOME")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_user_has_files_where_users_have_them(home):
    places = find_places()
    assert places.configuration == home / ".config" / "wakeful" / "config.json"
    state = home / ".local" / "state" / "wakeful"
    assert places.state == state
    assert places.state_file == state / "state.json"
    assert places.database == state / "wakeful.db"
    assert places.logs == state / "logs"
    assert places.last_good == state / "config.last-good.json"


def test_a_user_may_move_them(monkeypatch, home):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "s"))
    places = find_places()
    assert places.configuration == home / "c" / "wakeful" / "config.json"
    assert places.state == home / "s" / "wakeful"


def test_the_system_has_its_own():
    places = find_places(system=True)
    assert places.configuration == Path("/etc/wakeful/config.json")
    assert places.state == Path("/var/lib/wakeful")


@pytest.mark.parametrize("system", [True, False])
def test_the_service_manager_wins(monkeypatch, system):
    monkeypatch.setenv("CONFIGURATION_DIRECTORY", "/run/c:/run/other")
    monkeypatch.setenv("STATE_DIRECTORY", "/run/s")
    places = find_places(system=system)
    assert places.configuration == Path("/run/c/config.json")
    assert places.state == Path("/run/s")


def test_arguments_win_over_all(monkeypatch, home):
    monkeypatch.setenv("CONFIGURATION_DIRECTORY", "/run/c")
    monkeypatch.setenv("STATE_DIRECTORY", "/run/s")
    monkeypatch.chdir(home)
    places = find_places(configuration=Path("my.json"), state=Path("~/x/../state"))
    assert places.configuration == home / "my.json"
    assert places.state == home / "state"


def test_a_link_is_not_followed(home):
    (home / "link").symlink_to("/etc")
    assert find_places(configuration=home / "link" / "c.json").configuration == home / "link/c.json"


@pytest.mark.parametrize("variable", ["CONFIGURATION_DIRECTORY", "STATE_DIRECTORY"])
def test_a_relative_folder_from_the_service_manager_is_refused(monkeypatch, variable):
    monkeypatch.setenv(variable, "wakeful")
    with pytest.raises(InvalidArgumentError, match=f"{variable} is not an absolute path"):
        find_places()
