"""The daemon, with the names of its threads told to the kernel, as Python does from 3.14 on."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

_set_native_id = threading.Thread._set_native_id  # type: ignore[attr-defined]  # noqa: SLF001 - runs first in each thread


def _set_native_id_and_name(self: threading.Thread) -> None:
    _set_native_id(self)
    with contextlib.suppress(OSError):
        Path(f"/proc/self/task/{self.native_id}/comm").write_text(self.name[-15:])


threading.Thread._set_native_id = _set_native_id_and_name  # type: ignore[attr-defined]  # noqa: SLF001 - as above

if __name__ == "__main__":
    from wakeful.__main__ import main

    main(prog_name="wakefuld")
