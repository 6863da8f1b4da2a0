"""A real service manager of a user, with journal and bus, in namespaces of its own.

It sees the files of this machine, but has its own processes, control groups, /run, home directory
and bus. Needs root, because mounting and making control groups does.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SYSTEMD = Path("/usr/lib/systemd")
CGROUPS = Path("/sys/fs/cgroup")
SLICE = "user.slice/user-0.slice/user@0.service"
"""Where a user's manager lives on a machine that was booted; the journal goes by that path."""
SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_SECONDS = 20.0

# The first process in the namespaces: makes the world that systemd expects, starts the journal and
# the manager in it, and reaps. Without /run/systemd/system the tools believe that systemd does not
# run here; without a control group of its own the journal takes the first process for the manager.
# The bus finds the home directory in /etc/passwd, whatever HOME says.
FIRST_PROCESS = f"""
set -eu
mount -t proc proc /proc
umount -R {CGROUPS}
mount -t cgroup2 cgroup2 {CGROUPS}
mkdir -p {CGROUPS}/init.scope {CGROUPS}/{SLICE}
echo $$ > {CGROUPS}/init.scope/cgroup.procs
mount --bind "$PASSWD" /etc/passwd
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
printf '[Journal]\\nReadKMsg=no\\n' > /run/systemd/journald.conf.d/test.conf
{SYSTEMD}/systemd-journald &
until [ -S /run/systemd/journal/socket ]; do sleep 0.02; done
(
  echo $BASHPID > {CGROUPS}/{SLICE}/cgroup.procs
  exec env -i $ENVIRONMENT {SYSTEMD}/systemd --user --log-target=journal
) &
wait
"""


class UserManager:
    """A running manager; commands are run beside it, as a user would type them.

    Args:
        folder: For its home directory and its runtime directory; not below /run.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.runtime = folder / "run"
        self.log = folder / "log"
        self._folder = folder
        self._first = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._cgroup = _own_cgroup() / f"wakeful-test-{os.getpid()}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{SEARCH_PATH}",
            "XDG_RUNTIME_DIR": str(self.runtime),
        }

    def start(self) -> None:
        for folder in (self.home, self.runtime):
            folder.mkdir(mode=0o700)
        self._cgroup.mkdir()
        passwd = self._folder / "passwd"
        passwd.write_text(f"root:x:0:0:root:{self.home}:/bin/bash\n")
        environment = {**self.environment, "PATH": SEARCH_PATH}
        namespaces = "--mount --cgroup --pid --fork --kill-child --propagation private"
        # It must be in its group before the namespace makes that group the root.
        script = (
            f"echo $$ > {shlex.quote(str(self._cgroup))}/cgroup.procs;"
            f' exec unshare {namespaces} bash -c "$FIRST_PROCESS"'
        )
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "bash", "-c", script],
                env={
                    "PATH": SEARCH_PATH,
                    "PASSWD": str(passwd),
                    "FIRST_PROCESS": FIRST_PROCESS,
                    "ENVIRONMENT": shlex.join(f"{k}={v}" for k, v in environment.items()),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for((self.runtime / "bus").exists, f"the bus; see {self.log}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self._first = int(children.read_text().split()[0])
        self.run("systemctl", "--user", "is-system-running", "--wait", check=False)

    def stop(self) -> None:
        if self._process is not None:
            # With the first process the whole namespace goes.
            self._process.kill()
            self._process.wait()
        wait_for(self._remove_cgroups, f"the end of all processes in {self._cgroup}")

    def _remove_cgroups(self) -> bool:
        folders = [Path(name) for name, _, _ in os.walk(self._cgroup, topdown=False)]
        try:
            for folder in folders:
                folder.rmdir()
        except OSError:  # somebody is still there
            return False
        return True

    def run(
        self, *command: str, check: bool = True, seconds: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in there; unless told otherwise it must succeed."""
        enter = ["nsenter", f"--target={self._first}", "--mount", "--pid", "--cgroup", "--"]
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        done = subprocess.run(
            [*enter, "env", "-i", "-C", str(self.home), *variables, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def systemctl(
        self, *words: str, check: bool = True, seconds: float = 30
    ) -> subprocess.CompletedProcess[str]:
        return self.run("systemctl", "--user", *words, check=check, seconds=seconds)

    def show(self, name: str, unit: str = "wakeful.service") -> str:
        """Give a property of a unit."""
        return self.systemctl("show", f"--property={name}", "--value", unit).stdout.strip()

    def journal(self, *matches: str) -> str:
        self.run("journalctl", "--sync", check=False)
        unit = "_SYSTEMD_USER_UNIT=wakeful.service"
        return self.run("journalctl", "--output=json", "--quiet", unit, *matches).stdout

    def drop_in(self, name: str, *lines: str) -> None:
        """Change the unit as a user does."""
        folder = self.home / ".config/systemd/user/wakeful.service.d"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.conf").write_text("\n".join(["[Service]", *lines, ""]))
        self.systemctl("daemon-reload")


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.02)


def _own_cgroup() -> Path:
    """Find our own group in the unified hierarchy, wherever that is mounted."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            groups = Path("/proc/self/cgroup").read_text().splitlines()
            own = next(group[3:] for group in groups if group.startswith("0::"))
            return Path(place + own)
    raise FileNotFoundError("cgroup2 is not mounted")


def obstacle() -> str:
    """Say what keeps a manager from running here; empty if nothing does."""
    if os.geteuid() != 0:
        return "root is needed for namespaces and control groups"
    for program in ("unshare", "nsenter", "setpriv", "systemctl", "busctl", "dbus-daemon"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    for path in (SYSTEMD / "systemd", SYSTEMD / "systemd-journald", SYSTEMD / "user/dbus.socket"):
        if not path.exists():
            return f"{path} is not installed"
    try:
        group = _own_cgroup() / f"wakeful-probe-{os.getpid()}"
        group.mkdir()
        group.rmdir()
    except OSError as error:
        return f"control groups cannot be made: {error}"
    probe = ["unshare", "--mount", "--cgroup", "--pid", "--fork", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return "namespaces cannot be made"
    return ""


@contextmanager
def running_manager() -> Iterator[UserManager]:
    # Not in tmp_path, because the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="wakeful-um-") as name:
        manager = UserManager(Path(name))
        try:
            manager.start()
            yield manager
        finally:
            manager.stop()


@pytest.fixture(scope="module")
def manager() -> Iterator[UserManager]:
    """A manager that the tests of a module share; each leaves it without our service."""
    if reason := obstacle():
        pytest.skip(f"no systemd --user can be run here: {reason}")
    with running_manager() as running:
        yield running
