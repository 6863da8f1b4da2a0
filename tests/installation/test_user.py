from __future__ import annotations

import json
import os
import stat

import pytest

from wakeful.config.check import check_file
from wakeful.installation import InstallationError, install_user, uninstall_user

INSTALLED = [
    ".config/wakeful/config.json",
    ".local/share/dbus-1/services/org.wakeful.Scheduler1.service",
    ".local/share/systemd/user/bot-cron.service",
    ".local/share/systemd/user/cron-scheduler.service",
    ".local/share/systemd/user/wakeful.service",
]


def said(sentences, words):
    return any(words in sentence for sentence in sentences)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_it_writes_what_is_needed_and_tells_the_session(home):
    told = install_user()
    assert home.files() == INSTALLED
    assert [mode(home.unit), mode(home.activation)] == [0o644, 0o644]
    assert (home.units / "bot-cron.service").readlink().name == "wakeful.service"
    assert "systemctl --user --no-pager daemon-reload" in home.notes()
    assert any(note.endswith("ReloadConfig") for note in home.notes())
    assert said(told, "systemctl --user enable --now wakeful.service")
    assert not any("enable" in note for note in home.notes())


def test_nothing_is_left_to_fill_in(home):
    install_user()
    for file in (home.unit, home.activation):
        assert "@" not in file.read_text()


def test_modes_do_not_depend_on_the_umask(home):
    before = os.umask(0o077)
    try:
        install_user()
    finally:
        os.umask(before)
    assert mode(home.unit) == 0o644
    assert mode(home.units) == 0o700


def test_again_it_changes_nothing(home):
    install_user()
    before = home.unit.stat().st_mtime_ns
    told = install_user()
    assert said(told, "wakeful.service is up to date")
    assert not said(told, "Wrote")
    assert home.unit.stat().st_mtime_ns == before


def test_a_first_configuration_is_good_and_private(home):
    install_user()
    assert json.loads(home.configuration.read_text())["schedules"]["jobs"] == []
    assert check_file(home.configuration).problems == ()
    assert mode(home.configuration) == 0o600


def test_a_configuration_that_is_there_is_not_touched(home):
    home.configuration.parent.mkdir(parents=True)
    home.configuration.write_text("not even JSON")
    install_user()
    assert home.configuration.read_text() == "not even JSON"


@pytest.mark.parametrize("name", ["unit", "activation"])
def test_an_edited_file_stops_it_before_anything_is_written(name, home):
    install_user()
    file, other = getattr(home, name), home.units / "bot-cron.service"
    other.unlink()
    file.write_text(file.read_text() + "# mine\n")
    edited = file.read_text()
    with pytest.raises(InstallationError, match="was edited") as caught:
        install_user()
    assert "--force" in caught.value.hint
    assert (file.read_text(), other.is_symlink()) == (edited, False)
    install_user(force=True)
    assert "# mine" not in file.read_text()


