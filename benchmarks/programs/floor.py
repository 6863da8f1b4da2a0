"""The floor: sleeps until an instant and starts a number of processes, and nothing else.

Arguments: how many processes, the instants in microseconds separated by commas, the program and
its arguments; ``{}`` in them stands for the number of the instant.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    count, instants, *template = sys.argv[1:]
    environment = dict(os.environ)
    for number, instant in enumerate(instants.split(",")):
        arguments = [argument.replace("{}", str(number)) for argument in template]
        due = int(instant) / 1e6
        # An absolute sleep, clock_nanosleep(2), since Python 3.11.
        time.sleep(max(due - time.time(), 0))
        for _ in range(int(count)):
            os.posix_spawn(arguments[0], arguments, environment)
        for _ in range(int(count)):
            os.waitpid(-1, 0)
    time.sleep(3600)


main()
