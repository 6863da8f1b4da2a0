"""A room for Debian's cron: files, process numbers and a clock of its own.

Runs as root in mount and process namespaces of its own, with one JSON document on standard input
(see `debian_cron.Room`), and prints what cron started, when by the clock it had, and what it said
to the system log. The clock is that of libfaketime: it runs faster, and jumps. A sleep of the
machine is a jump forward to cron, for it waits by a clock that stands still meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

STAMP = "date +\\%s.\\%N"
DEVICES = {"null": (1, 3), "zero": (1, 5), "urandom": (1, 9)}


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def furnish(folder: Path, jobs: list[list[str]]) -> socket.socket:
    """Make everything cron looks at; give what it says to the system log."""
    mount("-t", "proc", "proc", "/proc")
    for place in ("/run", "/var/spool", "/dev"):
        mount("-t", "tmpfs", "tmpfs", place)
    for name, (major, minor) in DEVICES.items():
        os.mknod(f"/dev/{name}", 0o20666, os.makedev(major, minor))
    os.chmod("/dev/null", 0o666)  # noqa: PTH101, S103 - it is what everybody may write to
    own_etc = folder / "etc"
    shutil.copytree("/etc", own_etc, symlinks=True)
    mount("--bind", str(own_etc), "/etc")
    shutil.rmtree("/etc/cron.d", ignore_errors=True)
    Path("/etc/cron.d").mkdir()
    Path("/etc/crontab").write_text("")
    lines = (f"{group} required pam_permit.so\n" for group in ("auth", "account", "session"))
    Path("/etc/pam.d/cron").write_text("".join(lines))
    tables = Path("/var/spool/cron/crontabs")
    tables.mkdir(parents=True)
    crontab = "".join(
        f"{when} (echo {name} $({STAMP}); {command}) >> {folder}/starts\n"
        for name, when, command in jobs
    )
    (tables / "root").write_text(crontab)
    (tables / "root").chmod(0o600)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    return log


def listen(log: socket.socket, said: list[str]) -> None:
    """Take in what is said to the system log; whoever speaks waits for that."""
    while True:
        line = log.recv(4096).decode(errors="replace")
        said.append(line.rstrip("\0").partition("]: ")[2])


class Clock:
    """The clock that cron has."""

    def __init__(self, file: Path, begin: float, rate: int) -> None:
        self._file = file
        self._rate = rate
        self.real_begin = time.time()
        self._offset = begin - self.real_begin
        self._set = [(self.real_begin, self._offset)]
        self._write()

    def _write(self) -> None:
        other = self._file.with_suffix(".new")
        other.write_text(f"{self._offset:+.3f} x{self._rate}\n")
        other.rename(self._file)

    def jump(self, seconds: float) -> None:
        self._offset += seconds
        self._set.append((time.time(), self._offset))
        self._write()

    def wait_until(self, elapsed: float) -> None:
        """Wait until so many of its seconds have passed since the beginning, but for jumps."""
        time.sleep(max(0.0, self.real_begin + elapsed / self._rate - time.time()))

    def at(self, real: float) -> float:
        """Say what it showed at a moment of the real time."""
        (offset,) = [offset for since, offset in self._set if since <= real][-1:]
        return self.real_begin + (real - self.real_begin) * self._rate + offset


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    folder = Path(asked["folder"])
    said: list[str] = []
    log = furnish(folder, asked["jobs"])
    threading.Thread(target=listen, args=(log, said), daemon=True).start()
    environment = {
        "PATH": "/usr/bin:/bin",
        "LD_PRELOAD": asked["libfaketime"],
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "NO_FAKE_STAT": "1",
    }
    link = Path("/etc/localtime")
    link.unlink(missing_ok=True)
    link.symlink_to(f"/usr/share/zoneinfo/{asked['zone']}")
    clock = Clock(folder / "clock", asked["begin"], asked["rate"])
    cron = subprocess.Popen([asked["cron"], "-f"], env=environment, stderr=subprocess.DEVNULL)
    for elapsed, kind, value in asked["changes"]:
        clock.wait_until(elapsed)
        if kind == "jump":
            clock.jump(value)
        else:
            other = link.with_name("localtime.new")
            other.symlink_to(f"/usr/share/zoneinfo/{value}")
            other.rename(link)
    clock.wait_until(asked["length"])
    cron.kill()
    cron.wait()
    starts = folder / "starts"
    lines = starts.read_text().split("\n")[:-1] if starts.exists() else []
    found = [(name, clock.at(float(real))) for name, real in (line.split() for line in lines)]
    print(json.dumps({"starts": found, "said": said}))


main()