def test_what_an_older_version_wrote_is_replaced(home, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("wakeful.installation.user.unit_text", lambda *_, **__: "[Service]\n")
        install_user()
    assert "ExecStart" not in home.unit.read_text()
    assert said(install_user(), "Wrote")
    assert "ExecStart" in home.unit.read_text()


def test_a_link_is_not_ours_to_write_through(home, tmp_path):
    elsewhere = tmp_path / "dotfiles.service"
    elsewhere.write_text("[Service]\n")
    home.units.mkdir(parents=True)
    home.unit.symlink_to(elsewhere)
    with pytest.raises(InstallationError, match="was edited"):
        install_user()
    install_user(force=True)
    assert not home.unit.is_symlink()
    assert elsewhere.read_text() == "[Service]\n"


def test_a_service_that_has_one_of_the_names_keeps_it(home):
    home.own_units.mkdir(parents=True)
    other = home.own_units / "bot-cron.service"
    other.write_text("[Service]\nExecStart=/usr/bin/true\n")
    told = install_user()
    assert said(told, f"bot-cron.service is left to {other}")
    assert not (home.units / "bot-cron.service").exists()
    text = home.unit.read_text()
    assert ("Alias=bot-cron" in text, "Alias=cron-scheduler" in text) == (False, True)
    uninstall_user()
    assert other.read_text().startswith("[Service]")


def test_started_now_it_is_enabled(home):
    assert said(install_user(now=True), "The service runs")
    assert "systemctl --user --no-pager enable --now wakeful.service" in home.notes()


def test_a_start_that_fails_is_told(home, monkeypatch):
    monkeypatch.setenv("FAILS", "enable --now")
    with pytest.raises(InstallationError, match="it did not work") as caught:
        install_user(now=True)
    assert "journalctl" in caught.value.hint
    assert home.files() == INSTALLED


def test_a_running_service_is_not_restarted_behind_its_jobs_back(home, monkeypatch):
    monkeypatch.setenv("ACTIVE", "active")
    assert said(install_user(), "systemctl --user restart wakeful.service")
    assert not any("restart" in note for note in home.notes())
    assert not said(install_user(), "restart")


def test_without_a_session_it_says_what_to_do_there(home, monkeypatch):
    monkeypatch.setenv("NO_MANAGER", "1")
    monkeypatch.setenv("NO_BUS", "1")
    told = install_user()
    assert said(told, "no manager here")
    assert said(told, "systemctl --user daemon-reload")
    assert said(told, "The bus cannot be reached")
    assert home.files() == INSTALLED
    with pytest.raises(InstallationError, match="cannot be started"):
        install_user(now=True)


@pytest.mark.usefixtures("home")
def test_without_the_tools_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(install_user(), "systemctl is not installed")


def test_other_base_directories_are_named_to_the_daemon(home, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "my config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    install_user()
    line = next(line for line in home.unit.read_text().splitlines() if "ExecStart=" in line)
    assert f'--config "{tmp_path}/my config/wakeful/config.json"' in line
    assert line.endswith(f"--state-dir {tmp_path}/state/wakeful")
    assert (tmp_path / "my config/wakeful/config.json").exists()


def test_a_unit_that_is_not_in_force_is_told(home, monkeypatch):
    own = home.own_units / "wakeful.service"
    monkeypatch.setenv("FRAGMENT", str(own))
    assert said(install_user(), f"In force is {own}")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of somebody else")
def test_root_does_not_write_into_the_home_of_another(home):
    os.chown(home.path, 4711, 4711)
    with pytest.raises(InstallationError, match="without sudo"):
        install_user()
    assert home.files() == []
    os.chown(home.path, 0, 0)


def test_uninstalling_leaves_what_is_the_users(home):
    install_user(now=True)
    # What "systemctl enable" makes, had it been a real one.
    wants = home.own_units / "default.target.wants"
    wants.mkdir(parents=True)
    for link in (wants / "wakeful.service", home.own_units / "bot-cron.service"):
        link.symlink_to(home.unit)
    told = uninstall_user()
    assert home.files() == [".config/wakeful/config.json"]
    assert "systemctl --user --no-pager disable --now wakeful.service" in home.notes()
    assert said(told, "config.json stays")
    assert uninstall_user() == ["Nothing is installed for this user."]


def test_uninstalling_leaves_an_edited_file(home):
    install_user()
    home.unit.write_text("[Service]\n")
    assert said(uninstall_user(), "was edited, and stays")
    assert home.unit.exists()
    assert not home.activation.exists()
    uninstall_user(force=True)
    assert not home.unit.exists()


def test_a_service_of_a_package_is_not_stopped(home, monkeypatch):
    install_user()
    monkeypatch.setenv("FRAGMENT", "/usr/lib/systemd/user/wakeful.service")
    uninstall_user()
    assert not any("disable" in note for note in home.notes())


def test_a_service_that_does_not_stop_is_not_pulled_away_from_under_its_jobs(home, monkeypatch):
    install_user()
    monkeypatch.setenv("FAILS", "disable --now")
    with pytest.raises(InstallationError, match="could not be stopped"):
        uninstall_user()
    assert home.unit.exists()
