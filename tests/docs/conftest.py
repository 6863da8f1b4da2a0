from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.bus import Bus


@pytest.fixture
def reader(tmp_path: Path, own_bus: Bus) -> Iterator[Desk]:
    """A reader with nothing but what the documents give."""
    desk = Desk(tmp_path, own_bus.address)
    desk.sit_down()
    yield desk
    desk.clear()
