"""A process that writes a state file again and again; prints the number of each acknowledged.

Usage: state_writing.py FILE until-killed, or FILE until-full
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path

from wakeful.adapters.state_file import JsonStateFile
from wakeful.core.errors import StorageError


def document(number, jobs):
    return {"number": number, "jobs": [{"name": f"job {n}", "number": number} for n in range(jobs)]}


async def until_killed(file):
    for number in itertools.count():
        await file.write(document(number, 500))
        os.write(1, f"{number}\n".encode())


async def until_full(file, path):
    await file.write(document(1, 500))
    before, last_written = path.read_bytes(), file.last_written
    try:
        await file.write(document(2, 50_000))
    except StorageError as error:
        told = str(error)
    answer = {
        "told": told,
        "unharmed": path.read_bytes() == before,
        "last_written": file.last_written == last_written,
        "files": [found.name for found in path.parent.iterdir()],
    }
    sys.stdout.write(json.dumps(answer))


async def main():
    path = Path(sys.argv[1])
    file = JsonStateFile(path)
    await (until_killed(file) if sys.argv[2] == "until-killed" else until_full(file, path))


asyncio.run(main())
