"""What a process uses, read from proc(5)."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used since its start.

    Attributes:
        at: When that was so (`time.monotonic`).
        waits: How often each thread has gone to sleep by itself, by name; it woke up as often.
        busy_seconds: Time on a processor, of all threads there ever were.
        resident_mebibytes: Memory it has at the moment.
    """

    at: float
    waits: Counter[str]
    busy_seconds: float
    resident_mebibytes: float


def usage_of(pid: int) -> Usage:
    """Look at a process."""
    waits: Counter[str] = Counter()
    at = time.monotonic()
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = _fields(task / "status")
        name = "main" if task.name == str(pid) else status["Name"]
        waits[name] += int(status["voluntary_ctxt_switches"])
    resident = int(_fields(Path(f"/proc/{pid}/status"))["VmRSS"].split()[0])
    # The clock of another process, as clock_getcpuclockid(3) makes it.
    busy = time.clock_gettime(~pid << 3 | 2)
    return Usage(at, waits, busy, resident / 1024)


def _fields(path: Path) -> dict[str, str]:
    lines = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in lines}
