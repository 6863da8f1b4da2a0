"""Exit codes: the one place where errors become a sentence and a number."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from wakeful.client.errors import DaemonUnreachableError
from wakeful.core.errors import WakefulError

if TYPE_CHECKING:
    from collections.abc import Callable

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130

DEBUG_VARIABLE: Final = "WAKEFUL_DEBUG"
"""If set, an error that nobody foresaw shows where it happened."""


def guarded(program: Callable[[], None]) -> int:
    """Run a program and give its exit code; what goes wrong is told on standard error."""
    code = DONE
    try:
        program()
        _flush()
    except click.exceptions.Exit as request:
        code = request.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        code = FAILED
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        code, text = explain(error)
        _tell(text)
    _discard_rest()
    return code


def explain(error: Exception) -> tuple[int, str]:  # noqa: PLR0911 - one for each kind of error
    """Give the exit code for an error, and the sentence."""
    match error:
        case DaemonUnreachableError():
            return UNREACHABLE, str(error)
        case WakefulError():
            return FAILED, str(error)
        case click.UsageError():
            return USAGE, _usage(error)
        case click.ClickException():
            return FAILED, error.format_message()
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return FAILED, place + (error.strerror or str(error))
        case ImportError():
            return FAILED, str(error)
        case _:
            kind = type(error).__name__
            return FAILED, (
                f"something unforeseen went wrong ({kind}: {error});"
                f" set {DEBUG_VARIABLE}=1 to see where"
            )


def _usage(error: click.UsageError) -> str:
    message = error.format_message().rstrip(".")
    path = error.ctx.command_path if error.ctx is not None else "wakeful"
    return f"{message}; see '{path} --help'"


def _tell(text: str) -> None:
    line = " ".join(text.split())
    try:
        click.echo(f"wakeful: {line}", err=True)
    except OSError:
        return  # there is nobody to tell


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _discard_rest() -> None:
    """Keep the interpreter from stumbling over output that cannot be written when it ends."""
    try:
        _flush()
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.EPIPE, errno.ENOSPC, errno.EIO}:
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
