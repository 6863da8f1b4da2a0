"""What holds for every test: nothing it opened, started or owned may be left behind."""

from __future__ import annotations

pytest_plugins = ["fixtures.leaks", "fixtures.bus", "fixtures.daemon"]


def pytest_addoption(parser):
    """Let one turbulent life be chosen; see tests/services/test_accounting.py."""
    parser.addoption(
        "--seed", type=int, default=4711, help="which life of test_accounting to look at"
    )
