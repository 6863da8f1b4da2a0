"""Calendar expressions as systemd 252 itself reads and evaluates them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from wakeful.calendar import normalize, upcoming

VECTORS = json.loads((Path(__file__).parent / "data" / "calendar_vectors.json").read_text())
GROUPS = [list(group) for _, group in groupby(VECTORS["elapses"], lambda one: one["zone"])]


def name(group):
    return f"{group[0]['zone']} {group[0]['after'][:10]}"


def slots_of(vector, expression):
    after = datetime.fromisoformat(vector["after"]).replace(tzinfo=UTC)
    slots = upcoming(expression, vector["zone"], after, 6)
    return [slot.astimezone(UTC).replace(microsecond=0).isoformat() for slot in slots]


def refused(expression):
    try:
        normalize(expression)
    except ValueError as error:
        return str(error).startswith("calendar expression")
    return False


def test_there_are_enough_of_them():
    assert len(VECTORS["elapses"]) > 400
    assert len(VECTORS["refused"]) > 90


@pytest.mark.parametrize("group", GROUPS, ids=name)
def test_slots_are_those_of_systemd(group):
    found = [(one["expression"], slots_of(one, one["expression"])) for one in group]
    assert found == [(one["expression"], one["slots"]) for one in group]


@pytest.mark.parametrize("group", GROUPS, ids=name)
def test_the_normal_form_is_that_of_systemd(group):
    found = [(one["expression"], normalize(one["expression"])) for one in group]
    assert found == [(one["expression"], one["normal_form"]) for one in group]


@pytest.mark.parametrize("group", GROUPS, ids=name)
def test_the_normal_form_means_the_same(group):
    # Except where systemd writes a star for seconds that have fractions beside it.
    same = [one for one in group if one["expression"] != "*:*:0/1,5.5"]
    found = [(one["normal_form"], slots_of(one, one["normal_form"])) for one in same]
    assert found == [(one["normal_form"], one["slots"]) for one in same]
    assert [normalize(normal) for normal, _ in found] == [normal for normal, _ in found]


def test_what_systemd_refuses_is_refused():
    assert [text for text in VECTORS["refused"] if not refused(text)] == []
