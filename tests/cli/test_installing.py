from __future__ import annotations


def test_install_and_uninstall_say_what_they_did(desk, tmp_path):
    home = {"HOME": str(tmp_path), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    done = desk.run("install-user", **home)
    assert (done.returncode, done.stderr) == (0, "")
    unit = tmp_path / ".local/share/systemd/user/wakeful.service"
    assert f"{unit}" in done.stdout
    assert unit.exists()
    unit.write_text("[Unit]\n# edited\n")
    done = desk.run("install-user", **home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("wakeful: ")
    done = desk.run("uninstall-user", "--force", **home)
    assert done.returncode == 0
    assert not unit.exists()
