from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.names import (
    IDENTIFIER_LENGTH,
    LONGEST_JOB_NAME,
    RANDOM_BITS,
    bus_path_element,
    check_job_name,
    execution_identifier,
    is_execution_identifier,
)

INSTANTS = st.integers(0, 8_000_000_000_000_000)
RANDOMNESS = st.integers(0, 2**RANDOM_BITS - 1)


@pytest.mark.parametrize("name", ["backup", "tägliche Sicherung", "作業", "a/b:c", "x" * 128, "🌅"])
def test_any_printable_text_can_name_a_job(name):
    assert check_job_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("x" * (LONGEST_JOB_NAME + 1), "longer than 128"),
        (" backup", "white space"),
        ("backup\n", "white space"),
        ("back\nup", "control characters"),
        ("back\0up", "control characters"),
        ("back\x1b[31mup", "control characters"),
        ("back\x85up", "control characters"),
        ("back\u2028up", "control characters"),
        ("back\ud800up", "control characters"),
    ],
)
def test_a_name_that_would_break_a_line_of_output_is_refused(name, reason):
    with pytest.raises(ValueError, match=reason):
        check_job_name(name)


@given(st.text(max_size=140))
def test_a_name_that_is_accepted_is_one_line(name):
    try:
        check_job_name(name)
    except ValueError:
        return
    assert name.splitlines() == [name]
    assert name.encode()


@given(INSTANTS, RANDOMNESS)
def test_an_identifier_has_a_fixed_form(instant, randomness):
    identifier = execution_identifier(instant, randomness)
    assert len(identifier) == IDENTIFIER_LENGTH
    assert is_execution_identifier(identifier)


@given(INSTANTS, INSTANTS, RANDOMNESS, RANDOMNESS)
def test_identifiers_sort_by_time(earlier, later, one, another):
    if earlier // 1000 > later // 1000:
        earlier, later = later, earlier
    first, second = execution_identifier(earlier, one), execution_identifier(later, another)
    if earlier // 1000 < later // 1000:
        assert first < second
    else:
        assert (first == second) is (one == another)


def test_a_hundred_executions_in_one_millisecond_have_a_hundred_identifiers():
    assert len({execution_identifier(1_800_000_000_000_000, n) for n in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "x" * 25, "x" * 27, "X" * 26, "l" * 26, "../" + "0" * 23])
def test_other_texts_are_no_identifiers(text):
    assert not is_execution_identifier(text)


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("backup", "backup"),
        ("vm-status", "vm_2dstatus"),
        ("daily_standup", "daily_5fstandup"),
        ("2fast", "_32fast"),
        ("fast2", "fast2"),
        ("ä", "_c3_a4"),
        ("", "_"),
        ("a b/c", "a_20b_2fc"),
    ],
)
def test_a_name_is_escaped_as_systemd_does_it(name, element):
    assert bus_path_element(name) == element


@given(st.text(st.characters(codec="utf-8")))
def test_an_escaped_name_is_a_valid_element_and_can_be_read_back(name):
    element = bus_path_element(name)
    assert re.fullmatch(r"[A-Za-z0-9_]+", element)
    unescaped = re.sub(
        rb"_([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), element.encode()
    )
    assert (unescaped if name else b"") == name.encode()
