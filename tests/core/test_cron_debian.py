"""What Debian's cron accepts, and what it means by it where one would think otherwise.

The verdicts are those of its crontab(1); `data/collect_debian_verdicts.py` asks it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import LONGEST_TEXT, NeverFiresError, debian_accepts, parse_cron

VERDICTS = json.loads((Path(__file__).parent / "data" / "debian_verdicts.json").read_text())
# To crontab(1) these are five fields, or a nickname, and a command.
WITH_COMMAND = {"@daily 5", "0 0 1 1 1 1 1"}
EXTENSIONS = {
    *("@Daily", "@DAILY", "* * * * * *", "* * * * 1L", "* * * * 5L", "* * * * monL", "0 0 * * 5L"),
    *("* * L * *", "* * LW * *", "* * L-3 * *", "* * 15W * *", "1 1 L 1 5-6"),
}


def is_read(text):
    try:
        parse_cron(text)
    except NeverFiresError:
        return True
    except ValueError:
        return False
    return True


def test_there_are_verdicts_on_many_expressions():
    assert {name: len(texts) > 400 for name, texts in VERDICTS.items()} == {
        "accepted": True,
        "refused": True,
    }


def test_what_debian_accepts_is_known():
    assert [text for text in VERDICTS["accepted"] if not debian_accepts(text)] == []


def test_what_debian_refuses_is_known():
    assert [text for text in VERDICTS["refused"] if debian_accepts(text)] == []


def test_everything_debian_accepts_can_be_read():
    unread = {text for text in VERDICTS["accepted"] if not is_read(text)}
    assert unread == {"@reboot", *WITH_COMMAND}


def test_nothing_it_refuses_can_be_read_but_the_extensions():
    assert {text for text in VERDICTS["refused"] if is_read(text)} == EXTENSIONS


@given(st.lists(st.text("0123456789*/,-#.LWmonfriJAN~?", max_size=8), min_size=5, max_size=5))
def test_five_fields_are_refused_only_if_debian_refuses_them(fields):
    text = " ".join(fields)
    if len(text.split()) == 5 and debian_accepts(text):
        assert is_read(text)


def test_an_endless_text_is_no_expression():
    assert not debian_accepts("")
    assert not debian_accepts("x" * 10 * LONGEST_TEXT)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("1.5 * * * *", "minute field: Debian's cron reads '1.5' as '1', ignoring '.5'; write '1'"),
        (
            "1.5,x * * * *",
            "minute field: Debian's cron reads '1.5,x' as '1', ignoring '.5,x'; write '1'",
        ),
        ("0 *5 * * *", "hour field: Debian's cron reads '*5' as '*', ignoring '5'; write '*'"),
        (
            "0-10-20 * * * *",
            "minute field: Debian's cron reads '0-10-20' as '0-10', ignoring '-20'; write '0-10'",
        ),
        (
            "0 0 * * MON#6",
            "weekday field: Debian's cron reads 'MON#6' as 'MON', ignoring '#6'; write 'MON'",
        ),
        (
            "0 0 * * MON#1",
            (
                "weekday field: 'MON#1' means the first Mon of the month;"
                " Debian's cron ignores '#1' and runs on every one"
            ),
        ),
        (
            "0 0 1 * FRI-SUN",
            (
                "weekday field: the range 'FRI-SUN' runs backwards and matches nothing in Debian's"
                " cron; write '5-7'"
            ),
        ),
        (
            "0 22-2,12 * * *",
            (
                "hour field: the range '22-2' runs backwards and matches nothing in Debian's cron;"
                " write '22-23,0-2'"
            ),
        ),
        (
            "0 0 * DEC-FEB/2,6 *",
            (
                "month field: the range 'DEC-FEB/2' runs backwards and matches nothing in Debian's"
                " cron; write '12,2'"
            ),
        ),
        (
            "0 0 5 * SAT-MON",
            (
                "weekday field: the range 'SAT-MON' runs backwards and matches nothing in Debian's"
                " cron; write '6,0-1'"
            ),
        ),
        (
            "0-59/100 * * * *",
            "minute field: the step of '0-59/100' is larger than its range, so that only 0 matches",
        ),
        (
            "0 0 * * */8",
            "weekday field: the step of '*/8' is larger than its range, so that only 0 matches",
        ),
        ("4294967301 * * * *", "minute field: Debian's cron reads '4294967301' as 5; write '5'"),
    ],
)
def test_a_warning_says_what_is_read_otherwise_than_it_seems(text, warning):
    assert debian_accepts(text)
    assert parse_cron(text).warnings == (warning,)


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/45 * * * *",
        "5,* * * * *",
        "0 0 */2 * 1",
        "007 * * * *",
        "@daily",
        "0 0 L * *",
    ],
)
def test_there_is_no_warning_about_what_means_what_it_says(text):
    assert parse_cron(text).warnings == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 22-2 * * *", "hour field: the range '22-2' .*; write '22-23,0-2'"),
        ("0 0 * * FRI-SUN", "weekday field: the range 'FRI-SUN' .*; write '5-7'"),
        ("0 0 31-1 * *", "day of month field: the range '31-1' .*; write '31,1'"),
        ("0 0 * 12-1 *", "month field: the range '12-1' .*; write '12,1'"),
        ("30-10 0 0 * * *", "second field: the range '30-10' .*; write '30-59,0-10'"),
    ],
)
def test_what_debian_accepts_but_never_runs_is_refused_with_what_to_write(text, reason):
    with pytest.raises(NeverFiresError, match=f"can never fire: {reason}"):
        parse_cron(text)
