"""The exceptions of Wakeful: one tree, a stable code each, a sentence for who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from wakeful.core.problem import Problem


class WakefulError(Exception):
    """Something went wrong that a person or a program has to know about.

    Args:
        message: What happened, and where.
        hint: What to do about it; empty when there is nothing sensible to say.

    ``code`` is stable: programs may rely on it, the bus turns it into an error name.
    """

    code: ClassVar[str] = "Failed"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class InvalidArgumentError(WakefulError):
    """A caller passed a value that has no meaning."""

    code = "InvalidArgs"


class NoSuchJobError(WakefulError):
    """No job of that name is configured."""

    code = "NoSuchJob"


class NoSuchExecutionError(WakefulError):
    """No execution of that identifier is known."""

    code = "NoSuchExecution"


class AlreadyRunningError(WakefulError):
    """The job is running and its overlap policy does not allow a second execution."""

    code = "AlreadyRunning"


class NotRunningError(WakefulError):
    """The execution has already ended, so that nothing can be done to it."""

    code = "NotRunning"


class InvalidJobError(WakefulError):
    """The definition of the job has errors; it cannot run until they are mended."""

    code = "InvalidJob"


class InvalidConfigurationError(WakefulError):
    """The configuration as a whole cannot be used.

    Args:
        path: The file.
        problems: Everything that is wrong with it.
    """

    code = "InvalidConfig"

    def __init__(self, *, path: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{path}: " + "; ".join(str(problem) for problem in problems))
        self.problems = problems


class StartFailedError(WakefulError):
    """The process of a job could not be started."""

    code = "StartFailed"


class StorageError(WakefulError):
    """State could not be read or written."""

    code = "Storage"


class ShuttingDownError(WakefulError):
    """The daemon is stopping and takes no more work."""

    code = "ShuttingDown"


class UnavailableError(WakefulError):
    """Something outside Wakeful that is needed here is not there."""

    code = "Unavailable"


class NameTakenError(UnavailableError):
    """Another daemon is at work under our name."""

    code = "NameTaken"
