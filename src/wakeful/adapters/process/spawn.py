"""Starting the process of an execution: posix_spawn(3), and what has to be right around it."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING, Final

from wakeful.adapters.process.environment import extended, inherited, search_path
from wakeful.adapters.process.start_failure import Attempt, explain, not_found
from wakeful.core.errors import StartFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wakeful.core.launch import Launch

_log = logging.getLogger(__name__)

_ALWAYS_RESTORED: Final = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""Python ignores these (`Py_InitializeSignals`); "ignored" would be inherited through exec."""

_STANDARD_INPUT: Final = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
_ERRORS_TO_OUTPUT: Final = (os.POSIX_SPAWN_DUP2, 1, 2)
_LOG_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND
LOG_MODE: Final = 0o600


class Spawner:
    """Starts processes, each the leader of a session of its own, its output going to a file.

    The inherited environment and the signals that have to be put back to their default are
    looked up once, here. From here on no descriptor above 2 is inherited, whoever opened it.

    Args:
        environment: The environment to inherit; by default that of this process.
    """

    def __init__(self, environment: Mapping[bytes, bytes] | None = None) -> None:
        self._inherited: Final = inherited(os.environb if environment is None else environment)
        self._restored_signals: Final = _ALWAYS_RESTORED | {
            number
            for number in signal.valid_signals()
            if signal.getsignal(number) is signal.SIG_IGN
        }
        _close_descriptors_on_exec()

    def spawn(
        self, launch: Launch, *, execution_id: str, environment: Mapping[str, str], log: Path
    ) -> int:
        """Start a process and give its id. When this returns, its program is being executed.

        If it cannot be started, the reason is written to ``log`` as well, where that is possible.

        Args:
            launch: What to start. A program without a slash is searched in the PATH that the
                process will have; entries of it that are not absolute are passed over.
            execution_id: Becomes the mark of the process.
            environment: Added to that of the daemon and of ``launch``.
            log: Absolute path of the output, created or appended to.

        Raises:
            StartFailedError: It could not be started.
        """
        attempt = Attempt(launch.arguments, launch.working_directory, str(log))
        try:
            complete = extended(
                self._inherited, launch.environment, environment, execution_id=execution_id
            )
            program = launch.arguments[0]
            if "/" not in program:
                program = attempt.program = _find(program, search_path(complete))
            if launch.working_directory:
                return self._spawn_in(launch.working_directory, program, attempt, complete)
            return self._spawn(program, attempt, complete)
        except StartFailedError as failure:
            _note(attempt.log, failure)
            raise
        except (OSError, ValueError, IndexError, NotImplementedError) as error:
            explained = explain(error, attempt)
            _note(attempt.log, explained)
            raise explained from error

    def _spawn(self, program: str, attempt: Attempt, environment: Mapping[bytes, bytes]) -> int:
        # Both streams share one open file description, so that their order is kept; and the file
        # is opened by the child, so that no descriptor passes through this process.
        return os.posix_spawn(
            program,
            attempt.arguments,
            environment,
            file_actions=(
                _STANDARD_INPUT,
                (os.POSIX_SPAWN_OPEN, 1, attempt.log, _LOG_FLAGS, LOG_MODE),
                _ERRORS_TO_OUTPUT,
            ),
            setsid=True,
            setsigmask=(),
            setsigdef=self._restored_signals,
        )

    def _spawn_in(
        self, directory: str, program: str, attempt: Attempt, environment: Mapping[bytes, bytes]
    ) -> int:
        # os.posix_spawn knows no working directory, so the whole process goes there and back. All
        # paths used elsewhere are absolute, and what runs on the loop thread cannot come between.
        # A private directory for this thread, unshare(CLONE_FS), would be no better: worker
        # threads are created from this thread and share its directory then.
        home = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                os.chdir(directory)
            except OSError:
                attempt.entered = False
                raise
            try:
                return self._spawn(program, attempt, environment)
            finally:
                os.fchdir(home)
        finally:
            os.close(home)


def _find(program: str, path: str) -> str:
    refused = ""
    for folder in path.split(os.pathsep):
        candidate = os.path.join(folder, program)  # noqa: PTH118 - pathlib costs ten times as much
        if not folder.startswith("/") or not os.path.isfile(candidate):  # noqa: PTH113 - the same
            continue
        if os.access(candidate, os.X_OK):
            return candidate
        refused = refused or candidate
    raise not_found(program, path, refused)


def _note(log: str, failure: StartFailedError) -> None:
    try:
        descriptor = os.open(log, _LOG_FLAGS | os.O_CLOEXEC, LOG_MODE)
    except OSError:
        return  # then that is what the failure is about
    try:
        os.write(descriptor, f"[wakeful: {failure}]\n".encode(errors="replace"))
    except OSError as error:
        _log.warning("cannot write to %s: %s", log, error.strerror)
    finally:
        os.close(descriptor)


def _close_descriptors_on_exec() -> None:
    # What Python opens is not inherited, PEP 446. What was open when this process was started is,
    # such as sockets passed by the service manager or files of a shell.
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not paths
        descriptor = int(name)
        try:
            if descriptor > 2 and os.get_inheritable(descriptor):  # noqa: PLR2004 - the three streams
                os.set_inheritable(descriptor, False)  # noqa: FBT003 - os has it positional only
        except OSError:
            continue  # the one that listed them
