"""``python -m benchmarks.comparison``: sees what the peers do, and prints the table."""

from __future__ import annotations

import argparse
import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.comparison.cells import Column, load, save, table
from benchmarks.comparison.situations import PEERS, SITUATIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/compared.md"
SEEN = Path(__file__).with_name("seen.json")
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->"
MODULES = {
    "cron": "debian_cron",
    "systemd": "systemd_timers",
    "apscheduler": "apscheduler_jobs",
    "wakeful": "wakeful_jobs",
}


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    names = [name for name in MODULES if name in (options.only or MODULES)]
    numbers = options.row or list(SITUATIONS)
    columns = load(options.seen)
    failed = False
    for name in names:
        peer = PEERS[list(MODULES).index(name)]
        begin = time.monotonic()
        print(f"{peer} ...", file=sys.stderr, end="", flush=True)
        module = importlib.import_module(f"benchmarks.comparison.{MODULES[name]}")
        cells = dict(columns[peer].cells) if peer in columns else {}
        try:
            for version, number, cell in module.measure(numbers):
                print(f" {number}", file=sys.stderr, end="", flush=True)
                cells[number] = cell
                columns[peer] = Column(version, cells)
                save(options.seen, columns)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            print(f" not seen here: {error!r}", file=sys.stderr, end="")
            failed = True
        print(f", {time.monotonic() - begin:.0f} s", file=sys.stderr)
    print(table(columns))
    if options.write:
        _write(table(columns))
    sys.exit(failed)


def _write(text: str) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{text}\n{END}{after}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.comparison",
        description="See what Wakeful and its peers do in the same situations.",
    )
    parser.add_argument("--only", action="append", choices=MODULES, help="may be repeated")
    parser.add_argument(
        "--row", action="append", type=int, choices=SITUATIONS, metavar="NUMBER", help="likewise"
    )
    parser.add_argument("--write", action="store_true", help="into docs/explanation/compared.md")
    parser.add_argument(
        "--seen", type=Path, default=SEEN, metavar="FILE", help="where what was seen is kept"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
