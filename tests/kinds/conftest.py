from __future__ import annotations

import pytest

from wakeful.config.place import Place
from wakeful.config.world import World
from wakeful.core.problem import Severity


@pytest.fixture
def place(tmp_path):
    return Place(
        base="job",
        folder=tmp_path,
        working_directory="",
        environment={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"},
        world=World(),
    )


@pytest.fixture
def found(place):
    """Give what was reported, errors and warnings apart."""

    def found_():
        errors = [str(one) for one in place.problems if one.severity is Severity.ERROR]
        return errors, [str(one) for one in place.problems if one.severity is Severity.WARNING]

    return found_
