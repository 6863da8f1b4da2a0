from __future__ import annotations

import re

import pytest

from wakeful.core import errors
from wakeful.core.problem import Problem

EVERY_ERROR = [
    thing
    for thing in vars(errors).values()
    if isinstance(thing, type) and issubclass(thing, errors.WakefulError)
]


def test_an_error_ends_with_what_to_do():
    assert str(errors.StorageError("the disk is full", hint="free some space")) == (
        "the disk is full; free some space"
    )
    assert str(errors.StorageError("the disk is full")) == "the disk is full"


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_a_code_can_be_part_of_an_error_name_on_the_bus(error):
    assert re.fullmatch(r"[A-Z][A-Za-z]+", error.code)


def test_codes_are_unique():
    codes = [error.code for error in EVERY_ERROR]
    assert len(set(codes)) == len(codes)


def test_an_invalid_configuration_tells_all_its_problems():
    problems = (Problem(path="a", message="one"), Problem(path="b", message="two"))
    error = errors.InvalidConfigurationError(path="/etc/config.json", problems=problems)
    assert str(error) == "/etc/config.json: a: one; b: two"
    assert error.problems == problems
