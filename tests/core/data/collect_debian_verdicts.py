"""Ask the crontab(1) of Debian which expressions it accepts, and write down what it says.

    cd tests/core/data && python collect_debian_verdicts.py path/to/crontab >debian_verdicts.json

The program is that of the Debian package `cron`; it needs no installation (`apt-get download
cron && dpkg -x cron_*.deb somewhere`), but root, and then makes its spool directory.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SEED = 20260328
GENERATED = 900
WHOLE = [
    *("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@reboot"),
    *("@Daily", "@DAILY", "@every_second", "@", "@ daily", "@daily 5", "@dail", "@dailyx"),
    *("* * * *", "* * *", "*", "* * * * * *", "* * * * * 5", "0 0 1 1 1 1 1", "5 * * * */2"),
    *("  5 * * * *", "5\t*\t*\t*\t*", "5  *  *  *  *"),
    *("0 0 31 2 *", "0 0 30 2 *", "0 0 31 2 MON", "0 0 29 2 *", "0 0 31 4,6,9,11 *"),
    *("0 0 * * 7", "0 0 * * FRI-SUN", "0 22-2 * * *", "0 0 * 0 *", "0 0 * * 5L", "0 0 * * monday"),
    *("0 0 * * mon-fri/2", "0 0 * january *", "0 0 jan * *", "0 0 * * */8", "0 0 */32 * *"),
    *("0 0 * */13 *", "0 0 * * MON#1", "0 0 1 * 5-1", "0 0 31-1 * *"),
]
FIELDS = [
    *("*", "*/1", "*/8", "*/32", "*/60", "*/100", "*/0", "*/", "*/x", "*/-1", "*/1.5", "*5", "*-5"),
    *("**", "*,*", "5,*", "*,5", "*/5,7", "*/2/0", "*/2/x", "*/2-3", "*#2", "*L"),
    *("0", "1", "7", "8", "12", "13", "23", "24", "31", "32", "59", "60", "007", "00", "08", "-1"),
    *(
        "+1",
        "1.5",
        "1.5,x",
        "1.",
        "1#2",
        "5#3",
        "5#6",
        "1L",
        "5L",
        "L",
        "LW",
        "L-3",
        "15W",
        "W",
        "C",
    ),
    *(
        "?",
        "~",
        "1~5",
        "0~59",
        "H",
        "H/5",
        "%",
        "1%",
        "!",
        "1!",
        "'1'",
        '"1"',
        "1;",
        "1:2",
        "é",
        "1é",
    ),
    *(",", ",1", "1,", "1,,2", "1,2,", "1, 2", "1,2", "2,1", "1,1,1", "1-", "-", "1--2", "1-2-3"),
    *("0-10-20", "1-5", "5-1", "5-5", "0-0", "1-5/2", "1-5/6", "1-5/0", "1-5/", "1-5/x", "5-1/2"),
    *("5-1/0", "0-59/100", "0-60", "1-99", "99-1", "99-99", "22-2", "0-7", "0-7/7", "5-7", "6-0"),
    *("1/2", "0/5", "1/", "1/x", "mon", "MON", "mOn", "monday", "mo", "MON#1", "MON#6", "MON-FRI"),
    *("FRI-SUN", "SUN-TUE", "mon-5", "1-fri", "mon,wed", "mon-fri/2", "MON/2", "monL", "MON.x"),
    *("jan", "JAN-DEC", "jan-dec/3", "january", "DEC-JAN", "jan,7", "jan#1", "feb-mon", "sun-7"),
    *("4294967296", "4294967297", "4294967301-4294967302", "2147483647", "2147483648"),
    *("99999999999999999999", "18446744073709551616", "0-5/4294967297", "0-5/4294967296"),
    *("1-5/2147483647", "1-5/2147483643", "0-5/2147483647", "00000000000000000000000000000000005"),
]
PIECES = ["*", "/", "-", ",", "#", ".", "L", "W", "mon", "fri", "jan", "dec", "sun", "~", "?"]


def expressions() -> list[str]:
    """List them: each field alone in each place, whole ones, and random ones."""
    found = list(WHOLE)
    for field in FIELDS:
        for place in range(5):
            parts = ["*"] * 5
            parts[place] = field
            found.append(" ".join(parts))
    chance = random.Random(SEED)
    numbers = [str(number) for number in range(62)]
    for _ in range(GENERATED):
        parts = [chance.choice(["*", "*", "1", "5-6"]) for _ in range(5)]
        length = chance.randint(1, 7)
        parts[chance.randrange(5)] = "".join(
            chance.choice(PIECES if chance.random() < 0.5 else numbers) for _ in range(length)
        )
        found.append(" ".join(parts))
    # A line that begins with # is a comment to crontab(1).
    return [one for one in dict.fromkeys(found) if not one.startswith("#")]


def verdict(crontab: str, expression: str) -> bool:
    """Say whether this crontab(1) accepts an expression in front of a command."""
    with tempfile.NamedTemporaryFile("w", suffix=".crontab") as file:
        file.write(f"{expression} true\n")
        file.flush()
        asked = subprocess.run(
            [crontab, "-n", file.name], capture_output=True, text=True, check=False
        )
    accepted, refused = "successfully checked" in asked.stdout + asked.stderr, asked.returncode != 0
    if accepted == refused:
        sys.exit(f"crontab gave no verdict on {expression!r}: {asked.stdout}{asked.stderr}")
    return accepted


def main() -> None:
    """Write the verdicts, sorted into two lists."""
    program = str(Path(sys.argv[1]).resolve())
    answers = {expression: verdict(program, expression) for expression in expressions()}
    lists = {
        name: [expression for expression, accepted in answers.items() if accepted is wanted]
        for name, wanted in (("accepted", True), ("refused", False))
    }
    json.dump(lists, sys.stdout, indent=0, ensure_ascii=False)
    sys.stdout.write("\n")


main()
