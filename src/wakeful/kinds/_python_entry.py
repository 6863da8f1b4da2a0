"""Calls ``module:function`` in the child interpreter of a job of kind ``python``.

Run as a file by any Python, so it imports nothing of Wakeful. The job's inputs become keyword
arguments. What the function returns is printed as JSON, unless it is None; an exception ends
the process with its traceback and exit status 1.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    """Import the module, call the function, print its result."""
    module_name, _, qualified = sys.argv[1].partition(":")
    sys.argv[:] = [sys.argv[1], *sys.argv[2:]]
    sys.path[0] = os.getcwd()  # noqa: PTH109 - instead of the folder of this file
    thing: Any = importlib.import_module(module_name)
    for name in qualified.split("."):
        thing = getattr(thing, name)
    result = thing(**json.loads(os.environ.get("WAKEFUL_INPUTS") or "{}"))
    if result is not None:
        print(json.dumps(result, default=str, ensure_ascii=False))  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
