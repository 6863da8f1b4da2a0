from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.cli.table import Cell, Column, format_facts, format_table
from wakeful.cli.text import display_width

COLUMNS = (
    Column("JOB", least=6),
    Column("TOOK", right=True),
    Column("NOTE", least=5, optional=True),
)


def lay_out(*rows, width=None):
    cells = [[Cell(text) for text in row] for row in rows]
    return format_table(COLUMNS, cells, width=width).split("\n")


def test_columns_are_aligned_whatever_the_letters():
    assert lay_out(("日本", "1 s", "x"), ("ab", "100 ms", "")) == [
        "JOB     TOOK  NOTE",
        "日本     1 s  x",
        "ab    100 ms",
    ]


def test_nothing_is_cut_where_nobody_watches():
    long = "word " * 100
    assert long.strip() in "\n".join(lay_out((long, "", long)))


def test_the_widest_column_gives_way_first():
    lines = lay_out(("a-rather-long-name", "1 s", "a note that is even longer"), width=34)
    assert lines[1] == "a-rather-lon…   1 s  a note that…"
    assert max(map(display_width, lines)) <= 34


def test_what_is_optional_goes_where_there_is_no_room():
    lines = lay_out(("a-rather-long-name", "1 s", "a note"), width=14)
    assert lines == ["JOB       TOOK", "a-rathe…   1 s"]


@given(
    st.lists(st.tuples(st.text(max_size=40), st.text(max_size=4), st.text(max_size=40))),
    st.integers(16, 120),
)
def test_a_table_is_never_wider_than_the_terminal(rows, width):
    assert all(display_width(line) <= width for line in lay_out(*rows, width=width))


@given(st.lists(st.tuples(st.text(), st.text(), st.text())))
def test_every_row_is_one_line(rows):
    assert len(lay_out(*rows)) == len(rows) + 1


def test_colour_does_not_count_as_width():
    table = format_table(COLUMNS, [[Cell("ab", "red"), Cell("1"), Cell("x")]], width=80)
    assert click.unstyle(table).splitlines()[1] == "ab      1  x"
    assert "\x1b[31mab\x1b[0m" in table


def test_what_does_not_fit_at_all_is_still_shown():
    assert lay_out(("abcdef", "123456789", ""), width=5)[1] == "abcdef  123456789"


@pytest.mark.parametrize("label", ["Job", "日本"])
def test_facts_line_up(label):
    lines = format_facts([(label, Cell("one")), ("Next runs", Cell("a")), ("", Cell("b"))])
    places = [
        display_width(line[: line.index(word)])
        for line, word in zip(lines.splitlines(), ("one", "a", "b"), strict=True)
    ]
    assert set(places) == {11}
