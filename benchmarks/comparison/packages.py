"""Programs from packages of Debian, unpacked and not installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def unpack(folder: Path, *packages: str) -> dict[str, str]:
    """Fetch packages and unpack them into a folder; gives their versions.

    Raises:
        RuntimeError: This is not Debian.
    """
    if shutil.which("apt-get") is None:
        raise RuntimeError(f"apt-get would fetch {', '.join(packages)}, and is not here")
    subprocess.run(["apt-get", "download", *packages], cwd=folder, check=True, capture_output=True)
    versions = {}
    for archive in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", archive, folder], check=True)
        name, version, _ = archive.name.split("_")
        versions[name] = version
    return versions
