"""Why a process could not be started, in words. Looks at everything again; never on a fast path.

The kernel says "no such file" of a missing program, of a missing interpreter, of a missing folder
for the output and of a missing working directory alike, see execve(2).
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Final

from wakeful.core.errors import StartFailedError

_LONGEST_SHEBANG: Final = 256  # BINPRM_BUF_SIZE: what the kernel looks at


@dataclass(slots=True)
class Attempt:
    """What was tried.

    Attributes:
        working_directory: Empty if none was asked for.
        log: Path of the output.
        program: Where the program was found; its name until then.
        entered: Whether the working directory could be entered.
    """

    arguments: tuple[str, ...]
    working_directory: str
    log: str
    program: str = field(init=False, default="")
    entered: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if self.arguments:
            self.program = self.arguments[0]


def not_found(program: str, path: str, refused: str) -> StartFailedError:
    """Tell that a search for a program led to nothing.

    Args:
        program: Its name.
        path: The PATH that was searched.
        refused: A file of that name which must not be executed, if there is one.
    """
    if refused:
        return _not_executable(refused)
    return StartFailedError(
        f"command not found: {program} (searched PATH={path})",
        hint="give its full path, or set PATH in the environment of the job",
    )


def explain(error: Exception, attempt: Attempt) -> StartFailedError:
    """Find out why starting failed."""
    if isinstance(error, NotImplementedError):
        return StartFailedError(
            "processes cannot be started on this system: its posix_spawn lacks POSIX_SPAWN_SETSID",
            hint="a C library with it is needed, such as glibc 2.26 or newer",
        )
    if isinstance(error, IndexError):
        return StartFailedError("there is no program to start", hint="give at least its name")
    if not isinstance(error, OSError):
        return StartFailedError(
            f"{attempt.program!r} cannot be started with these arguments and this environment: "
            f"{error}",
            hint="look for a zero byte, or for a variable name that is empty or contains '='",
        )
    if not attempt.entered:
        return _directory_problem(error, attempt.working_directory)
    return (
        _resource_problem(error)
        or _log_problem(attempt.log)
        or _program_problem(error, attempt)
        or StartFailedError(f"cannot start {attempt.program}: {_words(error)}")
    )


def _directory_problem(error: OSError, directory: str) -> StartFailedError:
    match error.errno:
        case errno.ENOENT:
            problem, hint = "does not exist", "create it, or change the job"
        case errno.ENOTDIR:
            problem, hint = "is not a directory", "change the job"
        case errno.EACCES:
            problem, hint = "must not be entered", "see the permissions of it and those above it"
        case _:
            problem, hint = f"cannot be entered: {_words(error)}", ""
    return StartFailedError(f"the working directory {directory} {problem}", hint=hint)


def _resource_problem(error: OSError) -> StartFailedError | None:
    match error.errno:
        case errno.EAGAIN:
            return StartFailedError(
                "no more processes can be started: a limit is reached",
                hint="see 'ulimit -u', and TasksMax of the service",
            )
        case errno.ENOMEM:
            return StartFailedError("there is not enough memory to start a process")
        case errno.E2BIG:
            return StartFailedError("the arguments and the environment are too long together")
        case _:
            return None


def _log_problem(log: str) -> StartFailedError | None:
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        return StartFailedError(
            f"the file for the output, {log}, cannot be opened: {_words(error)}"
        )
    os.close(descriptor)
    return None


def _program_problem(error: OSError, attempt: Attempt) -> StartFailedError | None:
    program = os.path.join(attempt.working_directory, attempt.program)  # noqa: PTH118 - shown as given, not tidied
    try:
        os.stat(program)  # noqa: PTH116 - a path that is text
    except OSError as problem:
        if problem.errno in (errno.ENOENT, errno.ENOTDIR):
            return StartFailedError(
                f"program not found: {program}", hint="install it, or correct the path"
            )
        return StartFailedError(
            f"the program {program} cannot be reached: {_words(problem)}",
            hint="see the permissions of the directories above it",
        )
    if os.path.isdir(program):  # noqa: PTH112 - a path that is text
        return StartFailedError(f"the program {program} is a directory")
    if not os.access(program, os.X_OK):
        return _not_executable(program)
    head = _first_bytes(program)
    if head.startswith(b"#!"):
        return _interpreter_problem(program, head, attempt.working_directory)
    return _format_problem(error, program, binary=head.startswith(b"\x7fELF"))


def _format_problem(error: OSError, program: str, *, binary: bool) -> StartFailedError | None:
    match error.errno:
        case errno.ENOEXEC if binary:
            return StartFailedError(f"{program} is made for another kind of processor")
        case errno.ENOEXEC:
            return StartFailedError(
                f"{program} is neither a binary program nor a script that names its interpreter",
                hint="begin the script with a line such as '#!/bin/sh'",
            )
        case errno.ENOENT if binary:
            return StartFailedError(
                f"{program} needs a dynamic loader that is not installed",
                hint="see 'file' and 'ldd' of it; it may be made for another C library",
            )
        case errno.EACCES:
            return StartFailedError(
                f"permission to execute {program} was denied",
                hint="its file system may be mounted with noexec",
            )
        case _:
            return None


def _not_executable(program: str) -> StartFailedError:
    return StartFailedError(f"{program} is not executable", hint=f"try 'chmod +x {program}'")


def _interpreter_problem(program: str, head: bytes, directory: str) -> StartFailedError | None:
    words = head[2:].partition(b"\n")[0].strip(b" \t").split(maxsplit=1)
    interpreter = os.fsdecode(words[0]) if words else ""
    if not interpreter:
        return StartFailedError(f"the script {program} names no interpreter after '#!'")
    # Windows line endings make the carriage return part of the name; split() has dropped it.
    windows = head.partition(b"\n")[0].endswith(b"\r")
    found = os.path.join(directory, interpreter)  # noqa: PTH118 - shown as given, not tidied
    if windows and len(words) == 1:
        return StartFailedError(
            f"the interpreter of the script {program} is not found: its first line ends with a "
            f"carriage return, which becomes part of the name {interpreter}",
            hint="convert the script to Unix line endings",
        )
    if not os.path.exists(found):  # noqa: PTH110 - a path that is text
        return StartFailedError(
            f"the interpreter {interpreter} of the script {program} does not exist",
            hint="install it, or correct the first line of the script",
        )
    if not os.access(found, os.X_OK):
        return StartFailedError(
            f"the interpreter {interpreter} of the script {program} is not executable",
            hint="correct the first line of the script",
        )
    return None


def _first_bytes(program: str) -> bytes:
    try:
        descriptor = os.open(program, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""  # may be executed but not read
    try:
        return os.read(descriptor, _LONGEST_SHEBANG)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _words(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
