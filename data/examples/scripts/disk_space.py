"""Lists how full the file systems are; exit status 1 if one is fuller than wanted."""

import argparse
import shutil
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--warn-above", type=float, default=90.0, help="percent")
limit = parser.parse_args().warn_above

too_full = False
for place in ("/", str(Path.home())):
    usage = shutil.disk_usage(place)
    percent = 100 * usage.used / usage.total
    too_full |= percent > limit
    print(f"{place}: {percent:.0f} % of {usage.total / 2**30:.1f} GiB used")
sys.exit(1 if too_full else 0)
