"""Switches that somebody else set in state.json."""

from __future__ import annotations

import pytest

from wakeful.services.external_toggles import (
    ExternalToggles,
    find_external_toggles,
    overrides_in,
    toggles_at_start,
)

NOTHING = ExternalToggles({}, None)


def switch(enabled, default, override):
    return {"enabled": enabled, "default_enabled": default, "override": override}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        # As we write it.
        (switch(enabled=True, default=True, override=None), None),
        (switch(enabled=False, default=False, override=None), None),
        (switch(enabled=False, default=True, override=False), None),
        (switch(enabled=True, default=True, override=True), None),
        # Set by somebody else since.
        (switch(enabled=False, default=True, override=None), False),
        (switch(enabled=True, default=True, override=False), True),
        (switch(enabled=False, default=False, override=True), False),
        # Written by a program that knows only the field of the original.
        ({"enabled": False}, False),
        ({"enabled": True}, True),
        # No switch at all.
        ({}, None),
        ({"enabled": "yes"}, None),
        ({"enabled": None}, None),
        ({"enabled": 1}, None),
    ],
)
def test_a_switch_that_is_not_as_we_wrote_it_was_set_by_somebody(written, found):
    job = {"name": "backup", **written}
    document = {"jobs": [job], **written}
    expected = {} if found is None else {"backup": found}
    assert find_external_toggles(document) == ExternalToggles(expected, found)


@pytest.mark.parametrize("jobs", [None, {}, "x", [None, 5, "x", []], []])
def test_what_is_no_list_of_jobs_holds_no_switches(jobs):
    assert find_external_toggles({"jobs": jobs}) == NOTHING
    assert overrides_in({"jobs": jobs}) == NOTHING


def test_our_own_toggles_are_found_where_the_database_is_gone():
    document = {
        "jobs": [
            {"name": "a", **switch(enabled=False, default=True, override=False)},
            {"name": "b", **switch(enabled=True, default=True, override=None)},
            {"name": "c", **switch(enabled=True, default=True, override=False)},
        ],
        **switch(enabled=False, default=True, override=False),
    }
    assert overrides_in(document) == ExternalToggles({"a": False, "c": False}, scheduler=False)
    assert toggles_at_start(document, database_is_new=False) == ExternalToggles({"c": True}, None)
    assert toggles_at_start(document, database_is_new=True) == ExternalToggles(
        {"a": False, "c": True}, scheduler=False
    )


def test_without_a_file_there_are_no_switches():
    assert toggles_at_start(None, database_is_new=True) == NOTHING


def test_what_somebody_else_set_beats_what_we_remember():
    document = {"jobs": [], **switch(enabled=True, default=True, override=False)}
    assert toggles_at_start(document, database_is_new=True).scheduler is True
