"""A container that tests put to sleep, with the service of a user in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.container import obstacle, running_container
from fixtures.daemon import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.container import Container

POWER = ("org.wakeful.Scheduler1", "/org/wakeful/Scheduler1/power", "org.wakeful.Scheduler1.Power")
LINGER = "loginctl enable-linger root && until [ -S /run/user/0/bus ]; do sleep 0.05; done"
# The home directory is this machine's, below a layer of its own.
CLEAN_UP = (
    "rm -rf ~/.config/wakeful ~/.config/systemd ~/.local/state/wakeful ~/.local/share/systemd"
)


class Service:
    """Wakeful as the service of a user in a container."""

    def __init__(self, container: Container) -> None:
        self.container = container

    def configure(self, *jobs: dict[str, Any]) -> None:
        document = {"schedules": {"timezone": "UTC", "jobs": list(jobs)}}
        place = "~/.config/wakeful/config.json"
        script = f'printf %s "$1" > {place}.new && mv {place}.new {place} && wakeful reload'
        self.container.run("sh", "-c", script, "sh", json.dumps(document))

    def history(self, job: str) -> list[dict[str, Any]]:
        """Give the executions of a job that have ended, the latest first."""
        said = self.container.run("wakeful", "history", "--job", job, "--json").stdout
        return [record for record in json.loads(said) if record["ended_at"]]

    def property(self, name: str) -> str:
        """Give a property of the interface Power, with its type."""
        words = ("busctl", "--user", "get-property", *POWER, name)
        return self.container.run(*words).stdout.strip()

    def await_delay_lock(self) -> None:
        """Wait until Wakeful has the one lock by which it can delay a sleep."""
        until(self._has_delay_lock, "Wakeful has no delay lock")

    def _has_delay_lock(self) -> bool:
        words = ("systemd-inhibit", "--list", "--no-legend", "--no-pager")
        locks = self.container.run(*words).stdout.splitlines()
        delays = [lock for lock in locks if lock.startswith("Wakeful") and "delay" in lock]
        assert len(delays) <= 1
        return any(" sleep " in lock for lock in delays)

    def await_history(self, job: str) -> list[dict[str, Any]]:
        """Wait until a job was executed."""
        return until(lambda: self.history(job), f"{job} was not executed")


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    """A booted system with a user whose service manager runs."""
    if reason := obstacle():
        pytest.skip(f"no container can be booted here: {reason}")
    with running_container() as running:
        running.run("sh", "-c", LINGER)
        yield running


@pytest.fixture
def service(container: Container) -> Iterator[Service]:
    """The service running without jobs and without a past."""
    container.run("sh", "-c", CLEAN_UP)
    container.run("wakeful", "install-user", "--now")
    yield Service(container)
    container.run("wakeful", "uninstall-user")
