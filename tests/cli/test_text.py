from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli.text import clean, display_width, plural, shorten


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("日本語", 6),
        ("e\u0301", 1),
        ("\uff46\uff55", 4),
        ("a\u200bb", 2),
        ("Ω", 1),
    ],
)
def test_width_in_a_terminal(text, width):
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("backup", 6, "backup"),
        ("backup", 5, "back…"),
        ("日本語ジョブ", 7, "日本語…"),
        ("日本語ジョブ", 6, "日本…"),
        ("ab cdef", 4, "ab…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_shortened_text_shows_that_it_was_cut(text, width, shown):
    assert shorten(text, width) == shown


@given(st.text(), st.integers(0, 30))
def test_shortened_text_always_fits(text, width):
    assert display_width(shorten(clean(text), width)) <= width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines", "two lines"),
        ("a\tb", "a b"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\x9b31m", "\ufffd31m"),
        ("evil\u202egnp.exe", "evil\ufffdgnp.exe"),
        ("Grüße 日本", "Grüße 日本"),
    ],
)
def test_nothing_can_steer_the_terminal(text, shown):
    assert clean(text) == shown


@given(st.text())
def test_clean_text_is_one_line_without_control_characters(text):
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in clean(text))


def test_numbers_of_things():
    assert [plural(count, "job") for count in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
