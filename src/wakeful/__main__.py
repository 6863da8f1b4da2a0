"""``wakefuld``, the daemon; the same as ``python -m wakeful``."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import wakeful

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVELS = ("debug", "info", "warning", "error")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file; else config.json in the configuration folder.",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of state.json, wakeful.db and logs/.",
)
@click.option("--bus", help="session, system, or the address of a bus.")
@click.option("--system", is_flag=True, help="Run as the system instance, on the system bus.")
@click.option(
    "--log-level", type=click.Choice(LEVELS), default="info", show_default=True, help="What to log."
)
@click.option("--check", is_flag=True, help="Check the configuration and exit.")
@click.version_option(wakeful.__version__, prog_name="wakefuld")
def main(
    *,
    config: Path | None,
    state_dir: Path | None,
    bus: str | None,
    system: bool,
    log_level: str,
    check: bool,
) -> None:
    """Run jobs on time, and account for every one of them. Runs in the foreground."""
    from wakeful.config.paths import find_places  # noqa: PLC0415 - help and version need none of it

    places = find_places(configuration=config, state=state_dir, system=system)
    if check:
        sys.exit(_check(places.configuration))
    # The watchdog of the service manager ends a hung daemon with SIGABRT: say where it hung.
    faulthandler.enable()
    _be_frugal()
    with _without_openssl():
        import asyncio  # noqa: PLC0415 - as above

        from wakeful.adapters.systemd.journal import set_up_logging  # noqa: PLC0415 - as above
        from wakeful.app import Options, serve  # noqa: PLC0415 - as above

    # Jobs run in the home directory unless they say otherwise; so do we, to hand it on.
    home = Path.home()
    os.chdir(home if home.is_dir() else "/")
    set_up_logging(log_level)
    options = Options(places=places, bus=bus or ("system" if system else "session"))
    sys.exit(asyncio.run(serve(options)))


def _be_frugal() -> None:
    """Keep the allocator from hoarding: 4 MiB less with a thousand jobs.

    By default it keeps an arena for each thread, and what was freed (mallopt(3)). The
    collector of cycles finds nothing while modules are imported; the daemon turns it on when
    it is ready.
    """
    arena_max, trim_threshold = -8, -1
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return  # another C library, which has its own ways
    mallopt(arena_max, 1)
    mallopt(trim_threshold, 64 * 1024)
    gc.disable()


@contextlib.contextmanager
def _without_openssl() -> Iterator[None]:
    """Import without OpenSSL, 7 MiB that the daemon has no use for.

    Where ``ssl`` cannot be imported asyncio goes without, and where ``_hashlib`` cannot, hashlib
    takes its own functions. Whoever imports ``ssl`` later gets it.
    """
    modules = ("ssl", "_hashlib")
    sys.modules.update(dict.fromkeys(modules))  # type: ignore[arg-type]  # None prevents an import
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


def _check(path: Path) -> int:
    """Print what is wrong with the configuration; returns the exit status."""
    from wakeful.config.check import check_file  # noqa: PLC0415 - needed here only
    from wakeful.core.errors import InvalidConfigurationError  # noqa: PLC0415 - needed here only
    from wakeful.core.problem import Severity  # noqa: PLC0415 - needed here only

    try:
        problems = check_file(path).problems
    except InvalidConfigurationError as error:
        problems = error.problems
    for problem in problems:
        click.echo(f"{problem.severity}: {problem}", err=True)
    failed = any(problem.severity is Severity.ERROR for problem in problems)
    click.echo(f"{path}: {'has errors' if failed else 'is good'}")
    return 1 if failed else 0


if __name__ == "__main__":
    main(prog_name="wakefuld")
