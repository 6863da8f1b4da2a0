"""What holds for every test: nothing it opened, started or owned may be left behind."""

from __future__ import annotations

pytest_plugins = ["fixtures.leaks", "fixtures.bus", "fixtures.daemon"]
