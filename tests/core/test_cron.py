from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeful.core.cron import LONGEST_TEXT, NeverFiresError, is_reboot, parse_cron
from wakeful.core.cron_days import day_pattern

FIELDS = ("minute", "hour", "day of month", "month", "weekday")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MASKS = ("minutes", "hours", "days", "months", "weekdays")


def values(mask):
    return {bit for bit in range(mask.bit_length()) if mask >> bit & 1}


def fields_with(position, field):
    fields = ["*"] * 5
    fields[position] = field
    return " ".join(fields)


@pytest.mark.parametrize(
    ("expression", "mask", "expected"),
    [
        ("*/15 * * * *", "minutes", {0, 15, 30, 45}),
        ("5-10/2 * * * *", "minutes", {5, 7, 9}),
        ("1,2-5 * * * *", "minutes", {1, 2, 3, 4, 5}),
        ("0-30/5 * * * *", "minutes", set(range(0, 31, 5))),
        ("007 * * * *", "minutes", {7}),
        ("0-0 * * * *", "minutes", {0}),
        ("0-59/100 * * * *", "minutes", {0}),
        ("*/45 * * * *", "minutes", {0, 45}),
        ("5,* * * * *", "minutes", set(range(60))),
        ("0 */3 * * *", "hours", set(range(0, 24, 3))),
        ("0 0 */32 * *", "days", {1}),
        ("0 0 * */13 *", "months", {1}),
        ("0 0 * jan-MAR,Dec *", "months", {1, 2, 3, 12}),
        ("0 0 * * MON-FRI", "weekdays", {1, 2, 3, 4, 5}),
        ("0 0 * * mon-5/2", "weekdays", {1, 3, 5}),
        ("0 0 * * sUn", "weekdays", {0}),
        ("0 0 * * 0", "weekdays", {0}),
        ("0 0 * * 7", "weekdays", {0}),
        ("0 0 * * 5-7", "weekdays", {0, 5, 6}),
        ("0 0 * * 0,7", "weekdays", {0}),
        ("0 0 * * */8", "weekdays", {0}),
        ("0 0 * * *", "weekdays", set(range(7))),
    ],
)
def test_a_field_matches_what_crontab_5_says(expression, mask, expected):
    assert values(getattr(parse_cron(expression), mask)) == expected


@pytest.mark.parametrize(
    ("nickname", "expression"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@HOURLY", "0 * * * *"),
    ],
)
def test_a_nickname_stands_for_its_expression(nickname, expression):
    short, long = parse_cron(nickname), parse_cron(expression)
    for attribute in (*MASKS, "either_day", "wildcard", "times"):
        assert getattr(short, attribute) == getattr(long, attribute)
    assert short.text == nickname


def test_white_space_between_fields_does_not_matter():
    assert parse_cron("  0  9\t* *   1 ").times == (540,)


@pytest.mark.parametrize("position", range(5))
@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("99", "99 is not between"),
        ("99999999999999999999", "is not between"),
        ("1-99", "99 is not between"),
        ("*/0", "'0' is not a step"),
        ("*/x", "'x' is not a step"),
        ("*/²", "cannot read|is not a step"),
        ("2-99", "99 is not between"),
        ("99-2", "99 is not between"),
        ("x", "'x' is not a"),
        ("5C", "'5C' is not a"),
        ("²", "cannot read '²'"),
        ("?", "cannot read .*; write '\\*'"),
        ("~", "cannot read .*; random times are not cron's"),
        ("-1", "cannot read"),
        ("1-", "'' is not a"),
        ("1-/2", "'' is not a"),
        ("1,", "cannot read ''"),
        (",1", "cannot read ''"),
        ("1/2", "cannot read '1/2'"),
        ("1-2/", "'' is not a step"),
        ("1-2/2147483647", "is too large"),
    ],
)
def test_a_mistake_is_reported_with_the_name_of_its_field(position, field, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        parse_cron(fields_with(position, field))
    assert str(caught.value).startswith(f"{FIELDS[position]} field of ")


@pytest.mark.parametrize("position", range(5))
def test_values_one_beyond_the_ends_are_refused(position):
    low, high = RANGES[position]
    for value in {high + 1, low - 1} - {-1}:
        with pytest.raises(ValueError, match=f"{value} is not between {low} and {high}"):
            parse_cron(fields_with(position, str(value)))


@pytest.mark.parametrize(
    ("position", "word"),
    [(4, "jan"), (3, "mon"), (0, "mon"), (4, "monday"), (3, "january"), (2, "sun"), (4, "mo")],
)
def test_a_name_belongs_to_its_field_and_has_three_letters(position, word):
    with pytest.raises(ValueError, match=f"{FIELDS[position]} field .*'{word}' is not a"):
        parse_cron(fields_with(position, word))


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("   ", 0), ("* * * *", 4), ("* * * * * * *", 7), ("0 9", 2)]
)
def test_an_expression_has_five_or_six_fields(text, count):
    with pytest.raises(ValueError, match=f"has {count} fields, a cron expression has five"):
        parse_cron(text)


