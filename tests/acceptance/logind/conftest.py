"""A container that tests put to sleep, with the service of a user in it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.container import obstacle, running_container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.container import Container

PATIENCE_SECONDS = 30.0
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

    def await_history(self, job: str) -> list[dict[str, Any]]:
        """Wait until a job was executed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (records := self.history(job)):
            assert time.monotonic() < deadline, f"{job} was not executed"
            time.sleep(0.1)
        return records


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
