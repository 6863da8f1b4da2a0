"""Processes that exist on paper: a test decides how they end."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from wakeful.core.errors import StartFailedError
from wakeful.core.execution import ProcessExit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from wakeful.core.launch import Launch

_HARMLESS = frozenset({signal.SIGSTOP, signal.SIGCONT})
"""What ends no process, however obedient."""


class FakeProcess:
    """Implements `wakeful.services.ports.Process`.

    Attributes:
        launch: What it was started from; None if it was adopted.
        environment: What it was told.
        log: Where its output would be.
        output_limit: How much of it would be kept.
        signals: All it received, in order.
        obedient: Whether it ends when a signal tells it to; SIGKILL ends it in any case.
        alive: Whether it has not ended.
    """

    def __init__(
        self,
        pid: int,
        *,
        execution_id: str,
        launch: Launch | None,
        environment: Mapping[str, str],
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
        obedient: bool,
    ) -> None:
        self._pid = pid
        self._ended = ended
        self.execution_id = execution_id
        self.launch = launch
        self.environment = dict(environment)
        self.log = log
        self.output_limit = output_limit
        self.signals: list[int] = []
        self.obedient = obedient
        self.alive = True

    @property
    def pid(self) -> int:
        """See `wakeful.services.ports.Process`."""
        return self._pid

    def signal(self, number: int) -> bool:
        """See `wakeful.services.ports.Process`; what ends by it ends a moment later."""
        self.signals.append(number)
        ends = self.obedient and number not in _HARMLESS
        if self.alive and (ends or number == signal.SIGKILL):
            loop = asyncio.get_running_loop()
            loop.call_soon(self._end, ProcessExit(signal=number))
        return self.alive

    def end(self, exit_status: int | None = 0, *, by_signal: int | None = None) -> None:
        """Let it end: with an exit status, by a signal, or (None) so that nobody knows how.

        Raises:
            ProcessLookupError: It has ended already.
        """
        if not self.alive:
            raise ProcessLookupError(f"process {self._pid} has ended already")
        status = None if by_signal is not None else exit_status
        self._end(ProcessExit(exit_status=status, signal=by_signal))

    def _end(self, ending: ProcessExit) -> None:
        if self.alive:
            self.alive = False
            self._ended(ending)


class FakeRunner:
    """Implements `wakeful.services.ports.Runner`.

    Attributes:
        processes: All that were started or adopted, in order.
        obedient: Whether processes started from now on end when a signal tells them to.
        refusal: If set, nothing can be started, for this reason.
        surviving: What lives on from an earlier life of the daemon: process ids by execution.
        closed: Whether nothing is watched any more.
    """

    def __init__(self) -> None:
        self.processes: list[FakeProcess] = []
        self.obedient = True
        self.refusal = ""
        self.surviving: dict[str, list[int]] = {}
        self.closed = False
        self._next_pid = 1001

    @property
    def last(self) -> FakeProcess:
        """The process that was started last."""
        return self.processes[-1]

    def start(
        self,
        launch: Launch,
        *,
        execution_id: str,
        environment: Mapping[str, str],
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> FakeProcess:
        """See `wakeful.services.ports.Runner`."""
        if self.refusal:
            raise StartFailedError(self.refusal)
        process = FakeProcess(
            self._next_pid,
            execution_id=execution_id,
            launch=launch,
            environment={**launch.environment, **environment},
            log=log,
            output_limit=output_limit,
            ended=ended,
            obedient=self.obedient,
        )
        self._next_pid += 1
        self.processes.append(process)
        return process

    async def survivors(self, execution_ids: Collection[str]) -> Mapping[str, Sequence[int]]:
        """See `wakeful.services.ports.Runner`."""
        return {one: pids for one, pids in self.surviving.items() if one in execution_ids}

    def adopt(
        self,
        pid: int,
        *,
        execution_id: str,
        log: Path,
        output_limit: int,
        ended: Callable[[ProcessExit], None],
    ) -> FakeProcess:
        """See `wakeful.services.ports.Runner`; only what is `surviving` can be adopted."""
        if pid not in self.surviving.get(execution_id, ()):
            raise ProcessLookupError(f"there is no process {pid}")
        process = FakeProcess(
            pid,
            execution_id=execution_id,
            launch=None,
            environment={},
            log=log,
            output_limit=output_limit,
            ended=ended,
            obedient=self.obedient,
        )
        self.processes.append(process)
        return process

    async def close(self) -> None:
        """See `wakeful.services.ports.Runner`."""
        self.closed = True