@pytest.mark.parametrize("text", ["@", "@every_second", "@rebooted", "@daily 5", "@ daily"])
def test_an_unknown_nickname_is_refused_with_those_there_are(text):
    with pytest.raises(ValueError, match="not a cron nickname; known are @yearly"):
        parse_cron(text)


def test_an_expression_without_end_is_refused():
    with pytest.raises(ValueError, match=f"no more than {LONGEST_TEXT} characters"):
        parse_cron("9" * 5000 + " * * * *")


@pytest.mark.parametrize(
    "text",
    ["0 0 31 2 *", "0 0 30 FEB *", "0 0 31 4,6,9,11 *", "0 0 31 2 */2", "* * 30-31 2 *"],
)
def test_what_can_never_fire_is_refused_within_a_millisecond(text):
    day_pattern.cache_clear()
    began = time.process_time()
    with pytest.raises(NeverFiresError, match="can never fire: no month has such a day"):
        parse_cron(text)
    assert time.process_time() - began < 0.001


@pytest.mark.parametrize("text", ["0 0 29 2 *", "0 0 29 2 */7", "0 0 31 2 MON", "0 0 31 * *"])
def test_what_fires_once_in_many_years_is_accepted(text):
    assert parse_cron(text).times == (0,)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # February 2026 begins on a Sunday.
        ("0 0 13 * FRI", {6, 13, 20, 27}),
        ("0 0 14 * FRI", {6, 13, 14, 20, 27}),
        ("0 0 */14 * FRI", set()),
        ("0 0 */12 * FRI", {13}),
        ("0 0 14 * *", {14}),
        ("0 0 * * FRI", {6, 13, 20, 27}),
        ("0 0 1 * */2", {1}),
        ("0 0 *,1 * SUN", {1, 8, 15, 22}),
        ("0 0 1 3 FRI", set()),
    ],
)
def test_either_day_field_is_enough_unless_one_starts_with_a_star(text, days):
    assert values(parse_cron(text).days_of_month(2026, 2)) == days


@pytest.mark.parametrize(
    ("text", "wildcard"),
    [
        ("* 2 * * *", True),
        ("*/20 2 * * *", True),
        ("0 * * * *", True),
        ("0 */2 * * *", True),
        ("0 0 2 * * *", False),
        ("* 0 2 * * *", True),
        ("*/10 30 2 1 1 *", True),
        ("0-59 2 * * *", False),
        ("0,30 0-23 * * *", False),
    ],
)
def test_a_job_follows_the_wall_clock_if_a_star_stands_before_its_days(text, wildcard):
    assert parse_cron(text).wildcard is wildcard


@pytest.mark.parametrize(
    ("text", "seconds", "times"),
    [
        ("0 9 * * *", (0,), (540,)),
        ("30 0 9 * * *", (30,), (540,)),
        ("*/20 0 9 * * *", (0, 20, 40), (540,)),
        ("5,1-2 59 23 31 12 SUN", (1, 2, 5), (1439,)),
    ],
)
def test_a_sixth_field_in_front_is_the_second(text, seconds, times):
    expression = parse_cron(text)
    assert expression.seconds == seconds
    assert expression.times == times


def test_a_mistake_in_the_second_is_reported_as_such():
    with pytest.raises(ValueError, match=r"second field of '60 0 9 .*60 is not between 0 and 59"):
        parse_cron("60 0 9 * * *")


@pytest.mark.parametrize("text", ["@reboot", " @Reboot "])
def test_each_start_of_the_system_is_an_event_and_no_time(text):
    assert is_reboot(text)
    with pytest.raises(
        ValueError, match="no time but an event; the trigger for it is 'on': 'boot'"
    ):
        parse_cron(text)


@pytest.mark.parametrize("text", ["@daily", "reboot", "@reboot now", "* * * * *", ""])
def test_nothing_else_is(text):
    assert not is_reboot(text)


@given(st.data())
def test_any_list_of_values_is_read_as_that_set(data):
    chosen = [data.draw(st.sets(st.integers(*bounds), min_size=1)) for bounds in RANGES]
    text = " ".join(",".join(map(str, sorted(one, reverse=True))) for one in chosen)
    chosen[4] = {value % 7 for value in chosen[4]}
    try:
        expression = parse_cron(text)
    except ValueError as error:
        assert "can never fire" in str(error)  # noqa: PT017 - most do not raise
        return
    assert [values(getattr(expression, mask)) for mask in MASKS] == chosen
    assert expression.times == tuple(
        hour * 60 + minute for hour in sorted(chosen[1]) for minute in sorted(chosen[0])
    )


@given(st.text("0123456789*/,-@ LWjanMON?#", max_size=30) | st.text(max_size=30))
def test_junk_is_an_expression_or_a_value_error(text):
    try:
        expression = parse_cron(text)
    except ValueError:
        return
    assert expression.times
