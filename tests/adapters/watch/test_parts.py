"""The parts that need no watcher."""

from __future__ import annotations

import os
import time

import pytest

from wakeful.adapters.watch import content, trail
from wakeful.adapters.watch.mounts import is_remote

MOUNTINFO = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:20 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
23 22 8:2 / /home/local rw - xfs /dev/sdb1 rw
24 21 0:21 / /mnt/with\040space rw - cifs //server/share rw
25 21 0:22 / /mnt/ssh rw - fuse.sshfs host: rw
26 21 8:3 / /mnt/windows rw - fuseblk /dev/sdc1 rw
27 21 0:23 / /shared rw - 9p share rw
28 21 0:24 / /vm rw - virtiofs vm rw
29 21 0:25 / /covered rw - nfs server:/x rw
30 29 0:26 / /covered rw - tmpfs tmpfs rw
31 21 0:27 / /stacked rw - tmpfs tmpfs rw
32 31 0:28 / /stacked rw - smb3 //server/y rw
nonsense
"""


@pytest.mark.parametrize(
    ("directory", "remote"),
    [
        ("/", False),
        ("/etc/wakeful", False),
        ("/home", True),
        ("/home/anna/.config", True),
        ("/homely", False),
        ("/home/local/anna", False),
        ("/mnt/with space/x", True),
        ("/mnt/ssh", True),
        ("/mnt/windows", False),
        ("/shared/a", True),
        ("/vm/a", True),
        ("/covered/a", False),
        ("/stacked/a", True),
    ],
)
def test_network_file_systems_are_told_from_local_ones(directory, remote):
    assert is_remote(directory, MOUNTINFO) is remote


def test_without_a_list_of_mounts_all_is_local():
    assert not is_remote("/home", "")


def test_the_trail_passes_links_and_parent_directories(tmp_path):
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "real" / "config.json").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "sub")
    found = trail.follow(tmp_path / "link" / ".." / "config.json")
    assert found.watched == {str(tmp_path), str(tmp_path / "real")}
    assert str(tmp_path / "real" / "config.json") in found.names
    assert found == trail.follow(tmp_path / "link" / ".." / "config.json")


def test_a_change_in_the_middle_of_reading_is_noticed(config, monkeypatch):
    def read_slowly(descriptor, _size, *, real=os.read):
        piece = real(descriptor, 4)
        with config.open("ab") as file:
            file.write(b"" if file.tell() > 100 else b"more")
        return piece

    monkeypatch.setattr(content.os, "read", read_slowly)
    assert content.look_at(config).torn


def test_a_fresh_file_has_no_reliable_fingerprint_and_an_old_one_has(config, monkeypatch):
    assert content.fingerprint(config) is None
    later = time.time_ns() + 10 * 10**9
    monkeypatch.setattr(content.time, "time_ns", lambda: later)
    assert content.fingerprint(config) == content.fingerprint(config) is not None
