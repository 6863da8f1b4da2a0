"""``python -m benchmarks``: measures, prints a table, and keeps the numbers in a JSON file."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

from benchmarks.harness.bus import private_bus
from benchmarks.harness.report import save, table
from benchmarks.harness.setting import Setting

if TYPE_CHECKING:
    from benchmarks.harness.figures import Row

SUBJECTS = {
    "next-slot": "finding the next slot of cron expressions",
    "recording": "putting executions on record",
    "start-up": "start to READY",
    "calls": "round trips of method calls",
    "reload": "a change of the configuration",
    "lateness": "jobs that are due at once",
    "idle": "a daemon with nothing to do",
    "far-timer": "a job due a minute ahead; only with --long or --only",
}
LONG = "far-timer"


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, _end)
    names = options.only or [name for name in SUBJECTS if options.long or name != LONG]
    load = os.getloadavg()[0]
    rows: list[Row] = []
    failed = False
    for name in names:
        try:
            rows += _measure(name, quick=options.quick)
        except (OSError, RuntimeError) as error:
            print(f" not measured: {error}", file=sys.stderr)
            failed = True
    print(table(rows))
    path = save(rows, options.json, quick=options.quick, load=load)
    print(f"\nload average {load:.1f} before, {os.getloadavg()[0]:.1f} after; saved as {path}")
    sys.exit(failed)


def _measure(name: str, *, quick: bool) -> list[Row]:
    """Measure one subject, on a bus and in a folder of its own."""
    print(f"{name}: {SUBJECTS[name]} ...", file=sys.stderr, end="", flush=True)
    begin = time.monotonic()
    module = importlib.import_module(f"benchmarks.subjects.{name.replace('-', '_')}")
    with private_bus() as bus, TemporaryDirectory(prefix="wakeful-bench-") as folder:
        rows: list[Row] = module.measure(Setting(bus, Path(folder), quick))
    print(f" {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return rows


def _options() -> argparse.Namespace:
    subjects = "\n".join(f"  {name:<12} {what}" for name, what in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the daemon next to a floor, in the same run.",
        epilog=f"subjects:\n{subjects}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="few and short; under a minute")
    parser.add_argument("--long", action="store_true", help="also the far timer; five minutes more")
    parser.add_argument(
        "--only", action="append", choices=SUBJECTS, metavar="SUBJECT", help="may be repeated"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the numbers go")
    return parser.parse_args()


def _end(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
